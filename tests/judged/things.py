"""The contract of a shelf: things that are made, changed and deleted, each with an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

THING = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "code": {"type": ["string", "null"], "minLength": 1, "maxLength": 40},
        "colour": {"enum": ["red", "blue", None]},
    },
}
KEPT = {"type": "object", "required": ["id", "code", "colour"], "properties": {"id": {"type": "string"}}}
IN_PATH = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def operation(name: str, event: str, status: str, **more: Any) -> dict[str, Any]:
    """Return an operation that sends an event."""
    source = "request.path.id" if "parameters" in more else "answer.body#/id"
    body = {"type": "object", "required": ["id"], "properties": {"event": {"const": event}, "id": {"x-from": source}}}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "Taken."}},
    }
    done: dict[str, Any] = {"description": "Done."}
    if status != "204":
        done["content"] = {"application/json": {"schema": KEPT}}
    return {
        "operationId": name,
        "responses": {status: done, "400": {"description": "Refused."}, "404": {"description": "Not there."}},
        "callbacks": {event: {f"{{hooks}}/{event}": {"post": callback}}},
        **more,
    }


def shelf(folder: Path, bug: str = "", *, makes: bool = True) -> Project:
    """Return a shelf with a bug; without the operation that makes things, its contract has no id that exists."""
    body = {"required": True, "content": {"application/json": {"schema": THING}}}
    make = {"post": operation("make", "made", "201", requestBody=body)} if makes else {}
    one = {
        "parameters": [IN_PATH],
        "put": operation("change", "changed", "200", requestBody=body, parameters=[]),
        "delete": operation("remove", "deleted", "204", parameters=[]),
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Shelf", "version": "1"},
        "paths": {"/things": make, "/things/{id}": one},
    }
    return Project(
        folder, "shelf", spec, {"HOOK": "{world.hooks}", "BUG": bug}, '[world.ingests.hooks]\nkind = "webhook"'
    )
