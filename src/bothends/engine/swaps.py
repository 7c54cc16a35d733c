"""Events that were swapped between callers, told from events that were lost and doubled.

A target that keeps "the current user" where concurrent requests overwrite it sends one caller's
event with another caller's identity. By identity, one exchange then has two events and another has
none. The two are told from a lost and a doubled event by this: all of it happened among exchanges
that were under way together, and nothing is missing in sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.overlaps import overlapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.records import Exchange


def swapped(exchanges: Sequence[Exchange]) -> dict[int, tuple[int, ...]]:
    """Return the exchanges whose events were swapped, each with those it may have been swapped with.

    Args:
        exchanges: A wave's, with their deliveries, and those of earlier waves for which more came only
            now, with one that they had before.
    """
    found: dict[int, tuple[int, ...]] = {}
    for group in overlapping(e for e in exchanges if e.succeeded):
        without = [e.number for e in group if not _events(e)]
        surplus = [e.number for e in group if _events(e) > 1]
        extra = sum(_events(e) - 1 for e in group if _events(e) > 1)
        if not without or not surplus or extra > len(without):
            continue
        found.update(dict.fromkeys(without, tuple(surplus)))
        found.update(dict.fromkeys(surplus, tuple(without)))
    return found


def _events(exchange: Exchange) -> int:
    return len({d.identity for d in exchange.deliveries if d.stored and d.identified})
