"""A target that starts anew with an empty store gives its events the identities that others had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def notes(folder: Path, bug: str = "") -> Project:
    """Return notes with a bug; one of the values that their contract shows ends their process."""
    text = {"type": "string", "examples": ["hello", "stop", "good morning", "good night"]}
    thing = {"type": "object", "required": ["text"], "additionalProperties": False, "properties": {"text": text}}
    told = {"number": {"type": "integer"}, "text": {"x-from": "request.body#/text"}}
    callback = {
        "x-when": True,
        "x-delivery": {"identity": "/number"},
        "requestBody": {
            "content": {
                "application/json": {"schema": {"type": "object", "required": [*told], "properties": told}},
            },
        },
        "responses": {"200": {"description": "Taken."}},
    }
    examples = {name.replace(" ", "-"): {"value": {"text": name}} for name in ("hello", "stop", "good night")}
    operation = {
        "operationId": "note",
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing, "examples": examples}}},
        "responses": {"201": {"description": "Taken."}, "400": {"description": "Refused.", "x-given": "invalid-body"}},
        "callbacks": {"noted": {"{hooks}/noted": {"post": callback}}},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": {"/notes": {"post": operation}}}
    return Project(
        folder, "counter", spec, {"HOOK": "{world.hooks}", "BUG": bug}, '[world.ingests.hooks]\nkind = "webhook"'
    )


def test_the_first_event_of_a_later_process_is_a_new_one(tmp_path: Path) -> None:
    """The process ends at a note, and its events count from one again: the end alone is an error."""
    report = notes(tmp_path).verified("--only", "success", "--only", "odd-headers")
    assert {"recovers"} == report.errors, report.text


def test_an_identity_that_one_process_gives_twice_is_an_error(tmp_path: Path) -> None:
    """Each event of a process has the number of the first one: that is no other start."""
    report = notes(tmp_path, "same").verified("--only", "success", "--only", "odd-headers")
    assert {"recovers", "same-identity"} == report.errors, report.text
