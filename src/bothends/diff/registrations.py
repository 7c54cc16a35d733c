"""Compares what two contracts promise of registrations for events: `x-registers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_REGISTERS
from bothends.diff.rule import rule
from bothends.documents import nearest
from bothends.records import json_equal

if TYPE_CHECKING:
    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

REGISTERS = rule(
    "x-registers",
    what="`x-registers` has an event less, another address, asks for other values, or is gone.",
    why="Who registers as before relies on the events, and on hearing nothing after the end.",
)
REGISTERS_ADDED = rule(
    "x-registers-added",
    what="`x-registers` is new, has an event more, or asks for fewer values.",
    why="Nobody counts on it yet.",
)
_VALUES = ("body", "parameters")


def compare_registers(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare what two operations promise of a registration."""
    before, after = _terms(old), _terms(new)
    if before == after:
        return
    lines = comparison.lines(nearest(old, X_REGISTERS), nearest(new, X_REGISTERS))
    if before is None:
        comparison.fits(REGISTERS_ADDED, about, "It is now said what it does to a registration.", lines)
        return
    if after is None:
        comparison.breaks(REGISTERS, about, "Nothing says any more what it does to a registration.", lines)
        return
    lost = [name for name in before.get("events", []) if name not in after.get("events", [])]
    changed = [key for key in ("does", "address") if before.get(key) != after.get(key)]
    more = [key for key in _VALUES if key in after and not json_equal(before.get(key), after[key])]
    if lost:
        comparison.breaks(REGISTERS, about, f"No event {' or '.join(lost)} goes there any more.", lines)
    elif changed:
        key = changed[0]
        problem = f"'{key}' was {before.get(key, 'not said')}, and is {after.get(key, 'not said')}."
        comparison.breaks(REGISTERS, about, problem, lines)
    elif more:
        comparison.breaks(REGISTERS, about, f"Its request needs another '{more[0]}' for these events.", lines)
    else:
        comparison.fits(REGISTERS_ADDED, about, "More events go there, or its request needs less.", lines)


def _terms(place: Place) -> dict[str, Any] | None:
    """Return what an operation says; None: nothing."""
    said = place.mapping().get(X_REGISTERS)
    if not isinstance(said, dict):
        return None
    events = said.get("events")
    return {**said, "events": sorted(map(str, events))} if isinstance(events, list) else said
