"""Events that were swapped between callers, told from events that were lost and doubled.

A target that keeps "the current user" where concurrent requests overwrite it sends one caller's
event with another caller's identity. By identity, one exchange then has two events and another has
none. The two are told from a lost and a doubled event by this: all of it happened among exchanges
that were under way together, and nothing is missing in sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.records import Exchange


def swapped(exchanges: Sequence[Exchange]) -> dict[int, tuple[int, ...]]:
    """Return the exchanges whose events were swapped, each with those it may have been swapped with.

    Args:
        exchanges: A wave's, with their deliveries, and those of earlier waves for which more came only
            now, with one that they had before.
    """
    found: dict[int, tuple[int, ...]] = {}
    for group in _together(exchanges):
        without = [e.number for e in group if not _events(e)]
        surplus = [e.number for e in group if _events(e) > 1]
        extra = sum(_events(e) - 1 for e in group if _events(e) > 1)
        if not without or not surplus or extra > len(without):
            continue
        found.update(dict.fromkeys(without, tuple(surplus)))
        found.update(dict.fromkeys(surplus, tuple(without)))
    return found


def _events(exchange: Exchange) -> int:
    return len({d.identity for d in exchange.deliveries if d.stored})


def _together(exchanges: Sequence[Exchange]) -> Iterator[list[Exchange]]:
    """Yield groups of successful exchanges whose times overlap, one with the next.

    A value that is passed on from request to request can come a long way, so the whole chain counts.
    An exchange lasts as long as events come for it.
    """
    succeeded = [e for e in exchanges if isinstance(e.answer, Answer) and e.answer.success]
    group: list[Exchange] = []
    end = 0.0
    for exchange in sorted(succeeded, key=lambda e: e.began):
        if group and exchange.began > end:
            yield group
            group = []
        group.append(exchange)
        end = max(end, exchange.ended, *(d.received for d in exchange.deliveries))
    if group:
        yield group
