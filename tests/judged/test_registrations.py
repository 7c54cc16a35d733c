"""`x-registers`: who has registered hears of what is asked later, and of nothing after the end."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

TEXT = {"type": "string"}
HOOKS = '[world.ingests.hooks]\nkind = "webhook"'
SETUP = '[[target.setup]]\npath = "/listeners"\njson = {url = "{world.hooks}/told"}\n'
SAID: dict[str, dict[str, Any]] = {
    "register": {"does": "makes", "address": "$request.body#/url", "events": ["noted"]},
    "change": {"does": "changes", "address": "$request.body#/url"},
    "leave": {"does": "ends"},
}


def _object(*optional: str, **members: Any) -> dict[str, Any]:
    required = [name for name in members if name not in optional]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def spec_of(said: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the document of notes, with what it says of registrations."""
    told = _object(note={**TEXT, "x-from": "answer.body#/id"}, text={**TEXT, "x-from": "request.body#/text"})
    event = {
        "x-when": True,
        "requestBody": _json(told),
        "responses": {"200": {"description": "Taken."}},
    }

    def one(name: str, success: str, shown: Any, *refused: str, **more: Any) -> dict[str, Any]:
        answers: dict[str, Any] = {success: {"description": "It.", **(_json(shown) if shown else {})}}
        answers |= {status: {"description": "Refused."} for status in refused}
        registers = {"x-registers": copy.deepcopy(said[name])} if name in said else {}
        return {"operationId": name, "responses": answers, **registers, **more}

    def given(*optional: str, **members: Any) -> dict[str, Any]:
        return {"required": True, **_json(_object(*optional, **members))}

    url = {**TEXT, "format": "uri"}
    kinds = {"type": "array", "items": {"enum": ["gone", "noted"]}}
    listener = _object(id=TEXT, url=url)
    register = one("register", "201", listener, "400", "409", "422", requestBody=given("kinds", url=url, kinds=kinds))
    register["responses"]["202"] = {"description": "It will be.", **_json(listener)}
    made = _object(id=TEXT, text=TEXT)
    note = one("note", "201", made, "400", requestBody=given(text={**TEXT, "maxLength": 40}))
    paths = {
        "/notes": {"post": {**note, "x-sends": ["noted"]}},
        "/listeners": {"post": register},
        "/listeners/{listenerId}": {
            "parameters": [{"name": "listenerId", "in": "path", "required": True, "schema": TEXT}],
            "patch": one("change", "200", listener, "400", "404", "409", "422", requestBody=given(url=url)),
            "delete": one("leave", "204", None, "404"),
        },
    }
    webhooks = {"noted": {"post": event}}
    return {"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": paths, "webhooks": webhooks}


def notes(  # noqa: PLR0913 -- what is said, and what is so
    folder: Path,
    *only: str,
    bug: str = "",
    like: str = "",
    said: dict[str, dict[str, Any]] | None = None,
    isolates: bool = True,
    seed: int = 1,
) -> Report:
    """Return what a run of some cases says of notes.

    Args:
        folder: Where their contract is written.
        only: The cases.
        bug: What is wrong with them.
        like: Which right target it is.
        said: What the contract says of registrations; None: all of `SAID`.
        isolates: Whether they guarantee that a receiver which hangs holds up no other.
        seed: The run's.
    """
    lines = f"time_limit_ms = 3000\nisolates_faults = {str(isolates).lower()}\n"
    kinds = ', kinds = ["noted"]' if "filtered" in like else ""
    setup = SETUP.replace('told"}', f'told"{kinds}}}')
    project = Project(
        folder,
        "listeners",
        spec_of(SAID if said is None else said),
        {"BUG": bug, "LIKE": like},
        setup + HOOKS,
        'operations = ["*"]',
        target_lines=lines,
    )
    return project.verified(*(word for each in only for word in ("--only", each)), seed=seed)


def cases_of(report: Report) -> set[tuple[str, str]]:
    """Return the laws that are broken, each with a case that shows it."""
    return {(one["law"], one["case"]) for one in report.value["findings"] if one["severity"] == "error"}


