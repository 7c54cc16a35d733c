"""A path that a document leaves out may be an operation: its event is not that of the one beside, by its constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def spec_of() -> dict[str, Any]:
    """Return the document of facts of one kind."""
    fact = {"type": "object", "required": ["text"], "additionalProperties": False}
    fact["properties"] = {"text": {"type": "string", "maxLength": 60}}
    number = {"type": "object", "required": ["number"], "properties": {"number": {"type": "integer"}}}
    sources = {"number": {"x-from": "answer.body#/number"}, "text": {"x-from": "request.body#/text"}}
    event = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "colour"}, **sources}}
    callback = {
        "x-when": True,
        "x-delivery": {"answer": "any"},
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    refusals = {status: {"description": "Refused."} for status in ("400", "404", "415")}
    done = {"description": "Kept.", "content": {"application/json": {"schema": number}}}
    operation = {
        "operationId": "colour",
        "requestBody": {"required": True, "content": {"application/json": {"schema": fact}}},
        "responses": {"200": done, **refusals},
        "callbacks": {"told": {"{hooks}/facts": {"post": callback}}},
    }
    info = {"title": "Facts", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {"/facts/colour": {"put": operation}}}


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("beginnings", {"not-executed"}), ("kinds", {"event-schema"})])
def test_an_event_of_another_path_is_not_held_against_the_operation(tmp_path: Path, bug: str, told: set[str]) -> None:
    """Facts of other kinds are told, too; a path that is taken for the operation's, or a wrong kind, is an error."""
    settings = '[world.ingests.hooks]\nkind = "webhook"'
    env = {"BUG": bug, "HOOK": "{world.hooks}"}
    report = Project(tmp_path, "facts", spec_of(), env, settings).verified(
        "--only", "success/least", "--only", "routing"
    )
    assert told == report.errors, report.text
