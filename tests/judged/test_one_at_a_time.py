"""Requests that nothing tells apart run one at a time; the note of it proposes what would tell them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.sessions.key]
kind = "static"
callers = [
  {headers = {X-Key = "key-of-ada"}, identity = {id = "a"}},
  {headers = {X-Key = "key-of-bob"}, identity = {id = "b"}},
]
[world.ingests.hooks]
kind = "webhook"
"""


def test_callers_who_take_turns_are_not_proposed(tmp_path: Path) -> None:
    """Two callers tell few requests apart: `x-from: session.…` leaves them one at a time, and is not what to add."""
    label = {"type": "object", "required": ["kind", "text"], "additionalProperties": False}
    label |= {"properties": {"kind": {"enum": ["simple"]}, "text": {"enum": ["short", "long"]}}}
    event = {"x-when": True, "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    event |= {"responses": {"200": {"description": "Taken."}}}
    operation = {
        "operationId": "label",
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": label}}},
        "responses": {"201": {"description": "Made."}, "400": {"description": "No label."}},
        "callbacks": {"labelled": {"{hooks}/labelled": {"post": event}}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Labels", "version": "1"},
        "paths": {"/labels": {"post": operation}},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
    }
    report = Project(tmp_path, "labels", spec, {"HOOK": "{world.hooks}"}, SETTINGS).verified("--only", "success")
    (note,) = [note for note in report.notes if "one at a time" in note]
    assert "add an x-from of answer.body#/… or a text of request.body#/…, or a URL" in note, report.text
