"""Compares what two contracts promise of requests with one key: `x-idempotency`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_IDEMPOTENCY
from bothends.diff.rule import rule
from bothends.documents import nearest

if TYPE_CHECKING:
    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

_SCOPE = "scope"
_EXTENTS = {"operation": "operation", "path": "object"}
"""What a key counts for, in the words of a person."""

IDEMPOTENCY = rule(
    "x-idempotency",
    what="What `x-idempotency` promises of requests with one key is less, or another status; or a key counts for more.",
    why="A caller that sends its request again, after a lost answer, causes a second effect or reads another answer.",
)
IDEMPOTENCY_ADDED = rule(
    "x-idempotency-added",
    what="`x-idempotency` promises more of requests with one key, or a key counts for less.",
    why="Nobody counts on it yet.",
)


def compare_idempotency(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare what two parameters promise of requests that have the same value of it."""
    before, after = _terms(old), _terms(new)
    if before == after:
        return
    lines = comparison.lines(nearest(old, X_IDEMPOTENCY), nearest(new, X_IDEMPOTENCY))
    if before is None:
        comparison.fits(IDEMPOTENCY_ADDED, about, "Requests with one value of it are now one.", lines)
        return
    if after is None:
        comparison.breaks(IDEMPOTENCY, about, "Requests with one value of it are no longer one.", lines)
        return
    scopes = _scope(before), _scope(after)
    for extent in sorted(scopes[0] - scopes[1]):
        comparison.breaks(IDEMPOTENCY, about, f"A key counts for each {_EXTENTS[extent]} no longer by itself.", lines)
    for extent in sorted(scopes[1] - scopes[0]):
        comparison.fits(IDEMPOTENCY_ADDED, about, f"A key now counts for each {_EXTENTS[extent]} by itself.", lines)
    for key in (key for key in dict.fromkeys((*before, *after)) if key != _SCOPE):
        if key not in before:
            problem = f"`{key}: {after[key]}` is promised now."
            comparison.fits(IDEMPOTENCY_ADDED, about, problem, lines)
        elif key not in after:
            comparison.breaks(IDEMPOTENCY, about, f"`{key}: {before[key]}` is promised no longer.", lines)
        elif before[key] != after[key]:
            problem = f"`{key}` was {before[key]}, and is {after[key]}."
            more = (key, before[key], after[key]) == ("survives", "stop", "kill")
            found, of = (comparison.fits, IDEMPOTENCY_ADDED) if more else (comparison.breaks, IDEMPOTENCY)
            found(of, about, problem, lines)


def _scope(terms: dict[str, Any]) -> frozenset[str]:
    said = terms.get(_SCOPE, [])
    return frozenset([said] if isinstance(said, str) else said) & _EXTENTS.keys()


def _terms(place: Place) -> dict[str, Any] | None:
    said = place.value.get(X_IDEMPOTENCY)
    return said if isinstance(said, dict) else {} if said is True else None
