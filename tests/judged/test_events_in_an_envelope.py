"""A kind of ingest says which events a body has: what stands around them is no part of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = '[world.ingests.post]\nkind = "tests.judged.post_office:PostOffice"'


def spec_of() -> dict[str, Any]:
    """Return the document of a service that sends parcels; a callback is one of them, and not the list."""
    parcel = {"type": "object", "required": ["to"], "additionalProperties": False}
    parcel["properties"] = {"to": {"type": "string", "minLength": 1, "maxLength": 60}}
    sent = {"type": "object", "required": ["number", "to"], "additionalProperties": False}
    sent["properties"] = {"number": {"type": "integer"}, "to": {"type": "string"}}
    number = {"type": "integer", "x-from": "answer.body#/number"}
    event = {**sent, "properties": {"number": number, "to": {"type": "string", "x-from": "request.body#/to"}}}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    operation = {
        "operationId": "send",
        "requestBody": {"required": True, "content": {"application/json": {"schema": parcel}}},
        "responses": {"201": {"description": "Sent.", "content": {"application/json": {"schema": sent}}}},
        "callbacks": {"sent": {"{post}/parcels": {"post": callback}}},
    }
    info = {"title": "Parcels", "version": "1"}
    return {"openapi": "3.1.0", "info": info, "paths": {"/parcels": {"post": operation}}}


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("stray", {"event-schema"})])
def test_the_envelope_is_not_held_against_the_event(tmp_path: Path, bug: str, told: set[str]) -> None:
    """Each parcel is one event, which is judged by the schema of the callback and by the request that sent it."""
    project = Project(tmp_path, "parcels", spec_of(), {"BUG": bug, "HOOK": "{world.post}"}, SETTINGS, registers=True)
    report = project.verified("--only", "success")
    assert told == report.errors, report.text
