"""Events that tell of an object as it is by then: what several requests tell alike is no attempt of one event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

TITLE = {"type": "string", "minLength": 1, "maxLength": 80}
FAMILIES = {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"}
ONLY = ("--only", "[csf][oun][vcz]*", "--profile", "quick")
"""The families `success`, `coverage` and those that fuzz."""


def board(folder: Path, bug: str, **delivery: str) -> Project:
    """Return a project whose target tells of the latest title; of what is promised of its events, more can be said."""

    def members(**more: Any) -> dict[str, Any]:
        return {"type": "object", "required": ["title"], "properties": {"title": {**TITLE, **more}}}

    callback = {
        "x-when": True,
        "x-delivery": {"answer": "any", **(delivery or {"attempts": "once"})},
        "requestBody": {"content": {"application/json": {"schema": members(**{"x-from": "answer.body#/title"})}}},
        "responses": {"200": {"description": "Taken."}},
    }
    operation = {
        "operationId": "rename",
        "parameters": [
            {
                "name": "board",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "x-from": "setup.board",
            }
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {**members(), "additionalProperties": False}}},
        },
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": members()}}},
            **{status: {"description": "Refused.", "x-given": family} for status, family in FAMILIES.items()},
        },
        "callbacks": {"renamed": {"{hooks}/board": {"post": callback}}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Boards", "version": "1"},
        "paths": {"/boards/{board}": {"post": operation}},
    }
    lines = 'ready = "/"\n[[target.setup]]\npath = "/boards"\njson = {}\ntake = {board = "body#/board"}\n'
    world = '[world.ingests.hooks]\nkind = "webhook"\n'
    return Project(folder, "board", spec, {"HOOK": "{world.hooks}", "BUG": bug}, world, target_lines=lines)


def test_what_several_requests_tell_alike_is_not_sent_several_times(tmp_path: Path) -> None:
    """Each request sends one event, with the title that another one has set meanwhile."""
    report = board(tmp_path, "").verified(*ONLY)
    assert not {"attempted-once", "one-event"} & report.errors, report.text


def test_an_event_that_is_sent_twice_is_found(tmp_path: Path) -> None:
    """Alone with its board, a request has two events."""
    report = board(tmp_path, "twice").verified(*ONLY)
    assert {"attempted-once"} <= report.errors, report.text


IDENTIFIED = {"identity": "header.Event-Id"}
AT_ONCE = ("--only", "crowd", "--only", "success", "--only", "coverage", "--profile", "quick")


def test_an_event_that_tells_an_older_state_is_none_too_many(tmp_path: Path) -> None:
    """Each request sends one: that of the next one looks like a second one of this, and no request has sent two.

    Its value is wrong, or it is not known whose it is.
    """
    report = board(tmp_path, "stale", **IDENTIFIED).verified(*AT_ONCE)
    assert report.code in {1, 4}, report.text
    assert not {"one-event", "same-identity"} & report.errors, report.text


@pytest.mark.parametrize(("bug", "laws"), [("own", set()), ("own-twice", {"one-event"})])
def test_events_with_an_id_of_their_own(tmp_path: Path, bug: str, laws: set[str]) -> None:
    """One for each request is right; that one has sent two is found."""
    report = board(tmp_path, bug, **IDENTIFIED).verified(*AT_ONCE)
    assert laws == report.errors, report.text
