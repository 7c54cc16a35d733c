"""Ties what the world has witnessed to exchanges: those of a batch, and those before."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.engine.play.arrivals import Arrivals
from bothends.engine.play.overdue import Overdue
from bothends.engine.play.pending import LIMITS
from bothends.engine.play.redirects import FollowedRedirects
from bothends.engine.tie import Attributed, Attribution
from bothends.laws import LawContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Operation
    from bothends.engine.play.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Certainty
    from bothends.records import Delivery, Exchange, UpstreamCall

_MOST_FAULTS = 4096


class Tying:
    """Ties what the world has witnessed on a test bed.

    Attributes:
        law_contexts: The operations under test and where the world is, by the operations' ids.
        arrivals: Waits for the events that no answer has waited for.
        attribution: Says whose they are.
        faults: When an ingest was put out of order, of late; by the clock, seconds.
    """

    def __init__(  # noqa: PLR0913 -- what the users of a test bed differ in
        self,
        testbed: TestBed,
        operations: Sequence[Operation],
        own_keys: OwnKeys | None,
        *,
        settle: float,
        behind: float | None,
        first_wait: float,
    ) -> None:
        """Take a test bed.

        Args:
            testbed: Where exchanges are made.
            operations: The contract's.
            own_keys: Gives requests values of their own; None: they have none.
            settle: Seconds that are waited at the end of a run for what may still come.
            behind: Seconds that a batch's end waits for events that no answer waits for; None: they are pending.
            first_wait: Seconds that a batch waits for such events within its state of the world, before anything is
                known of how late they are; those that are owed for certain.
        """
        self._testbed = testbed
        self._settle = settle
        self._behind = behind
        self._senders = frozenset(operation.id for operation in operations if operation.events)
        keys = None if own_keys is None else own_keys.keys
        limit = testbed.time_limit
        self.attribution = Attribution(
            testbed.world.seed, operations, testbed.addresses, keys, testbed.setup_windows, wait=limit
        )
        self.law_contexts = {
            o.id: LawContext(o, testbed.world.seed, places=testbed.places, time_limit=limit) for o in operations
        }
        self.arrivals = Arrivals(
            testbed.world.services,
            testbed.world.state,
            self.law_contexts,
            now=testbed.clock.now,
            certain_wait=first_wait,
            gone=self._gone,
            waits=self._kept_waiting,
        )
        self._redirects = FollowedRedirects()
        self._overdue = Overdue(self.law_contexts, testbed.clock.now, gone=self._gone, in_all=LIMITS.awaited_in_all)
        self.faults: deque[float] = deque(maxlen=_MOST_FAULTS)
        self._over = 0.0  # when the last exchange was; by the clock, seconds

    @property
    def certainty(self) -> Certainty:
        """Says how sure it is whose an event is."""
        return self.attribution.certainty

    def over_in(self, now: float) -> float:
        """Return in how many seconds no exchange can send an event any more, by the clock; 0: none can."""
        return self.attribution.past.over_in(now)

    async def until_over(self, seconds: float) -> None:
        """Wait until no exchange can send an event any more, or for so many seconds."""
        left = self.over_in(self._testbed.clock.now())
        await asyncio.sleep(max(0.0, min(left, seconds)))

    @property
    def called(self) -> frozenset[str]:
        """The upstreams that were called."""
        return frozenset(self.attribution.calls.upstreams)

    @property
    def unexplained(self) -> int:
        """How many events arrived that belong to no exchange, and contain nothing of the run."""
        return self.attribution.unexplained

    @property
    def calls(self) -> dict[int, UpstreamCall]:
        """Upstream calls of late, by their number."""
        return self.attribution.calls.of_late

    def ended(self) -> float:
        """Take note that all that is under way is over; return when that was, by the clock, seconds."""
        self._over = self._testbed.clock.now()
        return self._over

    async def of_batch(
        self, exchanges: Sequence[Exchange], deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]
    ) -> Attributed:
        """Tie what was witnessed of a batch, and wait for what its answers lack."""
        tied = self.tie(exchanges, deliveries, calls)
        attributed = await self._followed(await self._overdue.of(tied, self.later, behind=self._behind))
        self._note_late(attributed)
        return attributed

    @contextlib.contextmanager
    def waiting_behind(self, seconds: float) -> Iterator[None]:
        """Wait at each batch's end for events that no answer waits for, where nothing comes after.

        Args:
            seconds: How long at most.
        """
        before, self._behind = self._behind, seconds
        try:
            yield
        finally:
            self._behind = before

    async def settle(self) -> Attributed:
        """Wait for what may still come when the last exchange is over, and tie it."""
        await asyncio.sleep(max(0.0, self._over + self._settle - self._testbed.clock.now()))
        return self.later()

    async def settle_for_good(self) -> Attributed:
        """Wait, at the end of a run, as long as what was sent last may get an event; tie what has come."""
        attributed = await self.settle()
        while not self._gone() and self._testbed.clock.now() - self._over < self.arrivals.last_wait:
            await asyncio.sleep(LIMITS.look)
            attributed = attributed.followed_by(self.later())
        return attributed

    def later(self) -> Attributed:
        """Tie what has come since the last batch to its exchanges, or to those before."""
        tied = self.tie((), *self._testbed.world.take())
        self._note_late(tied)
        return tied

    def tie(
        self, exchanges: Sequence[Exchange], deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]
    ) -> Attributed:
        """Tie what was witnessed to exchanges that another client has made, or to those before."""
        followed = [call for call in calls if call.post]
        rest = [call for call in calls if not call.post] if followed else calls
        tied = self._redirects.given(self.attribution.tie(exchanges, deliveries, rest), followed)
        self._over = max((self._over, *(exchange.over for exchange in exchanges)))
        self.arrivals.note((*tied.exchanges, *tied.late))
        return replace(tied, late=tuple(map(self._heard, tied.late)))

    def _heard(self, exchange: Exchange) -> Exchange:
        """Return an exchange for which something came late; it may have been sent in time to an ingest that failed."""
        came = max((delivery.received for delivery in exchange.deliveries), default=exchange.ended)
        timed = any(e.delivery.within_ms for e in self.law_contexts[exchange.case.operation].operation.events)
        return replace(exchange, unheard=True) if timed and self._failed(exchange.ended, came) else exchange

    def _failed(self, began: float, ended: float) -> bool:
        """Return whether an ingest was put out of order between two times; by the clock, seconds."""
        return any(began <= fault <= ended for fault in self.faults)

    def _note_late(self, attributed: Attributed) -> None:
        for exchange in attributed.late:
            came = max((delivery.received for delivery in exchange.deliveries), default=exchange.ended)
            self.arrivals.late(exchange, failed=self._failed(exchange.ended, came))

    def _kept_waiting(self, seconds: float) -> float:
        """Return for how many of the last seconds this machine kept the target, or bothends, waiting."""
        now = self._testbed.clock.now()
        return self._testbed.machine.waits(now - seconds, now).total

    async def _followed(self, attributed: Attributed) -> Attributed:
        """Return a batch with the calls that follow the redirects of its ingests; what comes later is late."""
        if not self._testbed.world.recorder.redirects:
            return attributed
        await self._testbed.world.recorder.followed(LIMITS.settle)
        return attributed.followed_by(self.later())

    def owes_event(self, exchange: Exchange) -> bool:
        """Whether an exchange has succeeded, and is of an operation that sends events."""
        return exchange.succeeded and exchange.case.operation in self._senders

    def _gone(self) -> bool:
        return self._testbed.target.died() is not None
