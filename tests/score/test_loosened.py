"""What is taken away from a contract is noticed as new survivors at exactly the places that it opens."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bothends.score import Scoring
from tests.score.reference import ROOT, contract, opened, recording, survivors

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        {where for kind in ("emptied", "nulled", "retyped") for where in of_answers(kind, "/title", *PROBLEMS)},
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
        instead(["id", "name", "ts", "user", "data"], *EVENT, "required"),
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


# Each keyword of the contract, found by walking it.

RECORDED = ("200", *PROBLEMS)
BODY = ("requestBody", "content", "application/json", "schema")
GOVERNS = {
    "additionalProperties": {"added", "dropped", "nulled", "retyped", "swapped"},
    "const": {"emptied", "nulled", "retyped"},
    "content": {"broken", "header-dropped", "media-type"},
    "enum": {"beyond", "emptied", "nulled", "retyped", "swapped"},
    "pattern": {"beyond", "emptied", "swapped"},
    "minLength": {"emptied"},
    "required": {"dropped", "emptied"},
    "type": {"nulled", "retyped"},
}
"""What a keyword is there to forbid: no other lie may survive without it."""
SOURCED = ("/user", "/data/appSettings")
"""Members of the event whose whole value is that of a source: what a schema says of them beside it goes without."""
SAID_OTHERWISE = {
    # The ingest takes no event without a name, drops members that it does not know, and reads objects alone.
    "/RouteRequested/additionalProperties",
    "/RouteRequested/properties/name/const",
    "/RouteRequested/required/name",
    "/RouteRequested/type",
    "/RouteRequested/properties/ts/type",  # it has a source
    "/Problem/properties/status/maximum",  # RFC 9457 has it equal the status
    "/Problem/properties/status/minimum",
}
"""What says nothing that nothing else says."""
NEVER_THERE = ("/detail/", "/instance/", "/oneOf/1/", "/format")
"""Members that no exchange has, a form of the event that is never sent, and what the settings do not assert."""

Keys = tuple[str, ...]
Part = tuple[str, str]


class Walk:
    """The schemas of what was recorded, each with its places."""

    def __init__(self, spec: Spec) -> None:
        """Walk through the answers and the event."""
        self._spec = spec
        self.places: dict[Keys, set[Part]] = {}
        for status in RECORDED:
            content = _at(spec, (*OPERATION, "responses", status, "content"))
            self._into((*OPERATION, "responses", status, "content", *content, "schema"), status, "")
        self._into((*CALLBACK, *BODY), SENT, "")

    def _into(self, keys: Keys, subject: str, member: str) -> None:
        node = _at(self._spec, keys)
        self.places.setdefault(keys, set()).add((subject, member))
        if "$ref" in node:
            self._into(tuple(node["$ref"].split("/")[1:]), subject, member)
        for number in range(len(node.get("oneOf", ()))):
            self._into((*keys, "oneOf", number), subject, member)  # type: ignore[arg-type]  # of a list
        for name in node.get("properties", ()):
            self._into((*keys, "properties", name), subject, f"{member}/{name}")
        if isinstance(node.get("additionalProperties"), dict):
            self._into((*keys, "additionalProperties"), subject, f"{member}/*")

    def loosenings(self) -> Iterator[tuple[str, str, Change, set[Part]]]:
        """Yield each keyword with its name, what takes it away, and where it says something."""
        for keys, places in self.places.items():
            node = _at(self._spec, keys)
            for keyword in sorted(node.keys() & (GOVERNS.keys() | {"format", "maximum", "minimum"})):
                if keyword != "required":
                    yield _named(*keys, keyword), keyword, without(*keys, keyword), places
                    continue
                for name in node[keyword]:
                    rest = [one for one in node[keyword] if one != name]
                    where = {(subject, f"{member}/{name}") for subject, member in places}
                    # Where nothing else is required, an empty object is one as well.
                    yield (
                        _named(*keys, keyword, name),
                        keyword,
                        instead(rest, *keys, keyword),
                        where | (set() if rest else places),
                    )
        for status in RECORDED:
            keys = (*OPERATION, "responses", status, "content")
            yield _named(*keys), "content", without(*keys), {(status, ""), (status, "content-type")}


def _named(*keys: str) -> str:
    return "/" + "/".join(map(str, keys[2:] if keys[0] == "components" else keys))


def _without_sources(spec: Spec) -> None:
    for keys in (("user",), ("data", "properties", "appSettings")):
        del _at(spec, (*EVENT, "properties", *keys))["x-from"]


def _is_sourced(places: set[Part]) -> bool:
    return any(subject == SENT and member.startswith(SOURCED) for subject, member in places)


def _is_whole_source(name: str) -> bool:
    return name.endswith(("/required/user", "/required/appSettings"))


def loosened() -> dict[str, tuple[Change, Change, str, set[Part]]]:
    """Return each loosening: what it is taken from, what takes it away, the keyword, and what it opens."""
    found: dict[str, tuple[Change, Change, str, set[Part]]] = {}
    for name, keyword, change, places in Walk(yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))).loosenings():
        is_said = name in SAID_OTHERWISE or any(part in name for part in NEVER_THERE)
        sourced = _is_sourced(places) and not _is_whole_source(name)
        found[name] = _as_it_is, change, keyword, set() if is_said or sourced else places
        if sourced:
            found[f"{name}, without sources"] = _without_sources, change, keyword, places
    return found


def _as_it_is(_: Spec) -> None:
    pass


@cache
def left(base: Change) -> frozenset[Where]:
    """Return the survivors of what a loosening is taken from."""
    return frozenset(survivors(Scoring(recording().under(contract(base))).score()))


def test_each_keyword_is_one_loosening() -> None:
    """They are enough, and most of them open something."""
    every = loosened()
    assert len(every) >= 80
    assert sum(bool(places) for _, _, _, places in every.values()) >= 40


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", loosened())
def test_without_a_keyword_its_places_are_open_and_no_others(name: str) -> None:
    """Only to what the keyword is there to forbid; where something else says it too, nothing is."""
    base, change, keyword, places = loosened()[name]

    def both(spec: Spec) -> None:
        base(spec)
        change(spec)

    found = survivors(Scoring(recording().under(contract(both))).score()) - left(base)
    if name.startswith("/AppSettings/properties/features/additionalProperties,"):
        found = {(lie, subject, _up(member)) for lie, subject, member in found}  # each flag is a place of its own now
    assert places == {(subject, member) for _, subject, member in found}
    assert {lie.removeprefix("answer-").removeprefix("event-").removeprefix("member-") for lie, _, _ in found} <= (
        GOVERNS.get(keyword, set())
    )


def _up(member: str) -> str:
    return member if member.endswith("/features") else member.rpartition("/")[0]
