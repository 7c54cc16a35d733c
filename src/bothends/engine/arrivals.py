"""Waits for events that come behind their answers, so that each meets the state of the world of its own batch.

Where no answer waits for an event, all requests of a batch may be answered before the first event is sent. Were the
world put into another state then, a fault would never be met, or would meet the event of a request that was made
while all was well. How long is waited follows from how late events were so far.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bothends.contract import Operation
    from bothends.records import Exchange
    from bothends.world import World

FIRST_WAIT = 0.5
"""Seconds that are waited before anything is known of how late events are."""
LONGEST_WAIT = 12.0
"""Seconds that are waited at most for the events of one batch."""
_MARGIN = 2.0
_MOST_MISSES = 5
_SHORT_WAIT = 0.05
_LOOK_SECONDS = 0.01


class Arrivals:
    """Waits until as many events have reached an ingest as successes may have caused."""

    def __init__(
        self,
        world: World,
        operations: Iterable[Operation],
        *,
        certain_wait: float = FIRST_WAIT,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the world and the operations under test.

        Args:
            world: Counts what arrives.
            operations: What is asked of the target.
            certain_wait: Seconds that are waited at first for events that are owed for certain.
            gone: Whether the target runs no more, so that nothing can come.
        """
        self._world = world
        self._gone = gone
        every = tuple(operations)
        self._events = {operation.id: _behind(operation) for operation in every}
        self._wait = certain_wait if all(map(_certain, every)) else FIRST_WAIT
        self._misses = 0

    def count(self) -> int:
        """Return how many requests and faults of ingests were met so far: what is asked for before a batch begins."""
        return self._world.arrived

    async def of(self, exchanges: Sequence[Exchange], before: int) -> None:
        """Wait for the events of exchanges that are over.

        Args:
            exchanges: Those of a batch.
            before: What `count` was when the first of them began.
        """
        expected = sum(self._events.get(exchange.case.operation, 0) for exchange in exchanges if exchange.succeeded)
        if not expected:
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        while (arrived := self.count() - before) < expected and not self._gone():  # no event tells that it is so
            if clock() - began >= self._limit:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        self._misses = 0 if arrived else self._misses + 1
        if arrived >= expected:
            self._learn(clock() - began)

    def late(self, exchange: Exchange) -> None:
        """Take note of an exchange to which an event came when its batch was over."""
        if self._events.get(exchange.case.operation, 0) and exchange.succeeded:
            self._misses = 0
            self._learn(max(delivery.received for delivery in exchange.deliveries) - exchange.ended)

    @property
    def _limit(self) -> float:
        return _SHORT_WAIT if self._misses >= _MOST_MISSES else self._wait

    def _learn(self, seconds: float) -> None:
        self._wait = min(LONGEST_WAIT, max(self._wait, _MARGIN * seconds))


def _behind(operation: Operation) -> int:
    """Return how many events may come behind the answer of a success: those for which no answer waits."""
    free = [event for event in operation.events if event.ingest and event.delivery.answer != "after"]
    possible = [event for event in free if event.when is None or event.when.owed]
    return max(_certain(operation), min(1, len(possible)))


def _certain(operation: Operation) -> int:
    """Return how many events do come behind the answer of a success."""
    free = [event for event in operation.events if event.ingest and event.delivery.answer != "after"]
    return sum(event.when is not None and event.when.owed and not event.when.conditions for event in free)
