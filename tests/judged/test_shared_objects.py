"""Objects that all callers share (`x-shared`): what one has made is there for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.sessions.key]
kind = "static"
callers = [
  {headers = {X-Key = "one"}, identity = {name = "one"}},
  {headers = {X-Key = "two"}, identity = {name = "two"}},
]
wrong = [{headers = {X-Key = "none"}}]
"""


def spec_of(*shared: str) -> dict[str, Any]:
    """Return the document of the notes, in which the objects of some operations are shared."""
    text: dict[str, Any] = {"type": "object", "required": ["text"], "additionalProperties": False}
    text["properties"] = {"text": {"type": "string"}}
    note: dict[str, Any] = {"type": "object", "required": ["id", "text"]}
    note["properties"] = {"id": {"type": "string"}, "text": {"type": "string"}}
    shown = {"description": "The note.", "content": {"application/json": {"schema": note}}}
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": text}}}}
    none = {
        "404": {"description": "There is no such note."},
        "401": {"description": "No key.", "x-given": "signed-out"},
    }
    wrong = {"400": {"description": "It is no note."}, "415": {"description": "It is no JSON."}}
    link = {"parameters": {"id": "$response.body#/id"}}
    links = {"read": {"operationId": "read", **link}, "change": {"operationId": "change", **link}}
    one: dict[str, Any] = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "read", "responses": {"200": shown, **none}},
        "put": {"operationId": "change", **body, "responses": {"200": shown, **none, **wrong}},
    }
    for operation in (one["get"], one["put"]):
        if operation["operationId"] in shared:
            operation["x-shared"] = True
    post = {"operationId": "make", **body, "responses": {"201": {**shown, "links": links}, **none, **wrong}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "security": [{"key": []}],
        "paths": {"/notes": {"post": post}, "/notes/{id}": one},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }


@pytest.mark.parametrize(
    ("bug", "told"),
    [("", set()), ("hidden", {"family-status"}), ("closed", {"declared-status", "family-status"})],
)
def test_what_one_caller_has_made_is_there_for_the_others(tmp_path: Path, bug: str, told: set[str]) -> None:
    """Another caller reads it after its maker has read it twice, and may change it."""
    project = Project(tmp_path, "commons", spec_of("read", "change"), {"BUG": bug}, SETTINGS, 'operations = ["*"]')
    report = project.verified("--only", "success")
    assert report.errors <= told, report.text
    assert bool(told) == bool(report.errors), report.text
    assert not [what for what in report.not_proven if what.startswith("objects of other callers")], report.text


def test_what_can_be_read_once_is_there_for_nobody_then(tmp_path: Path) -> None:
    """That its maker does not find it again shows that it is gone: nobody is accused."""
    env = {"ONCE": "1"}
    project = Project(tmp_path, "commons", spec_of("read"), env, SETTINGS, 'operations = ["make", "read"]')
    report = project.verified("--only", "success")
    assert set() == report.errors, report.text


@pytest.mark.parametrize(
    ("bug", "line"),
    [
        ("", "x-shared: true, if all share it; else x-given: forbidden, on the answer that such a caller gets"),
        ("hidden", "x-given: forbidden, on the answer 404"),
    ],
)
def test_where_nothing_is_said_of_it_the_line_that_would_say_it_is_told(tmp_path: Path, bug: str, line: str) -> None:
    """Whether objects are shared is the contract's to say: nobody is accused."""
    project = Project(tmp_path, "commons", spec_of(), {"BUG": bug}, SETTINGS, 'operations = ["*"]')
    report = project.verified("--profile", "quick")
    assert set() == {law for law in report.errors if law != "http-status"}, report.text
    told = {one["what"]: one["add"] for one in report.value["not_proven"] if one["what"].startswith("objects of other")}
    assert line == told["objects of other callers: read"], report.text
    assert "or x-shared: true" in told["objects of other callers: change"], report.text
