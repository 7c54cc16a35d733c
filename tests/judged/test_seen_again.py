"""What a run has seen to be no name that must be unique is still known when a request is sent once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

KEYS = """
[world.sessions.key]
kind = "static"
callers = [{headers = {X-Key = "key-of-ada"}}, {headers = {X-Key = "key-of-bob"}}]
"""


def test_a_name_that_is_always_refused_is_refused_once_more(tmp_path: Path) -> None:
    """Crates of one colour were made before: that errors of the server may have taken it does not make it unique."""
    names = {"type": "string", "minLength": 1, "maxLength": 60}
    crate = {"type": "object", "required": ["name", "colour"], "additionalProperties": False}
    crate |= {"properties": {"name": names, "colour": {"enum": ["red", "blue"]}}}
    make = {
        "operationId": "make",
        "security": [{"key": []}, {}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": crate}}},
        "responses": {"201": {"description": "Made."}, "400": {"description": "No crate."}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Crates", "version": "1"},
        "paths": {"/crates": {"post": make}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    report = Project(tmp_path, "crates", spec, {}, KEYS).verified("--only", "success")
    refused = [one for one in report.value["findings"] if one["cause"].startswith("400 instead of a success")]
    assert [(True, False)] == [(one["reproduced"], one["flaky"]) for one in refused], report.text
