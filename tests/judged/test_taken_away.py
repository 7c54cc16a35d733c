"""What a request by a method that the contract does not have takes away is missing for no other case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[[target.setup]]
path = "/boxes"
headers = {Authorization = "Bearer of-ada"}
take = {box = "body#/id"}

[world.sessions.bearer]
kind = "static"
callers = [{headers = {Authorization = "Bearer of-ada"}}, {headers = {Authorization = "Bearer of-bob"}}]
"""
ONLY = ("--profile", "quick")


def operation(name: str, success: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an operation, with the refusals that it declares."""
    refusals = {"400": {"description": "Refused."}, "415": {"description": "No JSON."}}
    asked: dict[str, Any] = {} if body is None else {"requestBody": {"required": True, "content": body}}
    out = {"description": "Nobody is signed in.", "x-given": "signed-out"}
    return {"operationId": name, "responses": {success: {"description": "Done."}, "401": out, **refusals}, **asked}


def boxes(folder: Path, bug: str = "") -> Project:
    """Return the boxes with a bug."""
    text = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    place = {"name": "box", "in": "path", "required": True, "schema": {"type": "string", "x-from": "setup.box"}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Boxes", "version": "1"},
        "security": [{"bearer": []}],
        "paths": {
            "/boxes": {"post": operation("makeBox", "201")},
            "/boxes/{box}/notes": {
                "parameters": [place],
                "get": operation("listNotes", "200"),
                "post": operation("addNote", "201", {"application/json": {"schema": text}}),
            },
        },
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }
    return Project(folder, "boxes", spec, {"BUG": bug}, SETTINGS)


def test_what_another_method_removes_is_there_for_all_other_cases(tmp_path: Path) -> None:
    """A target that removes all boxes by a `DELETE` of its own is told so, and is accused of nothing that follows."""
    report = boxes(tmp_path).verified(*ONLY)
    assert set() == report.errors, report.text
    assert not [name for name in report.not_proven if name.startswith("cases of")], report.text


def test_who_is_signed_out_and_told_otherwise_is_found(tmp_path: Path) -> None:
    """A target that says 404 in place of 401 says it of a box that is there."""
    report = boxes(tmp_path, "hidden").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text
    assert "The answer is 404, not 401 (signed out)." in report.text


def test_a_caller_who_is_signed_in_is_not_said_to_be_signed_out(tmp_path: Path) -> None:
    """Where no answer is there for an invalid body alone, the case's own family says what it is about."""
    report = boxes(tmp_path, "any").verified("--only", "success", "--only", "invalid-body")
    assert {"family-status"} == report.errors, report.text
    assert "The answer is 201, not 400, 401 or 415 (invalid-body)." in report.text
