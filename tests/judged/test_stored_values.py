"""What a target has taken, and shows again, follows from its being taken; what is wrong by itself is told by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success", "--only", "invalid-body", "--only", "odd-media-types")
TEXT = {"type": "string", "minLength": 2, "maxLength": 40}
MEMO = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {**TEXT, "example": "buy milk"}},
}


def memos(folder: Path, bug: str) -> Project:
    """Return memos with a bug."""

    def answers(status: str, schema: Any) -> dict[str, Any]:
        return {status: {"description": "Done.", "content": {"application/json": {"schema": schema}}}}

    shown = {"type": "object", "required": ["title", "text"], "properties": {"title": TEXT, "text": TEXT}}
    results = {"type": "object", "properties": {"results": {"type": "array", "items": shown}}}
    refused = {
        "400": {"description": "Refused.", "x-given": ["malformed-body", "invalid-body"]},
        "415": {"description": "Refused.", "x-given": "unsupported-media-type"},
    }
    make = {
        "operationId": "make",
        "requestBody": {"required": True, "content": {"application/json": {"schema": MEMO}}},
        "responses": {**answers("201", {"type": "object"}), **refused},
    }
    paths = {"/memos": {"post": make, "get": {"operationId": "list", "responses": answers("200", results)}}}
    spec = {"openapi": "3.1.0", "info": {"title": "Memos", "version": "1"}, "paths": paths}
    return Project(folder, "memos", spec, {"BUG": bug}, top='operations = ["*"]')


@pytest.mark.parametrize(
    ("bug", "errors"),
    [
        ("", []),
        ("taken", ["family-status"]),
        ("list", ["answer-schema"]),
        ("taken,list", ["answer-schema", "family-status"]),
    ],
)
def test_a_list_that_shows_what_was_taken_is_told_below_that(tmp_path: Path, bug: str, errors: list[str]) -> None:
    """A number that is stored as a text which is too short: not the list is wrong."""
    report = memos(tmp_path, bug).verified("--profile", "quick", *ONLY)
    found = [one for one in report.value["findings"] if one["severity"] == "error"]
    assert errors == sorted(one["law"] for one in found), report.text
    below = {each["law"] for one in found for each in one["consequences"]}
    assert ("answer-schema" in below) == (bug == "taken"), report.text
