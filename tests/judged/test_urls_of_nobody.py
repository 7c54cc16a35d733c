"""A URL in a member that no contract describes is called by no target: it is no reason why a request is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEY = '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "one"}}]'


def spec_of(path: str, *, described: bool, parameters: list[Any]) -> dict[str, Any]:
    """Return a contract in which a name is taken, with an image or without."""
    more: dict[str, Any] = {"image": {"type": "string", "format": "uri"}} if described else {}
    properties = {"name": {"type": "string", "example": "first"}, **more}
    thing = {"type": "object", "required": ["name"], "properties": properties}
    answers = {"201": "Taken.", "400": "No name.", "401": "No key.", "404": "No shelf.", "409": "The name is taken."}
    operation = {
        "operationId": "name",
        "security": [{"key": []}],
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing}}},
        "responses": {status: {"description": text} for status, text in {**answers, "413": "Large."}.items()},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Names", "version": "1"},
        "paths": {path: {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }


@pytest.mark.parametrize("described", [False, True])
def test_only_a_url_that_is_described_may_be_called(tmp_path: Path, *, described: bool) -> None:
    """A name with a space is refused, and the request that has one has a URL as well: it may be why if it is known."""
    spec = spec_of("/names", described=described, parameters=[])
    report = Project(tmp_path, "names", spec, {"BUG": "words"}, KEY).verified("--only", "success")
    assert described is any(what.startswith("the URL") for what in report.not_proven), report.text


def test_an_id_that_is_made_up_is_why(tmp_path: Path) -> None:
    """What is answered 404 for an id that nobody has given was not refused for its URL."""
    shelf = {"name": "shelf", "in": "path", "required": True, "schema": {"type": "string"}}
    spec = spec_of("/names/{shelf}", described=True, parameters=[shelf])
    report = Project(tmp_path, "names", spec, settings=KEY).verified("--only", "success")
    assert {"made-up id of name"} == set(report.not_proven), report.text
