"""Compares what two contracts promise of an event: which answers owe it, and how it is delivered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.contract.terms import X_DELIVERY, X_WHEN, DeliveryTerms, Tries, read_terms, terms_of_settings
from bothends.diff.rule import Verdict, rule
from bothends.documents import nearest
from bothends.errors import ContractError
from bothends.records import count_of, json_equal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.diff.comparison import About, Comparison
    from bothends.diff.rule import Spot
    from bothends.documents import Place

WHEN = rule(
    "x-when",
    what="`x-when` says of other answers that they owe the event: of fewer, of more, or of none in particular.",
    why="A consumer misses events that it counts on, or gets events of what was not meant to cause any.",
)
COUNT = rule(
    "x-when-count",
    what="An answer owes another number of events.",
    why="A consumer that takes one event for one request counts wrong.",
)
WHEN_ADDED = rule(
    "x-when-added",
    what="`x-when` says which answers owe the event, where nothing was said.",
    why="Each of them may have caused one before.",
)
DELIVERY = rule(
    "x-delivery",
    what="`x-delivery` promises less: of attempts, of time, of what is acknowledged before the answer, of what "
    "survives the end of the target.",
    why="An event may be lost, come twice, or come late, where a consumer was told that it does not.",
)
IDENTITY = rule(
    "identity",
    what="The identity of an event is gone, or is another value.",
    why="Consumers tell an event that comes twice by it: each is then taken for a new one.",
)
DELIVERY_ADDED = rule("x-delivery-added", what="`x-delivery` promises more.", why="Nobody counts on it yet.")


_SURVIVED = ("stop", "kill", "all")
"""What may be survived, the least first."""


def compare_guarantees(comparison: Comparison, old: Sequence[Place], new: Sequence[Place], about: About) -> None:
    """Compare what is promised of two events.

    Args:
        comparison: Takes the changes.
        old: The places that may promise something of the old one, the innermost last.
        new: Those of the new one.
        about: The event.
    """
    _compare_when(comparison, _holder(old, X_WHEN), _holder(new, X_WHEN), about)
    places = (_holder(old, X_DELIVERY), _holder(new, X_DELIVERY))
    try:
        before, after = _terms(old), _terms(new)
    except ContractError as error:
        comparison.found(DELIVERY, Verdict.UNDECIDED, about, error.problem, comparison.lines(*places))
        return
    _compare_delivery(comparison, before, after, comparison.lines(*places), about)


def compare_terms(comparison: Comparison, old: Any, new: Any, lines: tuple[Spot, Spot], about: About) -> None:
    """Compare what the `delivery` of two settings says; None: nothing."""
    terms = [DeliveryTerms() if each is None else terms_of_settings(each) for each in (old, new)]
    _compare_delivery(comparison, terms[0], terms[1], lines, about)


def _holder(places: Sequence[Place], name: str) -> Place:
    """Return where an extension stands, innermost first; where it does not, what would hold it."""
    return next((place.child(name) for place in reversed(places) if name in place.value), places[-1])


def _said(places: Sequence[Place], name: str) -> Any:
    return next((place.value[name] for place in reversed(places) if name in place.value), None)


# `x-when`.


def _compare_when(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    before, after = (_value(place, X_WHEN) for place in (old, new))
    counts = [each.get("count", 1) if isinstance(each, dict) else 1 for each in (before, after)]
    lines = comparison.lines(old, new)
    if counts[0] != counts[1] and before is not None and after is not None:
        words = [json.dumps(count) for count in counts]
        problem = f"An answer owed {words[0]} of it, and owes {words[1]}."
        comparison.breaks(COUNT, about, problem, lines)
    conditions = [_conditions(each) for each in (before, after)]
    if json_equal(conditions[0], conditions[1]):
        return
    if before is None:
        comparison.fits(WHEN_ADDED, about, f"It is now said when the event is owed: {json.dumps(after)}.", lines)
        return
    was = "each 2xx" if before is True else "no answer" if before is False else json.dumps(conditions[0])
    now = "each 2xx" if after is True else "no answer" if after is False else json.dumps(conditions[1])
    now = "nothing says which" if after is None else f"now {now}"
    comparison.breaks(WHEN, about, f"The event was owed by {was}; {now}.", lines)


def _value(place: Place, name: str) -> Any:
    """Return what an extension says; None: it is not there."""
    return place.value if place.pointer.endswith(f"/{name}") else None


def _conditions(said: Any) -> Any:
    if not isinstance(said, dict):
        return said
    left = {key: value for key, value in said.items() if key != "count"}
    return left or True


# `x-delivery`.


def _terms(places: Sequence[Place]) -> DeliveryTerms:
    terms = DeliveryTerms()
    for place in places:
        if X_DELIVERY in place.value:
            terms = read_terms(nearest(place, X_DELIVERY)).over(terms)
    return terms


def _compare_delivery(
    comparison: Comparison, old: DeliveryTerms, new: DeliveryTerms, lines: tuple[Spot, Spot], about: About
) -> None:
    for key in ("answer", "attempts", "within_ms", "retry_within_ms", "survives"):
        before, after = getattr(old, key), getattr(new, key)
        if before == after or (key == "answer" and {before, after} <= {None, "any"}):
            continue
        words = [_in_words(each) for each in (before, after)]
        problem = f"`{key}` was {words[0]}, and is {words[1]}."
        if _holds(key, before, after):
            comparison.fits(DELIVERY_ADDED, about, problem, lines)
        else:
            comparison.breaks(DELIVERY, about, problem, lines)
    if old.events != new.events:
        problem = f"`events` was {_in_words(old.events)}, and is {_in_words(new.events)}."
        if "one" in (old.events, new.events):
            comparison.breaks(DELIVERY, about, problem, lines)
        else:
            comparison.fits(DELIVERY_ADDED, about, problem, lines)
    if old.identity != new.identity:
        words = [each or "not said" for each in (old.identity, new.identity)]
        problem = f"The identity of the event was {words[0]}, and is {words[1]}."
        if old.identity:
            comparison.breaks(IDENTITY, about, problem, lines)
        else:
            comparison.fits(DELIVERY_ADDED, about, problem, lines)


def _in_words(value: Any) -> str:
    if isinstance(value, Tries):
        return f"{count_of(value.tries, 'try')} within {value.within_ms} ms"
    return "not said" if value is None else str(value)


def _holds(key: str, old: Any, new: Any) -> bool:
    """Return whether a new promise is at least the old one."""
    if old is None or (key == "answer" and old == "any"):
        return True
    if new is None:
        return False
    if key in ("within_ms", "retry_within_ms"):
        return bool(new <= old)
    if key == "survives":
        return _SURVIVED.index(new) >= _SURVIVED.index(old)
    if key == "attempts" and isinstance(old, Tries):
        return new == "until-acknowledged" or (
            isinstance(new, Tries) and new.tries >= old.tries and new.within_ms >= old.within_ms
        )
    return False
