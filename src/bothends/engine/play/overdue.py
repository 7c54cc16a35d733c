"""Waits, at the end of a batch or of another client's call, for what that lacks and must have been sent by now.

First for events that an answer had to wait for: a target may send one event after the other, and wait out its timeout
with the first. Then, where the contract says how often an event is attempted, for other attempts after a fault of an
ingest: until they have come, or until what does not come has broken a promise. That is some seconds of each fault for a
target that breaks it, and as long as a retry takes for one that keeps it.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.play import pending
from bothends.engine.play.pending import WaitBudget, lacking
from bothends.laws import attempts, owed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bothends.engine.tie import Attributed
    from bothends.laws import LawContext
    from bothends.records import Exchange

MOST_MISSES = 4
"""Batches in a row that lack events for good, after which nothing is waited for any more."""
_SHORTER = 4
"""By how much less is waited each time that it was in vain."""


class Overdue:
    """Waits for what is owed, unless that was in vain each time, or has taken long enough.

    Attributes:
        budget: What is left for events.
    """

    def __init__(
        self,
        law_contexts: Mapping[str, LawContext],
        now: Callable[[], float],
        *,
        gone: Callable[[], bool],
        in_all: float = math.inf,
    ) -> None:
        self._law_contexts = law_contexts
        self._now = now  # the run's clock, seconds
        self._gone = gone  # the target runs no more, so that nothing can come
        self.budget = WaitBudget(shorter=_SHORTER, most=MOST_MISSES, in_all=in_all)
        self._for_attempts = WaitBudget(in_all=pending.LIMITS.attempts_in_all)

    async def of(
        self, attributed: Attributed, later: Callable[[], Attributed], *, behind: float | None = None
    ) -> Attributed:
        """Return a batch with the events and the attempts that came while they were waited for.

        The last that came is tied by `later`. Events that no answer waits for are waited for `behind` seconds at most;
        None: not at all.
        """
        return await self._attempts(await self._events(attributed, later, behind), later)

    def seconds(self, attributed: Attributed, behind: float | None) -> float:
        """Return how long is waited at most for what a batch lacks; 0: nothing is waited for."""
        events = [event for exchange in attributed.exchanges for event in lacking(exchange, self._law_contexts)]
        longest = pending.LIMITS.awaited * any(map(owed.awaited, events))
        return self.budget.of(max(longest, (behind or 0.0) * any(not owed.awaited(event) for event in events)))

    async def _events(
        self, attributed: Attributed, later: Callable[[], Attributed], behind: float | None
    ) -> Attributed:
        if not self.seconds(attributed, behind):
            return attributed
        began = self._now()
        while (seconds := self.seconds(attributed, behind)) > self._now() - began and not self._gone():
            await asyncio.sleep(pending.LIMITS.look)
            attributed = attributed.followed_by(later())
        self.budget.over(self._now() - began, vain=seconds > 0)
        return attributed

    @staticmethod
    def since_well(exchanges: Sequence[Exchange], well: float) -> list[Exchange]:
        """Return exchanges with when the ingest was well again, where their attempts are watched."""
        return [replace(e, well=well) if e.case.watched else e for e in exchanges]

    async def _attempts(self, attributed: Attributed, later: Callable[[], Attributed]) -> Attributed:
        if not any(exchange.well is not None for exchange in attributed.exchanges):
            return attributed
        began = self._now()
        last = began + self._for_attempts.left
        while self._now() < min(self._watched_until(attributed), last) and not self._gone():
            await asyncio.sleep(pending.LIMITS.look)
            attributed = attributed.followed_by(later())
        ended = self._now()
        self._for_attempts.over(ended - began, vain=False)
        watched = (replace(e, watched=ended) if e.well is not None else e for e in attributed.exchanges)
        return replace(attributed, exchanges=tuple(watched))

    def _watched_until(self, attributed: Attributed) -> float:
        known = ((exchange, self._law_contexts.get(exchange.case.operation)) for exchange in attributed.exchanges)
        return max((attempts.watch_until(e, context) for e, context in known if context is not None), default=0.0)
