"""Rules of what is promised of several requests about one object: `x-state`, and what survives a kill."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.contract.operations import read_by
from bothends.contract.terms import can_lead
from bothends.lint.rule import Level, rule
from bothends.records import split
from bothends.schemas import described_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Operation
    from bothends.contract.terms import StateTerms
    from bothends.errors import Location
    from bothends.lint.rule import Found, Subject

_TAG = re.compile(r"(?i).*e[-_]?tag")
_TIMES = frozenset({"date-time", "date"})
_SURVIVED = {None: 0, "stop": 1, "kill": 2, "all": 2}
"""How much is survived."""


def _states(subject: Subject) -> Iterator[tuple[Operation, EventContract, StateTerms, Location]]:
    for operation in subject.contract.operations:
        for event in operation.events:
            if event.state is not None and event.state.location is not None:
                yield operation, event, event.state, event.state.location


@rule(
    "state-of-nothing",
    Level.ERROR,
    asks="The object of each `x-state` is read by an operation under test.",
    why="What nothing reads can't be compared with an event.",
)
def state_of_nothing(subject: Subject) -> Found:
    """Yield each `x-state` whose object no operation reads."""
    known = {operation.id: operation for operation in subject.contract.operations}
    for operation, event, state, where in _states(subject):
        if read_by(operation, known, state.of) is None:
            what = f"'{state.of}' reads no object" if state.of else f"No operation reads the object of {operation.id}"
            advice = "of: the operationId of a GET with an id in its path."
            yield where, f"{what}, which '{event.name}' is about.", advice


@rule(
    "state-not-in-event",
    Level.ERROR,
    asks="Each pointer of `x-state` leads to a place that the event may have.",
    why="What no event has is never compared.",
)
def state_not_in_event(subject: Subject) -> Found:
    """Yield each pointer to a place that the event's schema does not allow."""
    for _, event, state, where in _states(subject):
        named = [("id", state.id), ("version", state.version), *(("shows", at) for at in state.shows or {})]
        for key, pointer in named if event.described else ():
            if pointer and not can_lead(event.body, pointer):
                problem = f"No event of '{event.name}' has {pointer}, which `{key}` names."
                yield where, problem, f"Change `{key}` in x-state, or declare the member."


@rule(
    "version-without-order",
    Level.WARNING,
    asks="The `version` of an `x-state` is a number, or a time.",
    why="A version says which of two events is the later one. A tag, as an ETag, only says whether two are equal.",
)
def version_without_order(subject: Subject) -> Found:
    """Yield each version that is a text, and no time."""
    for _, event, state, where in _states(subject):
        keys = split(state.version) if state.version else []
        if not keys or not event.described:
            continue
        parts = described_at(event.body.raw, tuple(keys))
        texts = any(part.get("type") == "string" and part.get("format") not in _TIMES for part in parts)
        if _TAG.fullmatch(keys[-1]) or texts:
            advice = "version: a member of type integer, or with format: date-time."
            yield where, f"The version of '{event.name}' is a text of which nobody can say which is later.", advice


@rule(
    "survives-without-state",
    Level.WARNING,
    asks="What is to survive the end of the target is kept: `[target] keeps_state` says so.",
    why="A target that keeps nothing over a kill keeps no event that is still to be sent, and no key.",
)
def survives_without_state(subject: Subject) -> Found:
    """Yield each promise to survive more than the state of the target does."""
    keeps = subject.contract.settings.target.keeps_state
    for operation in subject.contract.operations:
        at = subject.contract.document.location(operation.pointer)
        found = [("x-delivery", one.delivery.survives, one.location or at) for one in operation.events]
        key = operation.idempotency
        if key is not None:
            found.append(("x-idempotency", key.survives, key.location or at))
        for name, survives, where in found:
            # Who is asked to stop may send first what is left to send.
            needed = "kill" if survives == "all" else survives
            if _SURVIVED[survives] > _SURVIVED[keeps] and (name, survives) != ("x-delivery", "stop"):
                problem = f"{name} says `survives: {survives}`, and the target keeps no state over a {needed}."
                yield where, problem, f'[target] keeps_state = "{needed}".'
