"""Compares whether two contracts promise that an object is there for all callers: `x-shared`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.openapi import X_SHARED
from bothends.diff.rule import rule
from bothends.documents import nearest

if TYPE_CHECKING:
    from bothends.diff.comparison import About, Comparison
    from bothends.documents import Place

SHARED = rule(
    "x-shared",
    what="`x-shared` is gone: what one caller has made may not be there for others.",
    why="Callers rely on what others have made.",
)
SHARED_ADDED = rule(
    "x-shared-added",
    what="`x-shared` is new: what one caller has made is there for all.",
    why="Nobody counts on it yet.",
)


def compare_shared(comparison: Comparison, old: Place, new: Place, about: About) -> None:
    """Compare for whom the object of two operations is there."""
    before, after = (place.mapping().get(X_SHARED) is True for place in (old, new))
    if before == after:
        return
    lines = comparison.lines(nearest(old, X_SHARED), nearest(new, X_SHARED))
    if before:
        comparison.breaks(SHARED, about, "Nothing says any more that its object is there for all callers.", lines)
    else:
        comparison.fits(SHARED_ADDED, about, "Its object is now there for all callers.", lines)
