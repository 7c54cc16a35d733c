"""With what is not there, nobody may do anything: a 403 for an id that was made up says little of the credential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEY = """\
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "one"}}]
[world.ingests.hooks]
kind = "webhook"
"""


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        pytest.param(None, "the id or the credential: 403 says that", id="the id is made up"),
        pytest.param("7", "the credential: 403 says that", id="the id is the contract's"),
    ],
)
def test_a_made_up_id_is_told(tmp_path: Path, example: str | None, reason: str) -> None:
    """Each request is answered 403: the reason names the id where it was made up, with the line to add."""
    label: dict[str, Any] = {"name": "label", "in": "path", "required": True, "schema": {"type": "string"}}
    label |= {} if example is None else {"example": example}
    operation = {
        "operationId": "read",
        "security": [{"key": []}],
        "parameters": [label],
        "responses": {"204": {"description": "Read."}, "403": {"description": "Not allowed."}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Labels", "version": "1"},
        "paths": {"/labels/{label}/read": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    report = Project(tmp_path, "labels", spec, {"HOOK": "{world.hooks}"}, KEY).verified("--only", "success")
    (told,) = (one for one in report.value["not_proven"] if one["what"] == "success of read")
    assert f"Likely reason: {reason}" in told["why"], report.text
    assert ("the value of 'label' was made up" in told["why"]) is (example is None)
    assert told["add"].startswith("example: an id that exists") is (example is None)
