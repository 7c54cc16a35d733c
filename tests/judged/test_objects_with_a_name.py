"""An object whose usual request is refused, as its name is taken, is made by another request that is valid, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def spec_of() -> dict[str, Any]:
    """Return the document of plots."""
    name: dict[str, Any] = {"name": {"type": "string", "maxLength": 40}}
    plot = {"type": "object", "additionalProperties": False, "properties": name}
    kept = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **name}}
    shown = {"description": "The plot.", "content": {"application/json": {"schema": kept}}}
    there = {"404": {"description": "Not there."}}
    content = {"application/json": {"schema": plot, "example": {"name": "by the pond"}}}
    refusals = {status: {"description": "Refused."} for status in ("400", "409", "415")}
    make = {"operationId": "make", "requestBody": {"required": True, "content": content}}
    one = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "show", "responses": {"200": shown, **there}},
        "delete": {"operationId": "giveUp", "responses": {"204": {"description": "Given up."}, **there}},
    }
    paths = {"/plots": {"post": {**make, "responses": {"201": shown, **refusals}}}, "/plots/{id}": one}
    return {"openapi": "3.1.0", "info": {"title": "Plots", "version": "1"}, "paths": paths}


@pytest.mark.parametrize(("bug", "told"), [("", []), ("lost", ["id of giveUp"])])
def test_an_object_of_its_own_needs_no_name_that_is_free(tmp_path: Path, bug: str, told: list[str]) -> None:
    """Each plot that is given up was made for that; one that is said not to have been there is told."""
    report = Project(tmp_path, "plots", spec_of(), {"BUG": bug}).verified("--only", "success", "--only", "odd-headers")
    assert set() == report.errors, report.text
    assert told == [what for what in report.not_proven if "giveUp" in what], report.text
