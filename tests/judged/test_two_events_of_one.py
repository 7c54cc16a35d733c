"""Where a request sends two events to one address, each is held against what its own callback declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = '[world.ingests.hooks]\nkind = "webhook"'
CASES = ("length-twice-in-one-line", "version-http-2.0", "coding-in-upper-case", "line-feeds-only", "chunk-extension")
"""The first two may have any answer, or none, and the others are executed: all under way at once, with one title."""


def callback(name: str, **sources: str) -> dict[str, Any]:
    """Return a callback some of whose values come from the answer."""
    paper: dict[str, Any] = {"id": {"type": "integer"}, "title": {"type": "string"}}
    for member, source in sources.items():
        paper[member]["x-from"] = source
    members = {
        "event": {"const": name},
        "paper": {"type": "object", "required": ["id", "title"], "additionalProperties": False, "properties": paper},
    }
    event = {"type": "object", "required": ["event", "paper"], "additionalProperties": False, "properties": members}
    content = {"application/json": {"schema": event}}
    operation = {"x-when": True, "requestBody": {"content": content}, "responses": {"200": {"description": "Taken."}}}
    return {"{hooks}/papers": {"post": operation}}


def papers(folder: Path, bug: str) -> Project:
    """Return a service that makes papers: what is printed has the id of the answer, and the draft another one."""
    title = {"type": "string", "minLength": 1, "maxLength": 80}
    new = {"type": "object", "required": ["title"], "additionalProperties": False, "properties": {"title": title}}
    made = {"type": "object", "required": ["id", "title"], "properties": {"id": {"type": "integer"}, "title": title}}
    taken = {"schema": new, "example": {"title": "A new paper"}}
    operation = {
        "operationId": "make",
        "requestBody": {"required": True, "content": {"application/json": taken}},
        "responses": {"201": {"description": "Made.", "content": {"application/json": {"schema": made}}}},
        "callbacks": {
            "draft": callback("draft", title="answer.body#/title"),
            "printed": callback("printed", title="answer.body#/title", id="answer.body#/id"),
        },
    }
    info = {"title": "Papers", "version": "1"}
    spec = {"openapi": "3.1.0", "info": info, "paths": {"/papers": {"post": operation}}}
    return Project(folder, "papers", spec, {"BUG": bug, "HOOK": "{world.hooks}/papers"}, SETTINGS)


@pytest.mark.parametrize(("bug", "told"), [("", set()), ("draft", {"event-for-success"})])
def test_an_event_is_not_held_against_another_callback(tmp_path: Path, bug: str, told: set[str]) -> None:
    """The draft is its request's, though its id is not the answer's: who got no answer is given none of them."""
    report = papers(tmp_path, bug).verified(*(word for case in CASES for word in ("--only", f"framing/{case}")))
    assert (told, {}) == (report.errors, report.not_proven), report.text
