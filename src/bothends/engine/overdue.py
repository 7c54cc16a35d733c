"""Waits for events that are owed and have not come: what is late is not lost.

A target may send one event after the other, and wait out its patience with the first.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.laws.event import owed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.engine.attribution import Attributed
    from bothends.laws.law import Grounds
    from bothends.records import Exchange

LONGEST = 3.0
"""Seconds that are waited at most for what a batch is owed."""

IN_ALL = 20.0
"""Seconds that are waited at most in a whole run."""

MOST_MISSES = 4
"""Batches in a row that lack events for good, after which nothing is waited for any more."""

_SHORTER = 4
"""By how much less is waited each time that it was in vain: what is lost once is lost again, as a rule."""

_LOOK_SECONDS = 0.1


class Overdue:
    """Waits for what a batch is owed, unless that was in vain each time, or has taken long enough."""

    def __init__(self, grounds: Mapping[str, Grounds], later: Callable[[], Attributed]) -> None:
        """Take what owes events.

        Args:
            grounds: The operations under test and where the world is, by the operations' ids.
            later: Ties what has come since it was asked last.
        """
        self._grounds = grounds
        self._later = later
        self._misses = 0
        self._left = IN_ALL

    async def of(self, attributed: Attributed) -> Attributed:
        """Return a batch with the events that came while they were waited for."""
        if self._misses >= MOST_MISSES or self._left <= 0 or not self._lacks(attributed):
            return attributed
        clock = asyncio.get_running_loop().time
        began = clock()
        longest = LONGEST / _SHORTER**self._misses
        while (lacking := self._lacks(attributed)) and clock() - began < longest:
            await asyncio.sleep(_LOOK_SECONDS)
            attributed = attributed.followed_by(self._later())
        self._left -= clock() - began
        self._misses = self._misses + 1 if lacking else 0
        return attributed

    def _lacks(self, attributed: Attributed) -> bool:
        return any(map(self._is_owed, attributed.exchanges))

    def _is_owed(self, exchange: Exchange) -> bool:
        """Return whether an exchange lacks an event that its answer owes."""
        grounds = self._grounds.get(exchange.case.operation)
        if grounds is None or not grounds.declared(exchange) or owed.unclear(exchange, grounds):
            return False
        if exchange.case.expect.refused and exchange.succeeded:
            return False  # it should not have succeeded, so nothing is missed
        return any(
            not owed.of(event, exchange, grounds) and not owed.unwell(event, exchange, grounds)
            for event in owed.owed(exchange, grounds)
        )
