"""Plays a wave: puts the world into its state, makes the exchanges, and ties what was witnessed to them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.engine.attribution import Attributed, Attribution
from bothends.records import Answer, Exchange

if TYPE_CHECKING:
    from bothends.engine.stage import Stage
    from bothends.engine.waves import Wave
    from bothends.records import Case, Delivery, UpstreamCall

SETTLE_SECONDS = 0.3
"""How long an event may still be under way when an answer that promised it is there without it."""

QUIET_SECONDS = 5.0
"""How long the world waits for a target to let go of a faulty upstream before it goes on."""


@dataclass(frozen=True, slots=True)
class Played:
    """A wave that was played.

    Attributes:
        wave: What was played.
        attributed: Its exchanges with what belongs to each.
        fired: How often each state of the world was met.
    """

    wave: Wave
    attributed: Attributed
    fired: dict[str, int]


class Player:
    """Makes exchanges on a stage, and numbers them.

    Attributes:
        exchanges: Exchanges begun so far.
        over: Exchanges that are over, answered or not; what they caused may still be under way.
    """

    def __init__(self, stage: Stage, concurrency: int) -> None:
        """Take a stage.

        Args:
            stage: Where to play.
            concurrency: How many exchanges of a wave are under way at once.
        """
        self._stage = stage
        self._concurrency = concurrency
        self._attribution = Attribution(stage.world.seed)
        self._waves = 0
        self.exchanges = 0
        self.over = 0

    @property
    def calls(self) -> dict[int, UpstreamCall]:
        """Upstream calls of late, by their number."""
        return self._attribution.calls

    async def play(self, wave: Wave) -> Played:
        """Play a wave, and leave the world well again."""
        self._waves += 1
        world = self._stage.world
        world.set(wave.given)
        try:
            exchanges, stale = await self._exchanges(wave)
            deliveries, calls = await self._witnessed(wave, exchanges)
            fired = dict(world.fired())
        finally:
            world.set(())
        attributed = self._attribution.tie([*exchanges, *stale], deliveries, calls)
        unworked = {e.number for e in stale}
        counted = tuple(e for e in attributed.exchanges if e.number not in unworked or e.deliveries)
        return Played(wave, replace(attributed, exchanges=counted), fired)

    async def settle(self) -> Attributed:
        """Wait for what may still come at the end of a run, and tie it."""
        await asyncio.sleep(SETTLE_SECONDS)
        deliveries, calls = self._stage.world.take()
        return self._attribution.tie((), deliveries, calls)

    async def _exchanges(self, wave: Wave) -> tuple[list[Exchange], list[Exchange]]:
        """Make a wave's exchanges; return them, and those that found a connection closed."""
        cases = enumerate(wave.cases)
        made: list[Exchange | None] = [None] * len(wave.cases)
        stale: list[Exchange] = []
        first = self.exchanges + 1
        self.exchanges += len(wave.cases)

        async def work() -> None:
            for index, case in cases:
                made[index] = await self._exchange(first + index, case, wave, stale)

        workers = min(wave.concurrency or self._concurrency, len(wave.cases))
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
        return [exchange for exchange in made if exchange is not None], stale

    async def _exchange(self, number: int, case: Case, wave: Wave, stale: list[Exchange]) -> Exchange:
        exchange, is_stale = await self._attempt(number, case, wave, fresh=False)
        if not is_stale:
            return exchange
        # A kept connection that ends before any byte of an answer may have been closed while it was
        # idle (RFC 9112 section 9.3.1). So the case is sent once more, by another caller, on a connection
        # of its own; and the first one counts only if the target turns out to have worked on it.
        stale.append(exchange)
        self.exchanges += 1
        again, _ = await self._attempt(self.exchanges, case, wave, fresh=True)
        return again

    async def _attempt(self, number: int, case: Case, wave: Wave, *, fresh: bool) -> tuple[Exchange, bool]:
        signed_in = self._stage.world.sign_in(number, case.given, wave.user)
        request = replace(case.request, headers=(*case.request.headers, *signed_in.headers))
        sent = await self._stage.client.send(request, signed_in.cookies, fresh=fresh)
        self.over += 1
        exchange = Exchange(
            number=number,
            case=case,
            session=signed_in.session,
            sent=sent.request,
            answer=sent.answer,
            began=sent.began,
            ended=sent.ended,
            wave=self._waves,
            peers=len(wave.cases),
        )
        return exchange, sent.stale

    async def _witnessed(self, wave: Wave, exchanges: list[Exchange]) -> tuple[list[Delivery], list[UpstreamCall]]:
        world = self._stage.world
        # A target that has answered may still hold a call open to a faulty upstream: its end belongs
        # to this wave. In a healthy world, whatever is open belongs to nobody who waits for it.
        await world.quiet(QUIET_SECONDS if wave.given else SETTLE_SECONDS)
        deliveries, calls = world.take()
        promised = sum(isinstance(e.answer, Answer) and e.answer.success for e in exchanges)
        if promised > sum(d.acknowledged for d in deliveries) and not wave.given:
            await asyncio.sleep(SETTLE_SECONDS)
            more, more_calls = world.take()
            deliveries, calls = deliveries + more, calls + more_calls
        return deliveries, calls
