"""What has an id by its content is one object however often it is made: who deletes one has deleted all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def stones(folder: Path) -> Project:
    """Return stones."""
    own = [{"name": "stone", "in": "path", "required": True, "schema": {"type": "string"}}]

    def of(name: str, status: str) -> dict[str, Any]:
        answers = {status: {"description": "Well."}, "404": {"description": "No such stone."}}
        return {"operationId": name, "responses": answers}

    one = {"parameters": own, "get": of("look", "200"), "delete": of("remove", "200")}
    paths = {"/stones": {"post": of("make", "201")}, "/stones/{stone}": one}
    spec = {"openapi": "3.1.0", "info": {"title": "Stones", "version": "1"}, "paths": paths}
    return Project(folder, "stones", spec)


def test_what_others_remove_comes_and_goes(tmp_path: Path) -> None:
    """A look that finds nothing between two that do is no error where another request removes what it looks for."""
    assert set() == stones(tmp_path).verified("--profile", "quick").errors
