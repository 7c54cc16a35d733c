"""Compares what two contracts promise of the states of objects: `x-transitions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_TRANSITIONS
from bothends.diff.rule import rule
from bothends.documents import nearest

if TYPE_CHECKING:
    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

TRANSITIONS = rule(
    "x-transitions",
    what="`x-transitions` has a state less in which an operation succeeds, leads to another one, or is gone.",
    why="Callers rely on the state that they may ask from, and on the one that they find after it.",
)
TRANSITIONS_ADDED = rule(
    "x-transitions-added",
    what="`x-transitions` promises more: a state more in which an operation succeeds, or what it leads to.",
    why="Nobody counts on it yet.",
)


def compare_transitions(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare what two operations promise of the state of their object."""
    before, after = _terms(old), _terms(new)
    if before == after:
        return
    lines = comparison.lines(nearest(old, X_TRANSITIONS), nearest(new, X_TRANSITIONS))
    if before is None:
        comparison.fits(TRANSITIONS_ADDED, about, "It is now said in which states it succeeds.", lines)
        return
    if after is None:
        comparison.breaks(TRANSITIONS, about, "Nothing says any more in which states it succeeds.", lines)
        return
    if after["per"] not in {None, before["per"]}:
        comparison.breaks(TRANSITIONS, about, f"It makes only one at a time for each {after['per']}.", lines)
        return
    if before["per"] and not after["per"] and not after["from"]:
        comparison.fits(TRANSITIONS_ADDED, about, "It makes as many as are asked for.", lines)
        return
    lost = [state for state in before["from"] if state not in after["from"]]
    more = [state for state in after["to"] if state not in before["to"]]
    if lost:
        comparison.breaks(TRANSITIONS, about, f"It succeeds no more in {_listed(lost)}.", lines)
    elif before["to"] and more:
        comparison.breaks(TRANSITIONS, about, f"It may lead to {_listed(more)}, and did not.", lines)
    elif before["to"] and not after["to"]:
        comparison.breaks(TRANSITIONS, about, f"It leads no more to {_listed(before['to'])}.", lines)
    elif before["others"] not in {None, after["others"]}:
        said = after["others"] or "any refusal"
        comparison.breaks(TRANSITIONS, about, f"In other states, it was {before['others']}, and is {said}.", lines)
    else:
        comparison.fits(TRANSITIONS_ADDED, about, "It succeeds in more states, or more is said of them.", lines)


def _terms(place: Place) -> dict[str, Any] | None:
    """Return what an operation promises, its states in lists; None: nothing."""
    said = place.mapping().get(X_TRANSITIONS)
    if not isinstance(said, dict):
        return None
    to = said.get("to", [])
    before = said.get("from")
    return {
        "from": before if isinstance(before, list) else [],
        "to": to if isinstance(to, list) else [to],
        "others": said.get("others"),
        "per": said.get("per"),
    }


def _listed(states: list[Any]) -> str:
    return " or ".join(map(str, states))
