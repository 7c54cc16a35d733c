"""A target is not accused of what is answered where it does not have the API: the address is the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success", "--only", "invalid-body", "--only", "coverage", "--profile", "quick")
WHAT = "the operations of openapi.json"


def books(folder: Path, bug: str, server: str) -> Project:
    """Return the books with a bug, whose contract declares what a book that is not there is answered, and a server."""
    members = {"title": {"type": "string", "maxLength": 80}, "id": {"type": "string"}}
    title = {"type": "object", "required": ["title"], "properties": members}
    lacking = {"type": "object", "required": ["lacking"], "properties": {"lacking": {"type": "string"}}}

    def json_of(schema: dict[str, Any]) -> dict[str, Any]:
        return {"description": "It.", "content": {"application/json": {"schema": schema}}}

    refused = {"description": "Refused."}
    take = {
        "operationId": "take",
        "requestBody": {"required": True, **json_of({**title, "additionalProperties": False})},
        "responses": {
            "201": json_of({"type": "object", "required": ["id"]}),
            "400": refused,
            "404": json_of(lacking),
            "415": refused,
        },
    }
    show = {
        "operationId": "show",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": json_of(title), "404": json_of(lacking)},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Books", "version": "1"},
        "servers": [{"url": server}],
        "paths": {"/books": {"post": take}, "/books/{id}": {"get": show}},
    }
    return Project(folder, "books", spec, {"BUG": bug})


def test_the_404_of_a_router_accuses_nobody(tmp_path: Path) -> None:
    """At the wrong base path each answer is the router's: that is said once, first, and nothing is broken."""
    report = books(tmp_path, "", "/v2").verified(*ONLY)
    assert (4, set(), set()) == (report.code, report.errors, report.warnings), report.text
    assert "Nothing of the API was reached: no valid request to 2 operations succeeded: 404" in report.not_proven[WHAT]
    assert "the base path, which is '/v2' here" in report.not_proven[WHAT]
    assert not [what for what in report.not_proven if what.startswith(("success of", "made-up id"))]


@pytest.mark.parametrize(("bug", "errors"), [("", set()), ("plain", {"declared-media-type"})])
def test_the_404_of_an_operation_is_judged(tmp_path: Path, bug: str, errors: set[str]) -> None:
    """Below the path of the server it is the operation's own, which has a media type that is declared, or not."""
    report = books(tmp_path, bug, "https://books.example.com/v1/").verified(*ONLY)
    assert errors == report.errors, report.text
    assert WHAT not in report.not_proven


@pytest.mark.parametrize(("bug", "errors"), [("", set()), ("long", {"family-status"})])
def test_a_declared_404_of_a_body_that_names_what_nobody_gave(tmp_path: Path, bug: str, errors: set[str]) -> None:
    """It says that this is not there, and accuses nobody; the same for a body that names nothing does."""
    report = books(tmp_path, bug, "/v1").verified(*ONLY)
    assert errors == report.errors, report.text
    assert "answered 404, which is declared: nobody gave the value of 'id'." in report.not_proven["made-up id of take"]
