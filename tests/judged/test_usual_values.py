"""A value that a target knows stays in good requests as the contract shows it: none of their own takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends
from tests.judged.project import Project

if TYPE_CHECKING:
    from pathlib import Path

ONLY = ("--only", "success", "--only", "crowd")


def labels(folder: Path, bug: str = "", *, tied: bool = False, lines: str = "") -> Project:
    """Return labels with a bug; `tied`: their events have a value of the answer."""
    thing = {
        "type": "object",
        "required": ["kind", "text"],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "example": "simple"},
            "text": {"type": "string", "minLength": 1, "maxLength": 60, "example": "draft"},
        },
    }
    told: dict[str, Any] = {name: {"x-from": f"request.body#/{name}"} for name in ("kind", "text")}
    told |= {"id": {"x-from": "answer.body#/id"}} if tied else {}
    event = {"type": "object", "required": [*told], "properties": told}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": event}}},
        "responses": {"200": {"description": "Taken."}},
    }
    made = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    label = {
        "operationId": "label",
        "requestBody": {"required": True, "content": {"application/json": {"schema": thing}}},
        "responses": {
            "201": {"description": "Made.", "content": {"application/json": {"schema": made}}},
            "400": {"description": "Refused.", "x-given": "invalid-body"},
            "415": {"description": "Refused.", "x-given": "unsupported-media-type"},
        },
        "callbacks": {"labelled": {"{hooks}/labelled": {"post": callback}}},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Labels", "version": "1"}, "paths": {"/labels": {"post": label}}}
    world = '[world.ingests.hooks]\nkind = "webhook"'
    return Project(folder, "labels", spec, {"HOOK": "{world.hooks}", "BUG": bug}, world, target_lines=lines)


@pytest.mark.parametrize("tied", [True, False])
def test_a_known_value_stays(tmp_path: Path, *, tied: bool) -> None:
    """The kind of the example is sent as it is, and each request succeeds: that others are refused is a note."""
    report = labels(tmp_path, tied=tied).verified(*ONLY)
    assert set() == report.errors, report.text
    assert [] == [what for what in report.not_proven if what.startswith(("success", "callback"))], report.text
    assert [True] == [
        note.startswith('POST /labels takes no /kind but "simple": ') for note in report.notes if "/kind" in note
    ]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("bug", "law"), [("kind", "provenance"), ("lost", "event-for-success")])
def test_what_is_wrong_behind_it_is_found(tmp_path: Path, bug: str, law: str, *, tied: bool) -> None:
    """A request that succeeds shows that its event is wrong, or lost; a replay shows it as well.

    What is lost is first shown by a good request after a fault: a replay begins with these.
    """
    report = labels(tmp_path, bug, tied=tied, lines="time_limit_ms = 3000").verified(*ONLY)
    assert {law} == report.errors, report.text
    (found,) = (one for one in report.value["findings"] if one["severity"] == "error")
    assert 1 == bothends(tmp_path, "replay", found["instances"][0]["id"]).returncode


def test_each_of_several_lanes_finds_it(tmp_path: Path) -> None:
    """A lane that did not send the first good request sends the known value as well."""
    report = labels(tmp_path, lines="isolated = true").verified("--lanes", "2", *ONLY)
    assert set() == report.errors, report.text
    assert [] == [note for note in report.notes if note.startswith("lanes")], report.text


def test_a_contract_whose_example_is_refused_proves_nothing(tmp_path: Path) -> None:
    """Where the usual request is refused as well, its own values were not the reason, and no success is made up."""
    report = labels(tmp_path, "text").verified("--only", "success/least")
    assert set() == report.errors, report.text
    assert "No valid request succeeded: 400" in report.not_proven["success of label"], report.text
