"""Lists and counts in a sentence: `a, b, c and 4 more`, `a or b`, `1 case`, `2 cases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FEW = 3
"""Names that fit on a line beside what is said of them."""


def some_of(names: Sequence[str], most: int = FEW) -> str:
    """Return the first few of some names, and how many there are beside."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def choice_of(names: Sequence[str]) -> str:
    """Return names as choices: `a`, `a or b`, `a, b or c`; empty: there are none."""
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def count_of(count: int, noun: str) -> str:
    """Return `1 case`, `2 cases`; `2 tries` of `try`, `2 successes` of `success`. The noun has no other plural."""
    return f"{count:,} {noun if count == 1 else _several(noun)}"


def _several(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def were(count: int) -> str:
    """Return `was` for one, `were` for all other numbers."""
    return "was" if count == 1 else "were"
