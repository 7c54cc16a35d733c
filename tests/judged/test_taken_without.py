"""What an event has for a member that its request had to have, and had not: that it was taken is the mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--profile", "quick", "--only", "success", "--only", "invalid-body")


def labels(folder: Path, bug: str) -> Project:
    """Return a project whose events have the kind and the text of their requests."""
    text: dict[str, Any] = {"type": "string", "maxLength": 60} | ({} if bug == "empty" else {"minLength": 1})
    members = {"kind": {"enum": ["simple"]}, "text": text}
    label = {"type": "object", "required": ["kind", "text"], "additionalProperties": False, "properties": members}
    sent = {name: {"x-from": f"request.body#/{name}"} for name in members}
    event = {"type": "object", "required": [*sent], "properties": sent}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    operation = {
        "operationId": "label",
        "requestBody": {"required": True, "content": {"application/json": {"schema": label}}},
        "responses": {
            "201": {"description": "Made."},
            "400": {"description": "No label.", "x-given": ["malformed-body", "invalid-body"]},
            "415": {"description": "No JSON.", "x-given": "unsupported-media-type"},
        },
        "callbacks": {"labelled": {"{hooks}/labelled": {"post": callback}}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Labels", "version": "1"},
        "paths": {"/labels": {"post": operation}},
    }
    return Project(
        folder, "labels", spec, {"HOOK": "{world.hooks}", "BUG": bug}, '[world.ingests.hooks]\nkind = "webhook"\n'
    )


def test_what_a_missing_member_is_taken_for_is_no_error_of_its_own(tmp_path: Path) -> None:
    """A label without its text is made, and its event says that the text is empty: one error, that it was made."""
    report = labels(tmp_path, "empty").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text


def test_a_value_that_is_not_the_one_of_the_request_is_an_error(tmp_path: Path) -> None:
    """The event of each valid label has another kind than its request."""
    report = labels(tmp_path, "kind").verified(*ONLY)
    assert {"provenance"} == report.errors, report.text
