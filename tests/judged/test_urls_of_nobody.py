"""A URL in a member that no contract describes is called by no target: it is no reason why a request is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEY = '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "one"}}]'


@pytest.mark.parametrize("described", [False, True])
def test_only_a_url_that_is_described_may_be_called(tmp_path: Path, *, described: bool) -> None:
    """A name with a space is refused, and the request that has one has a URL as well: it may be why if it is known."""
    more: dict[str, Any] = {"image": {"type": "string", "format": "uri"}} if described else {}
    properties = {"name": {"type": "string", "example": "first"}, **more}
    thing = {"type": "object", "required": ["name"], "properties": properties}
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
    report = Project(tmp_path, "names", spec, {"BUG": "words"}, KEY).verified("--only", "success")
    assert described is any(what.startswith("the URL") for what in report.not_proven), report.text
