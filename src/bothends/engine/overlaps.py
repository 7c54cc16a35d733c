"""Exchanges that were under way together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.records import Exchange


def overlapping(exchanges: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    """Yield groups of exchanges whose times overlap, one with the next.

    A value that is passed on from request to request can come a long way, so the whole chain counts.
    An exchange lasts as long as events come for it.
    """
    group: list[Exchange] = []
    end = 0.0
    for exchange in sorted(exchanges, key=lambda e: e.began):
        if group and exchange.began > end:
            yield group
            group = []
        group.append(exchange)
        end = max(end, exchange.ended, *(d.received for d in exchange.deliveries))
    if group:
        yield group
