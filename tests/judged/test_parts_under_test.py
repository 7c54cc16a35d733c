"""Settings are of a whole contract: what they say of an operation holds where that is under test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "one"}}, {headers = {X-Key = "two"}, forbidden = ["post"]}]

[world.ingests.hooks]
kind = "webhook"
receives = ["added"]
"""


def spec_of() -> dict[str, Any]:
    """Return the document of a book to which one caller may not add, and whose receivers are told of what is added."""
    content = {"application/json": {"schema": {"type": "object"}, "example": {"text": "more"}}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}, "example": "first"}
    answers = {status: {"description": "An answer."} for status in ("200", "400", "401", "403", "404", "415")}
    answers["403"]["x-given"] = "forbidden"
    taken = {"requestBody": {"required": True, "content": content}, "responses": answers, "security": [{"key": []}]}
    operations: dict[str, Any] = {method: {"operationId": method, **taken} for method in ("put", "post")}
    told = {"{$request.body#/url}": {"post": {"responses": {"200": {"description": "Taken."}}}}}
    operations["post"]["callbacks"] = {"added": told}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Book", "version": "1"},
        "paths": {"/entries/{name}": {"parameters": [name], **operations}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }


def test_one_operation_of_several(tmp_path: Path) -> None:
    """The settings name an operation and a callback that are in the spec, and not in this run."""
    project = Project(tmp_path, "entries", spec_of(), settings=SETTINGS)
    report = project.verified("--operation", "put", "--only", "success/example")
    assert set() == report.errors, report.text
