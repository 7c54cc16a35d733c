"""A whole number that may be taken hides nothing: a request is sent once more with another one, in a real process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

MADE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def goods(folder: Path, bug: str) -> Project:
    """Return goods with a bug."""
    schema = {
        "type": "object",
        "required": ["name", "stock"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 60},
            "stock": {"type": "integer", "minimum": 0, "example": 7},
        },
    }
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    refused = {status: {"description": "Refused."} for status in ("404", "409", "415")}
    refused["400"] = {"description": "Invalid.", "x-given": "invalid-body"}
    made = {"description": "Made.", "content": {"application/json": {"schema": MADE}}}
    identity: dict[str, Any] = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {
        "/goods": {"post": {"operationId": "make", "requestBody": body, "responses": {"201": made, **refused}}},
        "/goods/{id}": {
            "put": {
                "operationId": "change",
                "parameters": [identity],
                "requestBody": body,
                "responses": {"200": {"description": "Changed."}, **refused},
            }
        },
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Goods", "version": "1"}, "paths": paths}
    return Project(folder, "goods", spec, {"BUG": bug}, top='operations = ["*"]')


@pytest.mark.parametrize("bug", ["", "units", "version"])
def test_a_number_that_may_be_taken_is_another_one_then(tmp_path: Path, bug: str) -> None:
    """A long name beyond ASCII is refused with any stock, which is an error; a stock that is a version, rightly."""
    report = goods(tmp_path, bug).verified("--profile", "quick", "--only", "success")
    assert ({"family-status"} if bug == "units" else set()) == report.errors, report.text
    accused = {one["operation"] for found in report.value["findings"] for one in found["instances"]}
    assert ({"make", "change"} if bug == "units" else set()) == accused, report.text
    # With the version that an object has at first, only an object of its own takes a change.
    assert (bug == "version") == any("change uses up its object" in note for note in report.notes), report.text
