"""What a workbench has while it is open: a world and a target in a thread, and who plays, sees and judges there."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from bothends.engine import Interruption
from bothends.engine.judge import Excuses, judge_for
from bothends.engine.play import LIMITS, ExchangeRunner, Observer, Pending
from bothends.engine.testbed import open_testbed, target_lock
from bothends.engine.tie import Attributed
from bothends.workbench.background import Background, waited_for
from bothends.workbench.late import Late

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from concurrent.futures import Future

    from bothends.contract import Contract
    from bothends.engine import Options
    from bothends.engine.testbed import TestBed
    from bothends.launch import TargetLock
    from bothends.records import Breach, Exchange

T = TypeVar("T")


class Opened:
    """A workbench that is open. Its coroutines belong to the thread of `run`.

    Attributes:
        contract: What is verified.
        testbed: The world, the target and the client.
        judge: Who judges exchanges.
        exchange_runner: Who makes exchanges, and numbers them: there can be but one.
        observer: Who sees what clients send.
        late: What comes behind answers.
    """

    def __init__(self, background: Background, testbed: TestBed, contract: Contract) -> None:
        """Take the thread, and what was opened in it."""
        limit = contract.settings.judged_time_limit_ms / 1000
        self._background = background
        self.contract = contract
        self.testbed = testbed
        self.judge = judge_for(contract, testbed)
        self._excuses = Excuses(contract, testbed.machine)
        self.exchange_runner = ExchangeRunner(testbed, 1, contract.operations, settle=0.0, behind=limit)
        self.exchange_runner.witness = self.judge.note_taken
        self.observer = Observer(testbed, self.exchange_runner)
        self.late = Late()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin some work in the thread in which the world lives."""
        return self._background.submit(work)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work in the thread in which the world lives, and wait for it."""
        return waited_for(self.submit(work))

    def at_close(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have something done before the target is stopped."""
        self._background.at_end(work)

    def close(self) -> None:
        """Stop the target, then the world."""
        self._background.end()

    async def restart(self) -> None:
        """Stop the target, when it still runs, and start it again."""
        await self.testbed.target.stop()
        await self.testbed.start()

    async def until(self, over: Callable[[], bool], within: float | None = None) -> None:
        """Look at what comes, until something holds, the target has died or the time is up."""
        clock, target = self.testbed.clock, self.testbed.target
        began = clock.now()
        while True:
            self.observer.look()
            self.late.take(self.observer.taken())
            if over() or (within is not None and clock.now() - began >= within) or target.died() is not None:
                return
            await asyncio.sleep(LIMITS.look)

    async def with_its_events(self, exchange: Exchange) -> Exchange:
        """Return an exchange when what it lacks has come, or had its time on this machine."""
        testbed, tying = self.testbed, self.exchange_runner.tying
        pending = Pending[None].of_run(self.contract, tying.law_contexts, testbed.machine)
        attributed, _ = pending.take(Attributed((self.late.latest(exchange),)), None)
        if attributed.exchanges:
            return attributed.exchanges[0]
        whole: list[Exchange] = []

        def over() -> bool:
            latest = self.late.latest(exchange)
            if latest.deliveries:
                whole.extend(pending.take(Attributed((), late=(latest,)), None)[0].exchanges)
            return bool(whole) or (now := testbed.clock.now()) >= pending.due(now)

        await self.until(over)
        whole.extend(
            pending.rest(testbed.clock.now(), tying.faults, hangs=testbed.world.services.lets_deliveries_hang)[0]
        )
        return whole[0]

    def excused(self, exchange: Exchange) -> Exchange:
        """Return an exchange as it is to be judged: this machine, or bothends itself, may be why something is late."""
        return self._excuses.take(exchange) or exchange

    async def settled(self, within: float | None) -> list[Breach]:
        """Return what late events have broken, after a wait; see `Workbench.settle`."""
        tying, clock = self.exchange_runner.tying, self.testbed.clock
        await asyncio.sleep(LIMITS.settle)
        if within is None:
            await self.until(lambda: not self.late.awaited(tying.law_contexts, clock.now()))
        else:
            await self.until(lambda: not self.late.awaited(tying.law_contexts), within)
        self.late.take([await tying.settle()])
        late = self.late.taken()
        late = [replace(one, late=tuple(self.excused(e) for e in one.late if e.case.operation)) for one in late]
        judged = [one for attributed in late for one in self.judge.batch(attributed, tying.calls)]
        phantoms = [breach for attributed in late for breach in self.judge.phantoms(attributed)]
        return [*(breach for one in judged for breach in one.breaches), *phantoms]


def open_in_background(contract: Contract, options: Options, seed: int, *, log: str, turns: str) -> Opened:
    """Start the world, then the target, in a thread of their own, as `Workbench.open` does."""
    background = Background()
    try:
        lock = target_lock(contract, options, group=turns) if turns else None
        testbed = background.enter(_testbed(contract, options, seed, log=log, lock=lock))
        return Opened(background, testbed, contract)
    except BaseException:
        background.end()
        raise


@contextlib.asynccontextmanager
async def _testbed(
    contract: Contract, options: Options, seed: int, *, log: str, lock: TargetLock | None
) -> AsyncIterator[TestBed]:
    """Have the test bed, and hold the lock from before the target is launched to its end."""
    if lock is not None:
        await lock.acquire()
    try:
        async with open_testbed(contract, options, seed, Interruption(), log=log, lock=lock) as testbed:
            yield testbed
    finally:
        if lock is not None:
            lock.release()
