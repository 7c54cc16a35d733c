"""Waits for events that are owed and have not come: what is late is not lost.

A target may send one event after the other, and wait out its patience with the first. Events that no answer waits for
are held open until the end of a run (`outstanding.py`); they are waited for here where nothing comes after.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.engine.outstanding import lacking
from bothends.laws import owed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.engine.attribution import Attributed
    from bothends.laws.law import Grounds

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
    """Waits for what a batch is owed, unless that was in vain each time, or has taken long enough.

    Attributes:
        behind: Seconds that are waited at most for events that no answer waits for; None: they are not waited for.
    """

    def __init__(
        self,
        grounds: Mapping[str, Grounds],
        later: Callable[[], Attributed],
        *,
        behind: float | None = None,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take what owes events.

        Args:
            grounds: The operations under test and where the world is, by the operations' ids.
            later: Ties what has come since it was asked last.
            behind: Seconds that are waited at most for events that no answer waits for; None: they are not waited for.
            gone: Whether the target runs no more, so that nothing can come.
        """
        self._grounds = grounds
        self._later = later
        self.behind = behind
        self._gone = gone
        self._misses = 0
        self._left = IN_ALL

    async def of(self, attributed: Attributed) -> Attributed:
        """Return a batch with the events that came while they were waited for."""
        if self._misses >= MOST_MISSES or self._left <= 0 or not self._longest(attributed):
            return attributed
        clock = asyncio.get_running_loop().time
        began = clock()
        while (longest := self._longest(attributed)) and not self._gone():
            if clock() - began >= longest / _SHORTER**self._misses:
                break
            await asyncio.sleep(_LOOK_SECONDS)
            attributed = attributed.followed_by(self._later())
        self._left -= clock() - began
        self._misses = self._misses + 1 if longest else 0
        return attributed

    def _longest(self, attributed: Attributed) -> float:
        """Return how long is waited at most for what a batch lacks, seconds; 0: nothing is waited for."""
        events = [event for exchange in attributed.exchanges for event in lacking(exchange, self._grounds)]
        awaited = LONGEST * any(map(owed.awaited, events))
        return max(awaited, (self.behind or 0.0) * any(not owed.awaited(event) for event in events))
