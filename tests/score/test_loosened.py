"""What is taken away from a contract is noticed as new survivors at exactly the places that it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.score.reference import opened

if TYPE_CHECKING:
    from tests.score.reference import Change, Spec, Where

SCHEMAS = ("components", "schemas")
OPERATION = ("paths", "/api/route", "post")
CALLBACK = (*OPERATION, "callbacks", "routeRequested", "{ingest}/e/{eventKey}", "post")
EVENT = (*SCHEMAS, "RouteRequested")
SENT = "routeRequested"
PROBLEMS = ("400", "401", "502")


def without(*keys: str) -> Change:
    """Return what leaves a part of the spec out."""

    def change(spec: Spec) -> None:
        del _at(spec, keys[:-1])[keys[-1]]

    return change


def instead(value: Any, *keys: str) -> Change:
    """Return what puts something else in place of a part of the spec."""

    def change(spec: Spec) -> None:
        _at(spec, keys[:-1])[keys[-1]] = value

    return change


def _at(spec: Spec, keys: tuple[str, ...]) -> Any:
    part: Any = spec
    for key in keys:
        part = part[key]
    return part


def of_answers(kind: str, member: str, *statuses: str) -> set[Where]:
    """Return survivors of answers at one member."""
    return {(f"answer-member-{kind}", status, member) for status in statuses}


LOOSENED: dict[str, tuple[Change, set[Where]]] = {
    "any more members of an answer": (
        without(*SCHEMAS, "Success", "additionalProperties"),
        of_answers("added", "", "200"),
    ),
    "any more members of an answer, in so many words": (
        instead(True, *SCHEMAS, "Success", "additionalProperties"),  # noqa: FBT003 -- as the document has it
        set(),
    ),
    "a member of an answer that may be left out": (
        without(*SCHEMAS, "Success", "required"),
        of_answers("dropped", "/success", "200") | of_answers("emptied", "", "200"),
    ),
    "any text": (
        instead({"type": "string"}, *SCHEMAS, "Success", "properties", "success"),
        of_answers("emptied", "/success", "200"),
    ),
    "any value": (
        instead({}, *SCHEMAS, "Success", "properties", "success"),
        {where for kind in ("emptied", "nulled", "retyped") for where in of_answers(kind, "/success", "200")},
    ),
    "a schema that several answers share": (
        instead({}, *SCHEMAS, "Problem", "properties", "title"),
        {where for kind in ("nulled", "retyped") for where in of_answers(kind, "/title", *PROBLEMS)},
    ),
    "a member of several answers that may be left out": (
        instead(["type", "title"], *SCHEMAS, "Problem", "required"),
        of_answers("dropped", "/status", *PROBLEMS),
    ),
    "a bound that a law has of its own": (
        instead({"type": "integer"}, *SCHEMAS, "Problem", "properties", "status"),  # RFC 9457 has it equal the status
        set(),
    ),
    "an answer without a body": (
        without(*OPERATION, "responses", "401", "content"),
        {
            ("answer-broken", "401", ""),
            ("answer-header-dropped", "401", "content-type"),
            ("answer-media-type", "401", ""),
        },
    ),
    "more members of the event, which the ingest drops": (without(*EVENT, "additionalProperties"), set()),
    "more members inside the event": (
        without(*EVENT, "properties", "data", "additionalProperties"),
        {("event-member-added", SENT, "/data")},
    ),
    "a constant of the event": (
        instead({"type": "string"}, *EVENT, "properties", "v"),
        {("event-member-emptied", SENT, "/v")},
    ),
    "a member of the event that may be left out": (
        instead(["name", "ts", "user", "data"], *EVENT, "required"),
        {("event-member-dropped", SENT, "/v")},
    ),
    "a time that need not be that of the request": (
        # The ingest itself refuses a time in another unit.
        without(*EVENT, "properties", "ts", "x-from"),
        {("event-member-swapped", SENT, "/ts"), ("event-time-in-another-zone", SENT, "/ts")},
    ),
    "an event that need not come": (without(*CALLBACK, "x-when"), {("event-not-sent", SENT, "")}),
    "an event that need not come, in so many words": (instead(False, *CALLBACK, "x-when"), set()),  # noqa: FBT003
    "an answer that waits for no event": (
        without(*CALLBACK, "x-delivery"),
        {("event-after-the-answer", SENT, ""), ("event-out-of-time", SENT, "")},
    ),
}


@pytest.mark.unmeasured
@pytest.mark.parametrize("what", LOOSENED)
def test_what_is_taken_away_opens_its_places_and_no_others(what: str) -> None:
    """And the words that are proposed for them bring it back."""
    change, expected = LOOSENED[what]
    found, still = opened(change)
    assert expected == found
    assert set() == still


def test_a_value_of_an_upstream_may_be_any_where_no_source_is_said() -> None:
    """Then nobody knows whether the upstream was called at all, or when; the source that agrees is what is proposed."""
    found, still = opened(without(*EVENT, "properties", "data", "properties", "appSettings", "x-from"))
    assert {("event-stale", SENT, ""), ("calls-one-less", "settings", "")} <= found
    assert {("event-stale", SENT, ""), ("calls-one-less", "settings", "")}.isdisjoint(still)
    places = {member for _, subject, member in found if subject == SENT}
    assert all(not member or member == "/data" or member.startswith("/data/appSettings") for member in places)
