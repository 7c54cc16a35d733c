"""What only one PUT has in its path may be the ID of a request: no two requests have it in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = '[world.ingests.hooks]\nkind = "webhook"'


def spec_of() -> dict[str, Any]:
    """Return the document of a service that sends letters."""
    letter = {"type": "object", "required": ["text"], "additionalProperties": False}
    letter["properties"] = {"text": {"type": "string", "minLength": 1, "maxLength": 60}}
    sent = {"type": "object", "required": ["number", "text"], "additionalProperties": False}
    sent["properties"] = {"number": {"type": "integer"}, "text": {"type": "string"}}
    number = {"type": "integer", "x-from": "answer.body#/number"}
    event = {**sent, "properties": {"number": number, "text": {"type": "string", "x-from": "request.body#/text"}}}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    answers = {"400": "No letter.", "404": "Nothing.", "415": "No JSON."}
    operation = {
        "operationId": "send",
        "parameters": [{"name": "letter", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": letter}}},
        "responses": {
            "200": {"description": "Sent.", "content": {"application/json": {"schema": sent}}},
            **{status: {"description": text} for status, text in answers.items()},
        },
        "callbacks": {"sent": {"{hooks}/sent": {"post": callback}}},
    }
    info = {"title": "Letters", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {"/letters/{letter}": {"put": operation}}}


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("blank", {"family-status"}), ("lost", {"event-for-success"})])
def test_each_request_has_an_id_of_its_own(tmp_path: Path, bug: str, told: set[str]) -> None:
    """A letter whose ID another has is not read: it is no valid one, and none with a mistake that is taken."""
    project = Project(tmp_path, "letters", spec_of(), {"BUG": bug, "HOOK": "{world.hooks}"}, SETTINGS)
    only = [
        word for name in ("success", "malformed-body", "invalid-body", "routing", "fuzz-*") for word in ("--only", name)
    ]
    report = project.verified(*only, "--profile", "quick", "--max-examples", "12")
    assert told == report.errors, report.text
