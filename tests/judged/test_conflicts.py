"""A 409 is of what is there: it says nothing against the id in the path that the contract shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEY = '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "one"}}]'


@pytest.mark.parametrize(("bug", "told"), [("", 0), ("gone", 1)])
def test_a_conflict_is_none_of_the_id(tmp_path: Path, bug: str, told: int) -> None:
    """Some names are taken: the shelf is there all the same. One that is not there is told."""
    thing = {"type": "object", "required": ["name"], "additionalProperties": False}
    thing |= {"properties": {"name": {"type": "string", "example": "first"}}}
    answers = {"201": "Taken.", "400": "No name.", "401": "No key.", "413": "Large."}
    operation = {
        "operationId": "name",
        "security": [{"key": []}],
        "parameters": [{"name": "shelf", "in": "path", "required": True, "schema": {"type": "string"}, "example": "a"}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing}}},
        "responses": {status: {"description": text} for status, text in answers.items()},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Names", "version": "1"},
        "paths": {"/names/{shelf}": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    report = Project(tmp_path, "names", spec, {"BUG": bug}, KEY).verified("--only", "success")
    assert told == sum(what == "id of name" for what in report.not_proven), report.text
