"""JSON Schema has no largest integer, and databases have: what is longer in a path may be refused, and is no crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def spec_of() -> dict[str, Any]:
    """Return the document of counts that have a number, of which no format is said."""
    count = {"type": "object", "required": ["count"], "additionalProperties": False}
    count["properties"] = {"count": {"type": "integer", "minimum": 0, "maximum": 100}}
    content = {"application/json": {"schema": count}}
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
    refusals = {status: {"description": "Refused."} for status in ("400", "404", "415", "422")}
    answers = {"200": {"description": "The count.", "content": content}, **refusals}
    one = {
        "parameters": [number],
        "get": {"operationId": "read", "responses": answers},
        "put": {"operationId": "write", "requestBody": {"required": True, "content": content}, "responses": answers},
    }
    return {"openapi": "3.1.0", "info": {"title": "Counts", "version": "1"}, "paths": {"/counts/{number}": one}}


@pytest.mark.parametrize(("status", "told"), [(0, set()), (400, set()), (500, {"family-status"})])
def test_a_number_of_more_than_64_bits(tmp_path: Path, status: int, told: set[str]) -> None:
    """It may be taken, or refused with any declared 4xx; a server error stays one."""
    project = Project(tmp_path, "counts", spec_of(), {"LONG": str(status)})
    report = project.verified("--only", "fuzz-valid", "--max-examples", "400")
    assert told == {law.partition(":")[0] for law in report.errors}, report.text
