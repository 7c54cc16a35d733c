"""Advice for a word that nobody knows: what it may have been meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean 'x'?`, or an empty string when nothing known is near."""
    by_fold: dict[str, str] = {}
    for name in known:
        by_fold.setdefault(name.casefold(), name)
    near = get_close_matches(word.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f"Did you mean '{by_fold[near[0]]}'?" if near else ""


def one_of(known: Iterable[str]) -> str:
    """Return `one of a, b, c`; `nothing` when there is nothing to choose from."""
    names = list(known)
    if len(names) > 1:
        return f"one of {', '.join(names)}"
    return names[0] if names else "nothing"
