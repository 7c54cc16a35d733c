"""Who is refused a value with 409 is not accused where another request brought it, by whichever operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEYS = """
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "key-of-ada"}}, {headers = {X-Key = "key-of-bob"}}]
"""
LABEL = {"type": "string", "minLength": 1, "maxLength": 20, "example": "first"}
BADGE = {**LABEL, "maxLength": 25}
MADE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def operation(name: str, success: str, *parameters: dict[str, Any], label: Any = None) -> dict[str, Any]:
    """Return an operation; without a label, its requests have no body."""
    done: dict[str, Any] = {"description": "Done."}
    if success == "201":
        done["content"] = {"application/json": {"schema": MADE}}
    refused = {status: {"description": "Refused."} for status in ("401", "404", "409", "415")}
    invalid = {"400": {"description": "Invalid.", "x-given": "invalid-body"}} if label else {}
    body = {"type": "object", "required": ["label"], "additionalProperties": False, "properties": {"label": label}}
    asked = {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if label else {}
    return {
        "operationId": name,
        "security": [{"key": []}],
        "parameters": list(parameters),
        "responses": {success: done, **invalid, **refused},
        **asked,
    }


def in_path(name: str) -> dict[str, Any]:
    """Return a parameter of a path."""
    return {"name": name, "in": "path", "required": True, "schema": LABEL if name == "label" else {"type": "string"}}


PATHS = {
    "/drawers": {"post": operation("make", "201", label=LABEL)},
    "/drawers/{id}": {"put": operation("change", "200", in_path("id"), label=LABEL)},
    "/badges": {"post": operation("badge", "201", label=BADGE)},
    "/named/{label}": {"put": operation("name", "200", in_path("label"))},
}


def drawers(folder: Path, *paths: str, bug: str = "") -> Project:
    """Return drawers with a bug; their contract has so many paths."""
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Drawers", "version": "1"},
        "paths": {path: PATHS[path] for path in paths},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    return Project(folder, "drawers", spec, {"BUG": bug}, KEYS, top='operations = ["*"]')


ONLY = ("--profile", "quick", "--only", "success", "--only", "odd-media-types")


@pytest.mark.parametrize(
    "paths", [("/drawers/{id}", "/drawers"), ("/drawers", "/badges"), ("/named/{label}", "/drawers")]
)
def test_a_value_that_another_operation_brought_is_taken(tmp_path: Path, paths: tuple[str, ...]) -> None:
    """A change gave it to a drawer, it is what a badge may not say, or the name of what was put there."""
    report = drawers(tmp_path, *paths).verified(*ONLY)
    assert set() == report.errors, report.text


@pytest.mark.parametrize(
    ("paths", "operation"), [(("/drawers/{id}", "/drawers"), "make"), (("/drawers", "/badges"), "badge")]
)
def test_a_value_that_is_refused_whoever_has_it_is_an_error(
    tmp_path: Path, paths: tuple[str, ...], operation: str
) -> None:
    """A label of one character may be taken the first time; another one, which is nobody's, is not."""
    report = drawers(tmp_path, *paths, bug=paths[-1]).verified(*ONLY)
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert ("family-status", {operation}) == (found["law"], {one["operation"] for one in found["instances"]})
