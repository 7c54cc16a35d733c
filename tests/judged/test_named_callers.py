"""Callers who are named in a header and do not sign in: they have identities, and are refused where that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
[world.sessions.tenant]
kind = "static"
callers = [
  {headers = {X-Tenant = "acme"}, identity = {name = "acme"}},
  {headers = {X-Tenant = "bolt"}, identity = {name = "bolt"}},
]
wrong = []

[world.ingests.hooks]
kind = "webhook"
"""
NAMED: list[dict[str, list[str]]] = [{"tenant": []}]
FAMILIES = ("success", "signed-in", "signed-out", "forbidden", "crowd", "invalid-body")


def spec_of(*, optional: bool, owned: bool) -> dict[str, Any]:
    """Return the document of the notes.

    Args:
        optional: Whether a request may name no tenant.
        owned: Whether it says that a tenant sees no note of another one.
    """
    text: dict[str, Any] = {"type": "object", "required": ["text"], "additionalProperties": False}
    text["properties"] = {"text": {"type": "string"}}
    note: dict[str, Any] = {"type": "object", "required": ["id", "text"]}
    note["properties"] = {"id": {"type": "string"}, "text": {"type": "string"}}
    shown = {"description": "The note.", "content": {"application/json": {"schema": note}}}
    event: dict[str, Any] = {"type": "object", "required": ["tenant", "id"]}
    event["properties"] = {"tenant": {"x-from": "session.name"}, "id": {"x-from": "answer.body#/id"}}
    told = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"2XX": {"description": "Taken."}},
    }
    nobody: dict[str, Any] = {"description": "No tenant is named, or it is no note."}
    nobody |= {} if optional else {"x-given": ["signed-out", "malformed-body", "invalid-body"]}
    absent = {"description": "There is no such note.", **({"x-given": ["not-found", "forbidden"]} if owned else {})}
    post = {
        "operationId": "make",
        "requestBody": {"required": True, "content": {"application/json": {"schema": text}}},
        "responses": {
            "201": {**shown, "links": {"read": {"operationId": "read", "parameters": {"id": "$response.body#/id"}}}},
            "400": nobody,
            "415": {"description": "It is no JSON."},
        },
        "callbacks": {"noted": {"{hooks}/noted": {"post": told}}},
    }
    one = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "read", "responses": {"200": shown, "400": nobody, "404": absent}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "security": [*NAMED, {}] if optional else NAMED,
        "paths": {"/notes": {"post": post}, "/notes/{id}": one},
        "components": {"securitySchemes": {"tenant": {"type": "apiKey", "in": "header", "name": "X-Tenant"}}},
    }


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize(
    ("bug", "owned", "told"),
    [
        ("", True, set()),
        ("before", True, {"provenance", "own-event"}),
        ("all", True, {"family-status"}),
        ("all", False, set()),
    ],
)
def test_who_is_named_has_an_identity(tmp_path: Path, bug: str, told: set[str], *, owned: bool, optional: bool) -> None:
    """An event of another's name is wrong; whose a note is counts where that is said, and no name is refused."""
    env = {"BUG": bug, "HOOKS": "{world.hooks}", "ANYBODY": "1" if optional else ""}
    project = Project(tmp_path, "tenants", spec_of(optional=optional, owned=owned), env, SETTINGS, 'operations = ["*"]')
    only = [word for family in FAMILIES if owned or family != "forbidden" for word in ("--only", family)]
    report = project.verified(*only)
    assert report.errors <= told, report.text
    assert bool(told) == bool(report.errors), report.text
    assert not [what for what in report.not_proven if "sign" in what or "caller" in what], report.text
