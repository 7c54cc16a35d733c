"""Of two requests on a connection, the second may be refused for a name that is taken: it asks nothing of the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEY = '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "one"}}]'


@pytest.mark.parametrize(("bug", "laws"), [("", set()), ("rest", {"family-status"})])
def test_the_first_is_judged_as_what_it_is(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """A large body without a key gets 413; what comes behind it is another request, whose name may be taken."""
    thing = {"type": "object", "required": ["name"], "additionalProperties": False}
    thing |= {"properties": {"name": {"type": "string", "example": "first"}}}
    answers = {"201": "Taken.", "400": "No name.", "401": "No key.", "409": "The name is taken.", "413": "Large."}
    operation = {
        "operationId": "name",
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing}}},
        "responses": {status: {"description": text} for status, text in answers.items()},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Names", "version": "1"},
        "paths": {"/names": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    report = Project(tmp_path, "names", spec, {"BUG": bug}, KEY).verified("--only", "success", "--only", "sizes/late-*")
    assert laws == report.errors, report.text
