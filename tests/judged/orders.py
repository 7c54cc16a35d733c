"""The contract of a service that takes orders and sends an event for each behind its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ORDER = {"type": "object", "required": ["item"], "properties": {"item": {"type": "string", "minLength": 1}}}
EVENT = {
    "type": "object",
    "required": ["order"],
    "properties": {"order": {"type": "string", "x-from": "answer.body#/order"}, "item": {"type": "string"}},
}


def orders(
    folder: Path, signature: str = "", *, terms: dict[str, Any] | None = None, top: str = "", **env: str
) -> Project:
    """Return a service that sends an event for each order, behind its answer.

    Args:
        folder: Where its contract is written.
        signature: A line of the table of its ingest.
        terms: What `x-delivery` says of the event.
        top: Lines of the settings that are in no table.
        env: The environment of `sender.py`.
    """
    callback: dict[str, Any] = {
        "requestBody": {"content": {"application/json": {"schema": EVENT}}},
        "responses": {"200": {"description": "Taken."}},
        "x-when": True,
    }
    if terms is not None:
        callback["x-delivery"] = terms
    operation = {
        "operationId": "order",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": ORDER, "example": {"item": "a lamp"}}},
        },
        "responses": {
            "201": {
                "description": "Ordered.",
                "content": {"application/json": {"schema": {"type": "object", "required": ["order"]}}},
            },
            "400": {"description": "Refused.", "x-given": "invalid-body"},
        },
        "callbacks": {"ordered": {"{hooks}/orders": {"post": callback}}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "1"},
        "paths": {"/orders": {"post": operation}},
    }
    settings = f'[world.ingests.hooks]\nkind = "webhook"\n{signature}'
    return Project(folder, "sender", spec, {"HOOK": "{world.hooks}/orders", **env}, settings, top)
