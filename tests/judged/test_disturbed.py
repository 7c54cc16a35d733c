"""Changes of one object that meet: a server may refuse one of them, in a real process that does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.requests import admitted_request
from bothends.cases.unique_values import with_others
from bothends.contract import load
from tests.judged.project import Project, Report
from tests.judged.test_one_after_the_other import SPEC as DESK

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string", "minLength": 1, "maxLength": 80}
FAMILIES = {"400": "malformed-body", "415": "unsupported-media-type", "422": "invalid-body"}


def operation(name: str, *members: str) -> dict[str, Any]:
    """Return an operation that changes a label of the shelf that setup has made."""
    schema = {
        "type": "object",
        "required": ["shelf", *members],
        "additionalProperties": False,
        "properties": {"shelf": {**TEXT, "x-from": "setup.shelf"}, **dict.fromkeys(members, TEXT)},
    }
    sent = {"type": "object", "required": ["label"], "properties": {"label": {"x-from": "request.body#/label"}}}
    callback = {
        "x-when": True,
        "requestBody": {"content": {"application/json": {"schema": sent}}},
        "responses": {"200": {"description": "Taken."}},
    }
    refusals = {status: {"description": "Refused.", "x-given": family} for status, family in FAMILIES.items()}
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "200": {"description": "Done."},
            "502": {"description": "Not sent."},
            "404": {"description": "No such shelf."},
            "409": {"description": "Another change is under way."},
            **refusals,
        },
        "callbacks": {"changed": {f"{{hooks}}/labels/{name}": {"post": callback}}},
    }


def shelves(folder: Path, **env: str) -> Project:
    """Return a project whose target refuses what meets another change."""
    paths = {
        "/labels/set": {"post": operation("set", "label", "text")},
        "/labels/delete": {"post": operation("delete", "label")},
    }
    spec = {"openapi": "3.1.0", "info": {"title": "Shelves", "version": "1"}, "paths": paths}
    lines = 'ready = "/"\n[[target.setup]]\npath = "/shelves"\njson = {}\ntake = {shelf = "body#/shelf"}\n'
    world = '[world.ingests.hooks]\nkind = "webhook"\n'
    return Project(folder, "shelves", spec, {"HOOK": "{world.hooks}", **env}, world, target_lines=lines)


def test_what_setup_gave_stays_when_a_request_gets_other_values(tmp_path: Path) -> None:
    """Sent once more with another label and another text, a request is about the same shelf."""
    (tmp_path / "spec.json").write_text(json.dumps(shelves(tmp_path).spec))
    (tmp_path / "bothends.toml").write_text(
        'spec = "spec.json"\n[[target.setup]]\npath = "/shelves"\ntake = {shelf = "body#/shelf"}\n'
        '[world.ingests.hooks]\nkind = "webhook"\n'
    )
    operation = load(tmp_path / "bothends.toml").operation("set")
    usual = admitted_request(operation)
    assert usual is not None
    other = with_others(operation, usual, (), 5)
    assert other is not None
    before, after = json.loads(usual.body or b""), json.loads(other.body or b"")
    assert {"label", "text"} == {name for name in before if before[name] != after[name]}


ONLY = ("--only", "[csi][oun][vcv]*", "--profile", "quick")
"""The families `success`, `coverage` and `invalid-body`."""


@pytest.mark.parametrize("status", [400, 409])
def test_a_change_that_meets_another_one_is_refused_rightly(tmp_path: Path, status: int) -> None:
    """What is refused among others is sent once more, alone, and succeeds: no error, and the report says so."""
    report = shelves(tmp_path, MEETS=str(status)).verified(*ONLY)
    assert set() == report.errors, report.text
    assert {} == report.not_proven, report.text
    said = [note for note in report.notes if f"answered {status} while others were under way" in note]
    assert 2 == len(said), report.notes
    assert all(note.endswith("each was sent once more, alone") for note in said)


def test_a_value_that_is_refused_alone_as_well_is_an_error(tmp_path: Path) -> None:
    """A valid label of one character is refused always, whether something else is under way or not."""
    report = shelves(tmp_path, BUG="alone").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text


def test_a_failure_that_a_request_meets_among_others_is_not_put_down_to_it(tmp_path: Path) -> None:
    """What is no label is answered 500 as long as another request is under way, and refused when it is alone."""
    report = shelves(tmp_path, BUG="busy").verified(*ONLY)
    assert set() == report.errors, report.text
    assert any("500 while others were under way" in note for note in report.notes), report.notes


def test_many_failures_among_others_are_put_down_to_none_of_them(tmp_path: Path) -> None:
    """However many there are: each that was sent once more, alone, was refused."""
    families = ("success/least", "invalid-body", "coverage", "fuzz-invalid")
    arguments = ("--operation", "set", *(word for family in families for word in ("--only", family)))
    report = shelves(tmp_path, BUG="busy").verified("--profile", "quick", *arguments)
    assert set() == report.errors, report.text


def test_a_failure_that_a_request_meets_alone_is_an_error(tmp_path: Path) -> None:
    """What is no label is answered 500 always."""
    report = shelves(tmp_path, BUG="crash").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text


def test_what_meets_another_change_is_no_failure_of_the_server(tmp_path: Path) -> None:
    """A target that answers 500 then is broken."""
    report = shelves(tmp_path, BUG="fails").verified(*ONLY)
    assert {"family-status"} == report.errors, report.text


TWO = "framing/two-in-a-row"
"""Two requests that are sent at once on one connection, beside other clients."""


def second_in_a_row(folder: Path, second: str) -> Report:
    """Return what is said of a desk at which this becomes of the second request on a connection."""
    project = Project(folder, "desk", DESK, {"SECONDS": "0.2", "SECOND": second}, target_lines="time_limit_ms = 1000")
    return project.verified("--only", "success/least", "--only", TWO, "--only", "framing/bare-*")


def test_an_odd_request_that_waits_for_others_is_answered_alone(tmp_path: Path) -> None:
    """The second of two requests gets no answer as long as others are there: nobody is warned of that."""
    report = second_in_a_row(tmp_path, "crowded")
    assert TWO not in {one["case"] for one in report.value["findings"]}, report.text
    (said,) = (note for note in report.notes if "while others were under way" in note)
    assert "1 request to handIn was answered not at all while" in said
    assert said.endswith("each was sent once more, alone")
    assert "cases of handIn" not in report.not_proven


def test_an_odd_request_that_is_not_answered_alone_either_is_told(tmp_path: Path) -> None:
    """A desk that never answers the second of two requests is warned of."""
    report = second_in_a_row(tmp_path, "never")
    (found,) = (one for one in report.value["findings"] if one["case"] == TWO)
    assert ("http-status", "no answer (timeout)") == (found["law"], found["actual"]), report.text
    assert "cases of handIn" not in report.not_proven
