"""`x-state` and `x-consistency`: what several requests do to one object is judged as a whole."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report

if TYPE_CHECKING:
    from pathlib import Path

OK = 200
TEXT = {"type": "string", "minLength": 1, "maxLength": 40}
CLOSING = ("closing", "undone")
HOOKS = '[world.ingests.hooks]\nkind = "webhook"'
STATE = {"of": "getTicket", "id": "/ticket/id", "shows": "/ticket", "as": "current", "version": "/ticket/version"}


def _object(*optional: str, **members: Any) -> dict[str, Any]:
    required = [name for name in members if name not in optional]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": members}


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def spec_of(state: dict[str, Any] | None, consistency: Any, like: str = "") -> dict[str, Any]:
    """Return the document of tickets, with what it promises, and what can be done with those that are like others."""
    text, number = {"type": "string"}, {"type": "integer"}
    ticket = _object("mark", id=text, title=TEXT, text=TEXT, version=number, mark=dict(text))
    told = copy.deepcopy(ticket)
    told["properties"]["id"]["x-from"] = "request.path.ticketId"

    def event(kind: str, **more: Any) -> dict[str, Any]:
        said = {} if state is None else {"x-state": {**copy.deepcopy(state), **more}}
        body = _json(_object(kind={"const": kind}, ticket=told))
        answers = {"200": {"description": "Taken."}}
        return {"{hooks}/told": {"post": {"x-when": True, **said, "requestBody": body, "responses": answers}}}

    def one(name: str, success: str, *refused: str, **more: Any) -> dict[str, Any]:
        answers: dict[str, Any] = {success: {"description": "It.", **_json({"type": "object"})}}
        answers |= {status: {"description": "Refused."} for status in refused}
        return {"operationId": name, "responses": answers, **more}

    reading = {} if consistency is None else {"x-consistency": consistency}
    fields = {"title": TEXT, "text": TEXT}
    made = one("makeTicket", "201", "400", requestBody={"required": True, **_json(_object(**fields))})
    made["responses"]["201"] |= _json(ticket)
    asked = {**_object("title", "text", **fields), "minProperties": 1, "example": {"title": "one", "text": "two"}}
    change = {"requestBody": {"required": True, **_json(asked)}, "callbacks": {"changed": event("changed")}}
    paths: dict[str, dict[str, Any]] = {
        "/tickets": {"post": made},
        "/tickets/{ticketId}": {
            "parameters": [{"name": "ticketId", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": one("getTicket", "200", "404", **reading),
            "patch": one("changeTicket", "200", "400", "404", **change),
            "delete": one("removeTicket", "200", "404", callbacks={"removed": event("removed", ends=True)}),
        },
    }
    if like == "part":
        del paths["/tickets/{ticketId}"]["delete"]
        gone = one("removeMark", "200", "404")
        paths["/tickets/{ticketId}/mark"] = {"parameters": paths["/tickets/{ticketId}"]["parameters"], "delete": gone}
    if like in CLOSING:
        ticket["properties"]["mark"] = {"enum": ["open", "closed"]}
        ticket["required"].append("mark")
        paths["/tickets"]["post"]["x-transitions"] = {"to": "open", "at": "/mark"}
        once = {"from": ["open"], "at": "/mark", "others": 409}
        paths["/tickets/{ticketId}"]["patch"]["x-transitions"] = once
        paths["/tickets/{ticketId}"]["patch"]["responses"]["409"] = {"description": "It is closed."}
        closing = one("closeTicket", "200", "404", "409", **{"x-transitions": {**once, "to": "closed"}})
        closing["responses"]["200"] |= _json(ticket)
        paths["/tickets/{ticketId}/close"] = {
            "parameters": paths["/tickets/{ticketId}"]["parameters"],
            "post": closing,
        }
    return {"openapi": "3.1.0", "info": {"title": "Tickets", "version": "1"}, "paths": paths}


def tickets(  # noqa: PLR0913 -- what is promised, and what is so
    folder: Path, *, bug: str = "", like: str = "", state: Any = STATE, consistency: Any = "strong", seed: int = 1
) -> Report:
    """Return what a run of histories says of tickets."""
    env = {"BUG": bug, "LIKE": like, "HOOK": "{world.hooks}"}
    project = Project(folder, "tickets", spec_of(state, consistency, like), env, HOOKS, 'operations = ["*"]')
    return project.verified("--only", "history", seed=seed)


@pytest.mark.parametrize("like", ["", "later"])
def test_a_target_that_keeps_its_promises_breaks_no_law(tmp_path: Path, like: str) -> None:
    """An event may be of a later state than that just after its write, and come behind the answer."""
    report = tickets(tmp_path, like=like)
    assert set() == report.errors, report.text
    assert {} == report.not_proven, report.text


@pytest.mark.parametrize("like", ["marked", "restored", "emptied", "part"])
def test_what_is_removed_may_be_kept(tmp_path: Path, like: str) -> None:
    """It may show a mark, or no more than its id, and still be changed; what removes a part of it leaves the rest."""
    report = tickets(tmp_path, like=like)
    assert set() == report.errors, report.text
    judged = {one["law"]: one["judged"] for one in report.value["laws"]}
    assert (like != "part") == (judged.get("gone-stays-gone", 0) > 0), report.text


@pytest.mark.parametrize(
    ("bug", "law"),
    [
        ("torn", "one-order"),
        ("lag", "read-not-older"),
        ("kept", "gone-stays-gone"),
        ("revived", "gone-stays-gone"),
        ("unkept", "read-not-older"),
        ("gone-told", "no-event-of-refused-write"),
        ("mixed", "event-of-one-write"),
        ("row-before", "write-has-event"),
        ("version-anew", "state-equals-events"),
        ("refused-told", "no-event-of-refused-write"),
    ],
)
def test_what_several_requests_show_is_accused_by_the_law_of_it(tmp_path: Path, bug: str, law: str) -> None:
    """A change in two steps, a reading of a copy, an event of two states or of the one before, a version that is lower.

    Each answer is right by itself.
    """
    report = tickets(tmp_path, bug=bug)
    assert law in report.errors, report.text
    assert report.errors <= {law, "gone-stays-gone", "no-event-without-success"}, report.text


def successes(folder: Path, like: str, **promised: Any) -> tuple[Report, list[str]]:
    """Return what a run of valid requests says of tickets, and which tickets were changed, once for each time."""
    env = {"BUG": "", "LIKE": like, "HOOK": "{world.hooks}"}
    spec = spec_of({**STATE, **promised}, "strong")
    project = Project(folder, "tickets", spec, env, HOOKS, 'operations = ["*"]')
    report = project.verified("--only", "success", "--har", "all.har")
    entries = json.loads((folder / "all.har").read_text("utf-8"))["log"]["entries"]
    changes = [each for each in entries if each["request"]["method"] == "PATCH" and each["response"]["status"] == OK]
    return report, [each["request"]["url"] for each in changes]


def test_what_is_told_in_order_is_about_a_ticket_of_its_own(tmp_path: Path) -> None:
    """Else its event waits for those of other requests, which may take longer than the contract has it."""
    report, changed = successes(tmp_path, "", **{"as": "of-write", "order": "per-object"})
    assert set() == report.errors, report.text
    assert len(changed) == len(set(changed)) > 1


def test_one_event_for_several_changes_is_no_loss(tmp_path: Path) -> None:
    """Where that is promised, no single request owes one."""
    report, _ = successes(tmp_path, "gathered", coalesces=True)
    assert set() == report.errors, report.text


@pytest.mark.parametrize("like", CLOSING)
def test_what_ends_changes_may_take_them_back(tmp_path: Path, like: str) -> None:
    """A ticket that is closed is as it was before, or as it was made: no contract says which."""
    report = tickets(tmp_path, like=like)
    assert set() == report.errors, report.text


def test_what_is_told_of_a_change_in_the_wrong_state_is_accused(tmp_path: Path) -> None:
    """A ticket that is closed is not changed, but an event has what was asked for."""
    assert "no-event-of-refused-write" in tickets(tmp_path, bug="closed-told", like="closing").errors


@pytest.mark.parametrize(
    ("bug", "promised"),
    [("torn", {"consistency": None}), ("lag", {"consistency": {"within_ms": 60_000}}), ("mixed", {"state": None})],
)
def test_what_is_not_promised_is_not_demanded(tmp_path: Path, bug: str, promised: dict[str, Any]) -> None:
    """A service may show half of a change, or an old state, and its events may show what they like."""
    assert set() == tickets(tmp_path, bug=bug, **promised).errors


def test_what_shows_nothing_that_was_sent_is_not_proven(tmp_path: Path) -> None:
    """Events show the texts in capitals: which of them is of which request, nobody can tell."""
    report = tickets(tmp_path, bug="from-request")
    assert set() == report.errors, report.text
    assert {"x-state of changed", "x-state of removed", "x-consistency of getTicket"} == report.not_proven.keys()


def test_an_event_shows_what_earlier_requests_have_set(tmp_path: Path) -> None:
    """Who changes one member is told of with the others: without a word about states, this is no other's event."""
    env = {"BUG": "", "LIKE": "", "HOOK": "{world.hooks}"}
    project = Project(tmp_path, "tickets", spec_of(None, None), env, HOOKS, 'operations = ["*"]')
    assert set() == project.verified("--only", "success", seed=3).errors
