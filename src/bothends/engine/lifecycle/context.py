"""What a scenario works with: what it sends, and what it waits for, in a world and with a target of its own.

Each request about an object has one of its own, which is made just before: in a world that is well, by the process that
is there then. A target that keeps nothing has none of those of before its start.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bothends.cases import NO_SESSION, served_where_promised
from bothends.contract.settings import DRAINS
from bothends.engine.judge import Delay
from bothends.engine.lifecycle.results import ScenarioResults
from bothends.engine.lifecycle.target_process import TargetProcess
from bothends.engine.play import Batch
from bothends.engine.tie import untied
from bothends.laws import LACKING
from bothends.records import Answer, Case, Condition, Expectation, choice_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from bothends.contract import Contract
    from bothends.engine.lifecycle.probe import Probe
    from bothends.engine.play import ExchangeRunner
    from bothends.engine.testbed import TestBed
    from bothends.records import Exchange


SLOW_SHARE = 0.4
"""Part of its upstream timeout that a target has to wait: slow, but in time."""
AROUND_STOP = "around-stop"
"""Family of requests that a target may leave unanswered: it was killed, or not there yet, or about to end."""

IN_FLIGHT_LIMIT = 16
"""Exchanges that a scenario has under way at once, at most."""

IN_FLIGHT_COUNT = 6
"""Requests that are in flight when something happens to the target."""

_POLL = 0.005
_UNTIL = 5.0


class ScenarioContext:
    """What a scenario works with.

    Attributes:
        contract: What is verified.
        testbed: Of this scenario alone, or taken over from one that is over.
        world: Its world.
        tying: Ties what the world has witnessed to the exchanges.
        process: The process of its target.
        results: What it has shown.
        operation: What its requests are of.
        slow_ms: A pause, milliseconds, within the timeout of the target.
        part: Name of the part of the world that the scenario's requests wait for; empty: they wait for none.
        count: How many requests are under way at once: of an operation whose events nothing but the time ties to
            their requests, one. Two events that are equal byte for byte might be one that was sent again.
        fewer: How many of these the target has under way at most, where all were over and never more waited for a part
            of the world at once; else 0.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- it combines what a scenario works with
        self,
        contract: Contract,
        testbed: TestBed,
        exchange_runner: ExchangeRunner,
        name: str,
        probe: Probe,
        part: str = "",
        aside: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext,
        most: int = IN_FLIGHT_COUNT,
    ) -> None:
        """Take a test bed.

        Args:
            contract: What is verified.
            testbed: Of this scenario alone; its target is a launched one.
            exchange_runner: Makes the exchanges.
            name: The scenario's.
            probe: What the target is asked.
            part: Name of the part of the world that its requests wait for.
            aside: Lets another scenario be played for the length of a `with` block, in which this one only waits.
            most: How many requests are under way at once, at most: a target may take no more at a time.
        """
        self.process = TargetProcess(testbed, aside)
        self.contract = contract
        self.testbed = testbed
        self.world = testbed.world
        self.tying = exchange_runner.tying
        self.results = ScenarioResults(name, contract, testbed)
        self.operation = probe.operation
        self.slow_ms = int(contract.settings.world.upstream_timeout_ms * SLOW_SHARE)
        self.part = part
        self.count = 1 if probe.operation.id in untied(contract) else most
        self.fewer = 0
        self._exchange_runner = exchange_runner
        self._name = name
        self._request = probe.request
        self._began = testbed.clock.now()
        self._over_before = exchange_runner.sender.over
        self._first = exchange_runner.sender.exchanges + 1

    def slow(self, part: str) -> Condition:
        """Return the state of a part of the world that is slow, but in time."""
        return Condition.of("answers-after", part, ms=self.slow_ms)

    def keeps(self, promise: str) -> bool:
        """Whether the target has a guarantee."""
        return promise in self.contract.settings.target.guarantees

    def case(self, family: str, given: Sequence[Condition] = (), promise: str = "") -> Case:
        """Return the case of this scenario: a good request, which may be left unanswered.

        Args:
            family: Its family.
            given: The states of the world and the session.
            promise: The guarantee that it is about.
        """
        operation = self.operation
        nothing_due = family in (AROUND_STOP, LACKING)
        expect = Expectation(
            statuses=frozenset() if nothing_due else operation.success_statuses | operation.error_statuses,
            server_error=True,
            why="any declared answer; no event is lost or duplicated",
            any_answer=nothing_due or not self.keeps(DRAINS),
            absent=operation.absent_statuses,
        )
        if promise:
            expect = served_where_promised(expect, operation, promise)
        return Case(
            operation=operation.id,
            family=family,
            name=self._name,
            request=self._request,
            given=tuple(given),
            expect=expect,
        )

    def newcomers(self, given: Sequence[Condition], behaviours: Sequence[str]) -> list[Case]:
        """Return the cases of clients that come while others are served; no event of theirs may be another's.

        A target that stops may refuse them, close their connections or serve them: only their events are judged.
        """
        if self.count == 1 and behaviours and not self.operation.security.demanded:
            self.results.never("Nothing would tell the events of newcomers apart.")
            return []
        nobody = (NO_SESSION,) if self.count == 1 else ()
        case = self.case(AROUND_STOP, (*given, *nobody))
        return [replace(case, behaviour=behaviour) for behaviour in behaviours]

    @property
    def over(self) -> int:
        """How many exchanges are over of those that have begun last, though what they caused may still be under way."""
        return self._exchange_runner.sender.over - self._over_before

    async def begin(self, cases: Sequence[Case]) -> asyncio.Task[None]:
        """Begin with the exchanges of cases of one state of the world, all at once; the task ends when all are over."""
        await self._stock(cases)
        return asyncio.ensure_future(self._play(cases))

    def cases(self, family: str, given: Sequence[Condition] = (), promise: str = "") -> list[Case]:
        """Return the case of this scenario as often as it is under way at once; for the arguments, see `case`."""
        return [self.case(family, given, promise)] * self.count

    async def exchanges(self, family: str, given: Sequence[Condition] = (), count: int | None = None) -> None:
        """Make exchanges, all at once."""
        await self.play((self.case(family, given),) * (self.count if count is None else count))

    async def play(self, cases: Sequence[Case]) -> None:
        """Make the exchanges of cases of one state of the world, all at once, each about an object of its own."""
        await self._stock(cases)
        await self._play(cases)

    async def too_early(self) -> None:
        """Make an exchange that the target may not be there for: nobody could make an object for it."""
        cases = (self.case(AROUND_STOP),)
        self.results.played.append(await self._exchange_runner.play(_batch(cases)))

    async def _play(self, cases: Sequence[Case]) -> None:
        played = await self._exchange_runner.play(_batch(cases))
        self.results.played.append(played)
        self._look_for_objects(played.attributed.exchanges)

    async def _stock(self, cases: Sequence[Case]) -> None:
        """Make the objects of cases; from then on, what is over is counted."""
        ids = self._exchange_runner.sender.ids
        if ids is not None and ids.needed:
            family = LACKING if cases[0].family == LACKING else ""
            await ids.stock(_batch(cases), partial(self._made, family))
        self._over_before = self._exchange_runner.sender.over

    async def _made(self, family: str, batch: Batch) -> Sequence[Exchange]:
        """Play what makes objects, each with what it needs itself; return the exchanges.

        Args:
            family: The family in which they are judged; empty: as good requests.
            batch: The requests.
        """
        ids = self._exchange_runner.sender.ids
        if ids is not None:
            await ids.stock(batch, partial(self._made, family))
        if family:
            cases = tuple(replace(case, family=family, expect=self.case(family).expect) for case in batch.cases)
            batch = replace(batch, cases=cases)
        played = await self._exchange_runner.play(batch)
        self.results.played.append(played)
        return played.attributed.exchanges

    def _look_for_objects(self, exchanges: Sequence[Exchange]) -> None:
        """Note that nothing is proven where requests were about nothing, and were told just that."""
        answered = [(one.answer.status, one) for one in exchanges if isinstance(one.answer, Answer)]
        told = {status for status, one in answered if status in one.case.expect.absent}
        if not told or any(one.known or one.succeeded for _, one in answered):
            return
        makers = {one.case.operation for played in self.results.played for one in played.attributed.exchanges}
        if exchanges[0].case.family == LACKING and makers != {self.operation.id}:
            return  # who lets nobody make an object lets nobody in
        self.results.because(
            f"No object was known that {self.operation.id} could be about: each of its requests was answered "
            f"{choice_of(sorted(map(str, told)))}."
        )

    async def until(self, true: Callable[[], bool], what: str, never: Callable[[], bool] = lambda: False) -> bool:
        """Wait until something is so; what never comes is *not proven*.

        Args:
            true: Whether it is so.
            what: What, for a person to read.
            never: Whether it can't come to be so any more.
        """
        for _ in range(int(_UNTIL / _POLL)):
            if true():
                return True
            if never():
                break
            await asyncio.sleep(_POLL)
        self.results.never(f"It never happened that {what}.")
        self.results.excuse_delay(self.since_begun(self.slow_ms / 1000))
        return False

    async def in_flight(self, upstream: str) -> bool:
        """Wait until all requests have come as far as an upstream, and wait for it."""
        waiting = (
            f"{self.count} requests waited for {upstream}" if self.count > 1 else f"a request waited for {upstream}"
        )
        most = 0

        def all_wait() -> bool:
            nonlocal most
            most = max(most, self.world.services.in_progress(upstream))
            return most >= self.count

        awaited = all(event.delivery.answer == "after" for event in self.operation.events)
        there = await self.until(all_wait, waiting, lambda: awaited and self.over >= self.count)
        self.fewer = 0 if there or self.over < self.count else most
        return there

    async def settle(self) -> None:
        """Wait for what may come late, and tie it to the exchanges that it belongs to."""
        self.results.take_late(await self.tying.settle())

    async def left_clean(self) -> bool:
        """Wait for what may come late; return whether the target is as one that was just started, and has served once.

        Nothing is to be said against it, its last request has succeeded, nothing comes late, and it holds no more
        threads, connections and memory than when it was ready. What can't be known is not so.
        """
        if not self.results.is_clean:
            return False
        late = await self.tying.settle()
        came = late.late or late.phantoms or late.unexplained
        made = [exchange for played in self.results.played for exchange in played.attributed.exchanges]
        if came or not made or not isinstance(made[-1].answer, Answer) or not made[-1].answer.success:
            return False
        return self.process.holds_no_more

    @property
    def disturbed(self) -> bool:
        """Whether something came that belongs to what was played before it on the same target."""
        late = (exchange for played in self.results.played for exchange in played.attributed.late)
        return any(exchange.number < self._first for exchange in late)

    def since_begun(self, seconds: float) -> Delay:
        """Return that something took so much longer, seconds, since the scenario began."""
        return Delay(seconds, self._began, self.testbed.clock.now())


def _batch(cases: Sequence[Case]) -> Batch:
    """Return the batch of cases of one state of the world, all at once."""
    return Batch(cases[0].given, tuple(cases), concurrency=len(cases))
