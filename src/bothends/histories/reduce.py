"""Making small: what can be left out of a list while the rest still shows the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_Item = TypeVar("_Item")


def reduced(
    items: Sequence[_Item], shows: Callable[[Sequence[_Item]], bool], *, most: int | None = None
) -> list[_Item]:
    """Return a part of a list that still shows what it shows, of which no single item can be left out.

    The larger halves, quarters and so on are tried first (A. Zeller, R. Hildebrandt, "Simplifying and isolating
    failure-inducing input", 2002).

    Args:
        items: A list that shows it.
        shows: Whether a part of the list shows it.
        most: How often that may be asked: then what is left may still be too much; None: as often as it takes.
    """
    rest, size = list(items), max(1, len(items) // 2)
    while True:
        smaller = False
        start = 0
        while start < len(rest):
            if most is not None:
                most -= 1
                if most < 0:
                    return rest
            without = rest[:start] + rest[start + size :]
            if shows(without):
                rest, smaller = without, True
            else:
                start += size
        if size == 1 and not smaller:
            return rest
        size = size if size == 1 else size // 2
