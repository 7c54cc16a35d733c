"""An event that has no callback's constants may be of any request that has changed something, and has no callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Report

SETTINGS = """
[world.sessions.key]
kind = "static"
callers = [
  {headers = {X-Key = "key-of-ada"}, identity = {id = "ada"}},
  {headers = {X-Key = "key-of-bob"}, identity = {id = "bob"}},
]
[world.ingests.hooks]
kind = "webhook"
"""
LOCKER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 60},
        **{name: {"type": "boolean"} for name in ("low", "dry", "lit")},
    },
}


def told_of(folder: Path, *only: str, bug: str = "") -> Report:
    """Return what is said of lockers, whose contract has no callback of what a `DELETE` sends."""
    message = {
        "type": "object",
        "required": ["event", "id", "by"],
        "properties": {
            "event": {"const": "rented"},
            "id": {"x-from": "answer.body#/id"},
            "by": {"x-from": "session.id"},
        },
    }
    callback = {
        "x-when": True,
        "x-delivery": {"answer": "any", "attempts": "once", "identity": "header.X-Message"},
        "requestBody": {"content": {"application/json": {"schema": message}}},
        "responses": {"200": {"description": "Taken."}},
    }
    kept = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    rent = {
        "operationId": "rent",
        "requestBody": {"required": True, "content": {"application/json": {"schema": LOCKER}}},
        "responses": {
            "201": {"description": "Rented.", "content": {"application/json": {"schema": kept}}},
            "400": {"description": "No locker."},
            "401": {"description": "No key."},
        },
        "callbacks": {"rented": {"{hooks}/lockers": {"post": callback}}},
    }
    return_ = {
        "operationId": "return",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "202": {"description": "Soon."},
            "401": {"description": "No key."},
            "404": {"description": "Not rented."},
        },
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Lockers", "version": "1"},
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {"/lockers": {"post": rent}, "/lockers/{id}": {"delete": return_}},
    }
    project = Project(folder, "lockers", spec, {"HOOK": "{world.hooks}", "BUG": bug}, SETTINGS)
    project.top = 'operations = ["*"]'
    return project.verified("--only", "success", *only)


def test_nobody_is_accused_of_what_a_request_without_callbacks_sends(tmp_path: Path) -> None:
    """What tells that a locker was given back is no second event of one that was rented, nor a wrong one."""
    report = told_of(tmp_path, "--only", "crowd")
    assert set() == report.errors, report.text


def test_a_wrong_constant_is_told(tmp_path: Path) -> None:
    """Each message of a locker that is rented has another name."""
    report = told_of(tmp_path, bug="renamed")
    assert "event-schema" in report.errors, report.text
