"""Compares what two contracts promise of several requests about one object: `x-state`, `x-consistency`, `x-pages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_CONSISTENCY, X_PAGES, X_STATE
from bothends.diff.rule import rule
from bothends.documents import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.diff.comparison import About, Comparison
    from bothends.diff.rule import Rule
    from bothends.documents import Place

STATE = rule(
    "x-state",
    what="`x-state` promises less of what an event shows, of its version or its order; or it is gone.",
    why="A consumer that keeps a copy by these events has a wrong one after that.",
)
STATE_ADDED = rule("x-state-added", what="`x-state` promises more.", why="Nobody counts on it yet.")
CONSISTENCY = rule(
    "x-consistency",
    what="`x-consistency` allows a read to be older, or is gone.",
    why="A caller reads what it has just changed, and finds the state of before.",
)
CONSISTENCY_ADDED = rule(
    "x-consistency-added", what="`x-consistency` promises newer reads.", why="Nobody counts on it yet."
)
PAGES = rule(
    "x-pages",
    what="`x-pages` is no longer stable, has its items or what leads on at another place, or is gone.",
    why="Who walks through all pages misses items, or gets some twice.",
)
PAGES_ADDED = rule("x-pages-added", what="`x-pages` promises more.", why="Nobody counts on it yet.")

_PROMISED = frozenset({"order", "readable", "stable"})
"""Keys that promise more where they are true."""
_DEFAULTS = {"as": "current", "coalesces": False, "ends": False, **dict.fromkeys(_PROMISED, False)}


def compare_state(comparison: Comparison, old: Sequence[Place], new: Sequence[Place], about: About) -> None:
    """Compare what two events show; the places of each that may say so, the innermost last."""
    places = [next((one for one in reversed(each) if X_STATE in one.mapping()), each[-1]) for each in (old, new)]
    _compare(comparison, (places[0], places[1]), X_STATE, (STATE, STATE_ADDED), about)


def compare_reads(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare how old what two operations read may be, and how their pages hold together."""
    _compare(comparison, (old, new), X_CONSISTENCY, (CONSISTENCY, CONSISTENCY_ADDED), about)
    _compare(comparison, (old, new), X_PAGES, (PAGES, PAGES_ADDED), about)


def _compare(
    comparison: Comparison, places: tuple[Place, Place], name: str, rules: tuple[Rule, Rule], about: About
) -> None:
    before, after = (place.mapping().get(name) for place in places)
    if before == after:
        return
    lines = comparison.lines(nearest(places[0], name), nearest(places[1], name))
    if before is None or after is None:
        problem = f"`{name}` is new." if before is None else f"`{name}` is gone."
        changed = [(problem, before is None)]
    else:
        changed = list(_changed(_terms(before), _terms(after)))
    for problem, holds in changed:
        if holds:
            comparison.fits(rules[1], about, problem, lines)
        else:
            comparison.breaks(rules[0], about, problem, lines)


def _terms(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"": value}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, bool]]:
    """Return what has changed, in words, and whether all that was promised still holds."""
    if before.keys() | after.keys() <= {"", "within_ms"}:
        words = [each.get("", f"within {each.get('within_ms')} ms") for each in (before, after)]
        return [(f"A read was {words[0]}, and is {words[1]}.", _is_newer(before, after))]
    found = []
    for key in dict.fromkeys((*before, *after)):
        was, now = (each.get(key, _DEFAULTS.get(key)) for each in (before, after))
        if was != now:
            words = ["not said" if each is None else str(each) for each in (was, now)]
            found.append((f"`{key}` was {words[0]}, and is {words[1]}.", _holds(key, was, now)))
    return found


def _is_newer(before: dict[str, Any], after: dict[str, Any]) -> bool:
    if "within_ms" in before and "within_ms" in after:
        return bool(after["within_ms"] <= before["within_ms"])
    return after.get("") == "strong"


def _holds(key: str, was: Any, now: Any) -> bool:
    if key in _PROMISED:
        return bool(now)
    if key == "coalesces":
        return not now
    if key == "as":  # what is shown just after a write is a state at or after it
        return (was, now) == ("current", "of-write")
    return was is None
