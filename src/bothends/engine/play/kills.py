"""Kills the target of a test bed at a point of a request, and starts it again with what it has kept.

SIGKILL takes the memory of processes, and not what they have written to files: a missing `fsync` shows in none of it.
All processes of the group that bothends has launched get it at once, and the next start waits until all are gone.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.engine.counts import counted
from bothends.engine.play.history_records import named_in
from bothends.engine.play.pending import LIMITS
from bothends.histories import Kill
from bothends.records import Answer, Condition, KillPoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bothends.contract import EventContract
    from bothends.engine.testbed import TestBed
    from bothends.launch import LaunchedTarget
    from bothends.records import Delivery, Exchange

KILLED = counted("kills", "operation", "point", "outcome")
"""What came of the kills at a point of an operation's requests: one of the names below."""
REACHED, NOT_REACHED, SENT_AFTER = "reached", "not reached", "an event came only after it"


@dataclass(slots=True)
class Killer:
    """Kills a target.

    Attributes:
        testbed: Where it runs.
        target: The target; what bothends has launched.
        events: The events that are about the object of the request.
        name: What they call it.
    """

    testbed: TestBed
    target: LaunchedTarget
    events: Sequence[EventContract]
    name: Any
    _over: bool = False

    async def at(self, point: KillPoint, send: Callable[[], Awaitable[Exchange]]) -> tuple[Exchange, Kill | None]:
        """Send a request, kill the target at a point of it, and start it again.

        Args:
            point: How far it has come then.
            send: Sends it.

        Returns:
            The exchange; and the kill, None where the point was not reached.

        Raises:
            TargetError: The target could not be started again.
        """
        ways = {
            KillPoint.ANSWERED: self._answered,
            KillPoint.ACKNOWLEDGED: self._acknowledged,
            KillPoint.WAITING: self._waiting,
        }
        exchange = await ways[point](send)
        if not self._over:
            return exchange, None
        await self.target.stop()
        gone = self.testbed.clock.now()
        await self.testbed.start_again()
        return exchange, Kill(gone, self.testbed.clock.now())

    def _kill(self) -> None:
        if not self._over:
            self._over = True
            self.target.signal(signal.SIGKILL)

    async def _answered(self, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        exchange = await send()
        if isinstance(exchange.answer, Answer):
            self._kill()
        return exchange

    async def _acknowledged(self, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        heard = self.testbed.world.recorder.heard

        def hear(delivery: Delivery) -> None:
            # The acknowledgement has just been written, and nothing else is done before the kill.
            if delivery.acknowledged and named_in([delivery], self.events, self.name):
                self._kill()

        heard.append(hear)
        try:
            return await self._sent(send, until=lambda _: self._over)
        finally:
            heard.remove(hear)

    async def _waiting(self, send: Callable[[], Awaitable[Exchange]]) -> Exchange:
        """Refuse the events until the target is gone: none of them can have left it before."""
        recorder, refused = self.testbed.world.recorder, False

        def hear(delivery: Delivery) -> None:
            nonlocal refused
            refused |= was_refused(delivery) and bool(named_in([delivery], self.events, self.name))

        ingests = dict.fromkeys(event.ingest for event in self.events)
        refusing = [Condition.of("answers-status", ingest, status=HTTPStatus.SERVICE_UNAVAILABLE) for ingest in ingests]
        recorder.heard.append(hear)
        try:
            with self.testbed.world.state.given(*refusing):
                exchange = await self._sent(send, until=lambda sent: refused and sent.done())
                if refused and exchange.succeeded:
                    self._kill()
                    await self.target.stop()
            return exchange
        finally:
            recorder.heard.remove(hear)

    async def _sent(
        self, send: Callable[[], Awaitable[Exchange]], *, until: Callable[[asyncio.Future[Exchange]], bool]
    ) -> Exchange:
        """Send a request, and wait for its answer, and until something is so; at most as long as for an event."""
        sent = asyncio.ensure_future(send())
        clock, began = self.testbed.clock, self.testbed.clock.now()
        while not until(sent):
            now = clock.now()
            waited = now - began - self.testbed.machine.waits(began, now).total
            if sent.done() and waited >= LIMITS.awaited:
                break
            await asyncio.sleep(LIMITS.glance)
        return await sent


def was_refused(delivery: Delivery) -> bool:
    """Whether the world has refused an attempt, and not for what it is: nobody has the event by it."""
    return delivery.fault is not None and not delivery.stored