@pytest.mark.parametrize("like", ["", "verifies unique", "first", "again"])
def test_a_target_that_keeps_its_registrations_breaks_no_law(tmp_path: Path, like: str) -> None:
    """How often an event comes, before or after the answer, and what an address must be, is the target's to say."""
    report = notes(tmp_path, "registrations", like=like, isolates=like != "first")
    assert set() == report.errors, report.text
    assert [] == [what for what in report.not_proven if what.startswith(("law", "registrations"))], report.text


@pytest.mark.long
@pytest.mark.parametrize("like", ["", "verifies unique", "slow", "again", "filtered"])
@pytest.mark.parametrize("seed", [2, 3])
def test_a_right_target_breaks_no_law_in_other_families(tmp_path: Path, like: str, seed: int) -> None:
    """What is registered for a case, and by the way, takes nothing away from other requests."""
    said = SAID
    if like == "filtered":
        said = {**SAID, "register": {**SAID["register"], "body": {"kinds": ["noted"]}}}
    families = ("success", "registrations", "not-found", "wrong-state", "tracing-headers", "crowd")
    report = notes(tmp_path, *families, like=like, said=said, seed=seed)
    assert set() == report.errors, report.text
    assert [] == [note for note in report.notes if "uses up" in note], report.text


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_there_is_room_for_more(tmp_path: Path, seed: int) -> None:
    """What other requests have registered is ended before the next ones, where an account may have a few."""
    report = notes(tmp_path, "success", "registrations", like="few", seed=seed)
    assert set() == report.errors, report.text


def test_a_registration_for_other_events_is_one_that_the_contract_describes(tmp_path: Path) -> None:
    """Values that a registration needs to be of these events stand in its `body`."""
    said = {**SAID, "register": {**SAID["register"], "body": {"kinds": ["noted"]}}}
    report = notes(tmp_path, "registrations", like="filtered", said=said)
    assert (set(), 0) == (report.errors, report.code), report.text


def test_what_takes_effect_later_is_not_proven(tmp_path: Path) -> None:
    """From when a registration holds that was answered 202, nobody knows."""
    report = notes(tmp_path, "registrations/note.made-by-register", like="later")
    assert set() == report.errors, report.text
    assert "was answered 202" in report.not_proven["registrations/note.made-by-register"], report.text


_LONG = pytest.mark.long


@pytest.mark.parametrize(
    ("bug", "law", "case"),
    [
        ("keeps-the-ended", "no-event-after-the-end", "ended-by-leave"),
        ("keeps-the-former", "no-event-after-the-end", "changed-by-change"),
        ("forgets-the-second", "event-at-each-address", "two-made-by-register"),
        pytest.param("keeps-the-former", "event-at-each-address", "changed-by-change", marks=_LONG),
        pytest.param("both-to-one", "event-at-each-address", "two-made-by-register", marks=_LONG),
        pytest.param("one-worker", "event-at-each-address", "two-made-by-register-one-hangs", marks=_LONG),
        pytest.param("cached", "event-at-each-address", "made-by-register", marks=_LONG),
        pytest.param("cached", "no-event-after-the-end", "ended-by-leave", marks=_LONG),
    ],
)
def test_a_target_that_forgets_or_keeps_registrations_is_found(tmp_path: Path, bug: str, law: str, case: str) -> None:
    """Each is found by a law of registrations, with the case that shows it."""
    label = f"registrations/note.{case}"
    report = notes(tmp_path, label, bug=bug)
    assert (law, label) in cases_of(report), report.text


@pytest.mark.parametrize("bug", ["keeps-the-ended", "keeps-the-former", "cached"])
def test_what_is_not_declared_is_not_demanded(tmp_path: Path, bug: str) -> None:
    """Without `x-registers`, nobody has said who hears of what."""
    report = notes(tmp_path, "success", bug=bug, said={})
    assert set() == report.errors, report.text
