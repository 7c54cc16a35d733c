"""What a `PUT` has put under a name that its caller chose is there: others ask for it by that name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def spec_of() -> dict[str, Any]:
    """Return the document of a cupboard, in which no `POST` makes a jar, and nothing lists them."""
    jar = {"type": "object", "required": ["size"], "additionalProperties": False}
    jar["properties"] = {"size": {"type": "integer", "minimum": 1, "maximum": 1000}}
    content = {"application/json": {"schema": jar}}
    body = {"requestBody": {"required": True, "content": content}}
    it = {"description": "The jar.", "content": content}
    refusals = {status: {"description": "Refused."} for status in ("400", "404", "415")}
    event: dict[str, Any] = {"type": "object", "required": ["name"]}
    event["properties"] = {"name": {"type": "string", "x-from": "request.path.name"}}
    told = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    taken = {"204": {"description": "Taken away."}, "404": {"description": "Not there."}}
    one = {
        "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
        "put": {"operationId": "put", **body, "responses": {"200": it, "201": it, **refusals}},
        "get": {"operationId": "read", "responses": {"200": it, "404": {"description": "Not there."}}},
        "patch": {"operationId": "change", **body, "responses": {"200": it, **refusals}},
        "delete": {
            "operationId": "remove",
            "responses": taken,
            "callbacks": {"gone": {"{hooks}/gone": {"post": told}}},
        },
    }
    return {"openapi": "3.1.0", "info": {"title": "Cupboard", "version": "1"}, "paths": {"/jars/{name}": one}}


@pytest.mark.parametrize(
    ("bug", "told"),
    [("", set()), ("size", {"answer-schema"}), ("change", {"family-status"}), ("silent", {"event-for-success"})],
)
def test_what_is_put_is_there(tmp_path: Path, bug: str, told: set[str]) -> None:
    """It is read, changed and deleted, each time one that is there: what is wrong of it is found."""
    settings = '[world.ingests.hooks]\nkind = "webhook"'
    project = Project(tmp_path, "cupboard", spec_of(), {"HOOK": "{world.hooks}", "BUG": bug}, settings)
    project.top = 'operations = ["*"]'
    report = project.verified(
        "--profile", "quick", "--only", "success", "--only", "invalid-body", "--only", "fuzz-valid"
    )
    assert told == report.errors, report.text
    seen = {(one["operation"], one["status"]) for one in report.value["answers"] if one["seen"]}
    assert seen >= {("put", "201"), ("put", "200"), ("change", "200"), ("remove", "204")}
    assert not [what for what in report.not_proven if what.startswith("made-up id")], report.text


def test_each_request_puts_a_jar_under_a_name_of_its_own(tmp_path: Path) -> None:
    """The names have a pattern, and nobody else asks for a jar: each request has another text, so none is there."""
    names, spec = "^#[a-z0-9]{3,40}:host$", spec_of()
    one = spec["paths"]["/jars/{name}"]
    one["parameters"][0]["schema"] = {"type": "string", "pattern": names}
    del one["get"], one["patch"], one["delete"]
    one["put"]["responses"]["409"] = {"description": "A jar has that name."}
    env = {"HOOK": "http://127.0.0.1:9", "NAMES": names.replace("{", "{{").replace("}", "}}")}
    project = Project(tmp_path, "cupboard", spec, env)
    report = project.verified("--profile", "quick", "--only", "success")
    assert set() == report.errors, report.text
    assert {"201"} == {one["status"] for one in report.value["answers"] if one["seen"]}, report.text
