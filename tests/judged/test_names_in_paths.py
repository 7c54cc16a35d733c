"""A semicolon is a part of a name like any other: a `PUT` at such a path is about another object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def spec_of() -> dict[str, Any]:
    """Return the document of a book whose entries have any names."""
    entry = {"type": "object", "required": ["text"], "additionalProperties": False}
    entry["properties"] = {"text": {"type": "string", "maxLength": 60}}
    content = {"application/json": {"schema": entry}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}, "example": "first"}
    refusals = {status: {"description": "Refused."} for status in ("400", "404", "415")}
    answers = {"200": {"description": "The entry.", "content": content}, **refusals}
    taken = {"requestBody": {"required": True, "content": content}, "responses": answers}
    operations = {method: {"operationId": method, **taken} for method in ("put", "post")}
    info = {"title": "Book", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {"/entries/{name}": {"parameters": [name], **operations}}}


@pytest.mark.parametrize(("bug", "methods", "told"), [("", 2, set()), ("cut", 1, {"post"})])
def test_a_name_may_have_a_semicolon(tmp_path: Path, bug: str, methods: int, told: set[str]) -> None:
    """An entry is put under such a name, and is there then; where nobody puts one, one that is found is told."""
    spec = spec_of()
    if methods == 1:
        del spec["paths"]["/entries/{name}"]["put"]
    report = Project(tmp_path, "entries", spec, {"BUG": bug}).verified("--only", "success", "--only", "routing")
    found = {one["operation"] for each in report.value["findings"] for one in each["instances"]}
    assert told == found, report.text
