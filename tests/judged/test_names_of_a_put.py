"""A value in a path that no answer gives is made up: that, and why, is said where nothing is found under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string"}},
}
ROOM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def parameters(*names: str) -> list[dict[str, Any]]:
    """Return texts in a path, of which there are few: no request has one of its own."""
    schema = {"type": "string", "pattern": "^[a-z]{2}$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def answers(status: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the answers of an operation."""
    done = {"description": "Done.", "content": {"application/json": {"schema": schema}}}
    return {status: done, "400": {"description": "Refused."}, "404": {"description": "Not there."}}


def verified(folder: Path, bug: str) -> Report:
    """Return what is said of the rooms with a bug."""
    body = {"required": True, "content": {"application/json": {"schema": TEXT}}}
    state = {
        "parameters": parameters("id", "type", "key"),
        "get": {"operationId": "getState", "responses": answers("200", TEXT)},
        "put": {"operationId": "setState", "requestBody": body, "responses": answers("200", {"type": "object"})},
    }
    room = {"parameters": parameters("id"), "get": {"operationId": "getRoom", "responses": answers("200", ROOM)}}
    make = {"post": {"operationId": "makeRoom", "responses": answers("201", ROOM)}}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Rooms", "version": "1"},
        "paths": {"/rooms": make, "/rooms/{id}": room, "/rooms/{id}/state/{type}/{key}": state},
    }
    return Project(folder, "rooms", spec, {"BUG": bug}).verified("--only", "success")


def test_what_nobody_gives_is_named(tmp_path: Path) -> None:
    """The room is there; what is asked for in it has a made-up type and key, which whoever puts it there chooses."""
    report = verified(tmp_path, "")
    assert set() == report.errors, report.text
    assert "id of getState" not in report.not_proven
    why = report.not_proven["made-up id of getState"]
    assert "'type'" in why
    assert "made up, because setState makes such an object under a name that its request chooses" in why


def test_an_id_that_leads_nowhere_is_named_with_who_gave_it(tmp_path: Path) -> None:
    """A room that was made, and is not there, is told by the operation that made it."""
    report = verified(tmp_path, "lost")
    why = report.not_proven["id of getRoom"]
    assert "request with an id that makeRoom gave was answered that it is not there" in why
