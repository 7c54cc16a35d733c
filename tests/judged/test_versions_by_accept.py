"""Operations whose successes have the media types of a vendor alone: a request names them, as generated clients do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SECOND = "application/vnd.notes.v2+json"
NOTE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}


def _operation(name: str, status: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": "Done.", "content": {SECOND: {"schema": schema}}}
    refused = {"description": "Refused.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {"operationId": name, "responses": {status: answer, "415": refused, "422": refused, "400": refused}}


def notes(folder: Path, bug: str = "") -> Project:
    """Return notes that are read and made."""
    listed = {"type": "object", "required": ["notes"], "properties": {"notes": {"type": "array", "items": NOTE}}}
    taken = {**NOTE, "additionalProperties": False}
    body = {"required": True, "content": {"application/json": {"schema": taken}}}
    made = {**_operation("take", "201", NOTE), "requestBody": body}
    paths = {"/notes": {"get": _operation("list", "200", listed), "post": made}}
    spec = {"openapi": "3.1.0", "info": {"title": "Notes", "version": "2"}, "paths": paths}
    return Project(folder, "versions", spec, {"BUG": bug})


def test_a_version_that_is_chosen_by_accept_is_asked_for(tmp_path: Path) -> None:
    """A target that answers 406 to who names no version breaks nothing, in cases of families and in drawn ones."""
    report = notes(tmp_path).verified("--profile", "quick")
    assert set() == report.errors, report.text
    seen = {(one["operation"], one["status"]): one["seen"] for one in report.value["answers"]}
    assert seen["list", "200"], report.text
    assert seen["take", "201"], report.text


@pytest.mark.parametrize(("bug", "law"), [("text", "answer-schema"), ("any", "declared-media-type")])
def test_what_the_version_has_is_judged(tmp_path: Path, bug: str, law: str) -> None:
    """An answer that is not as the version has it is found, and so is another version than the one asked for."""
    report = notes(tmp_path, bug).verified("--only", "success", "--profile", "quick")
    assert {law} <= report.errors, report.text
    assert f"-H 'Accept: {SECOND}, */*;q=0.1'" in report.text
