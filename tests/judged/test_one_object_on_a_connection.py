"""Two requests that are sent as one text have one path: both are of who has made what it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEYS = '[world.sessions.key]\nkind = "static"\ncallers = [{headers = {X-Key = "one"}}, {headers = {X-Key = "two"}}]'


def spec_of() -> dict[str, Any]:
    """Return the document of diaries, and of what is written into them."""
    answer = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    made = {"201": {"description": "Written.", "content": {"application/json": {"schema": answer}}}}
    refusals = {status: {"description": "Refused."} for status in ("400", "401", "403", "404", "415")}
    taken = {
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {**made, **refusals},
    }
    diary = {"name": "diary", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Diaries", "version": "1"},
        "paths": {
            "/diaries": {"post": {"operationId": "begin", **taken}},
            "/diaries/{diary}/pages": {"post": {"operationId": "write", "parameters": [diary], **taken}},
        },
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }


@pytest.mark.parametrize(("bug", "laws"), [("", set()), ("closed", {"family-status"})])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_second_request_is_of_who_has_made_the_object(tmp_path: Path, bug: str, laws: set[str], seed: int) -> None:
    """A late body without a key gets 401; what comes behind it is let in, as the diary is its caller's."""
    project = Project(tmp_path, "diaries", spec_of(), {"BUG": bug}, KEYS)
    report = project.verified("--only", "success/object", "--only", "sizes/write.late-*", seed=seed)
    assert laws == report.errors, report.text
