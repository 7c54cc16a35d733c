"""Makes the exchanges of a batch, and ties to them what the world has witnessed."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from bothends.engine.play.batches import Batch, Scope
from bothends.engine.play.exchanges import Exchanges, until_there
from bothends.engine.play.overdue import Overdue
from bothends.engine.play.pending import LIMITS
from bothends.engine.play.played import Played, Recording, Row, Rows
from bothends.engine.play.steps import Step, Together, fired_of
from bothends.engine.play.timeouts import TimeoutBudget
from bothends.engine.play.tying import Tying
from bothends.engine.tie import Attributed
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

    from bothends.contract import Operation
    from bothends.engine.play.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Delivery, Exchange, UpstreamCall
    from bothends.world import Teller


QUIET_SECONDS = 5.0
"""How long the world waits for a target to let go of a faulty upstream before it goes on."""


class ExchangeRunner:
    """Makes the exchanges of batches on a test bed.

    Attributes:
        sender: Sends their requests, and numbers them.
        timeout_budget: What is left of it with a target that does not answer.
        pace: Whether the target gets slower.
        tying: Ties what the world has witnessed to them.
        own_keys: Gives requests values of their own; None: they have none.
        witness: Is handed all exchanges that the target had, whatever they are for: what they have taken is taken.
    """

    def __init__(  # noqa: PLR0913 -- it combines what playing takes
        self,
        testbed: TestBed,
        concurrency: int,
        operations: Sequence[Operation],
        *,
        settle: float = LIMITS.settle,
        one_at_a_time: Collection[str] = (),
        own_keys: OwnKeys | None = None,
        behind: float | None = None,
        first_wait: float = LIMITS.first,
    ) -> None:
        """Take a test bed, and the rest as `Exchanges` and `Tying` do."""
        self._testbed = testbed
        self.own_keys = own_keys
        self.witness: Callable[[Sequence[Exchange]], None] = lambda _: None
        self._exchanges = Exchanges(
            testbed, operations, concurrency=concurrency, one_at_a_time=one_at_a_time, own_keys=own_keys
        )
        self.sender = self._exchanges.sender
        self.timeout_budget = self._exchanges.timeout_budget
        self.pace = self._exchanges.pace
        self.tying = Tying(testbed, operations, own_keys, settle=settle, behind=behind, first_wait=first_wait)

    async def play(self, batch: Batch) -> Played:
        """Play a batch, and leave the world well again.

        A case of which nobody can know whether the target ever had its request is played once more when all of the
        batch is over: as a case of its own, by another caller. What became of the first stays as it was witnessed.
        """
        played, again = await self._tied(await self._record(batch))
        if not again:
            return played
        # From then on the client keeps no connection, so this can't be so again.
        for some in _asked_again(batch, again):
            more, _ = await self._tied(await self._record(some))
            played = _both(played, more)
        return played

    async def _record(self, batch: Batch) -> Recording:
        """Make the exchanges of a batch, and leave the world well again; what came of them is to be `tied`."""
        self.sender.batches += 1
        await self._testbed.renew()
        world = self._testbed.world
        dropped, left_out = world.recorder.dropped, self._exchanges.left_out
        began = self._testbed.clock.now()
        if breaks_an_ingest(batch, world.services.ingests) or any(case.kill is not None for case in batch.cases):
            self.tying.faults.append(began)
        try:
            world.state.set(())
            async with self._testbed.connected_anew() if batch.own_connection else contextlib.nullcontext():
                steps = await self._together(batch)
            exchanges = [e if step.met(e) else self._or_success(e) for step in steps for e in step.exchanges]
            deliveries, calls = await self._recorded(batch, exchanges)
            fired = fired_of(steps, self._exchanges.met | world.state.fired())
        finally:
            world.state.set(())
            self._exchanges.met = {}
        ended = self.tying.ended()
        return Recording(
            batch,
            tuple(Overdue.since_well(exchanges, ended)),
            deliveries,
            calls,
            fired,
            left_out=self._exchanges.left_out - left_out,
            dropped=world.recorder.dropped - dropped,
            began=began,
            ended=ended,
        )

    async def _tied(self, recording: Recording) -> tuple[Played, tuple[Case, ...]]:
        """Return what came of a batch, and those cases that are to be played again."""
        dropped, began = self._testbed.world.recorder.dropped, self._testbed.clock.now()
        attributed = await self.tying.of_batch(recording.exchanges, recording.deliveries, recording.calls)
        self.witness(attributed.exchanges)
        # Of what was perhaps never executed there is nothing to say, unless it shows that it was.
        counted = tuple(e for e in attributed.exchanges if not e.excuse or e.deliveries)
        again = tuple(e.case for e in attributed.exchanges if e.excuse and not e.case.behaviour and e.first is None)
        attributed = replace(attributed, exchanges=counted)
        waited = self._testbed.clock.now() - began
        return recording.played(attributed, waited, self._testbed.world.recorder.dropped - dropped), again

    async def _together(self, batch: Batch) -> list[Step]:
        """Play a batch, or those of which it is made; the faults of some may be for their own exchanges alone."""
        world, exchanges = self._testbed.world, self._exchanges
        steps = exchanges.steps(batch.together or (batch,))
        own = [step for step in steps if step.batch.scope is Scope.EXCHANGE]
        operations = {
            number: case.operation for step in own for number, case in zip(step.numbers, step.batch.cases, strict=True)
        }
        with world.own_faults.keyed(self.tying.attribution.teller(operations)) if own else contextlib.nullcontext():
            slots, until_met = exchanges.slots(steps), batch.waits
            together = Together(world, steps, slots, send=exchanges.send, end=self._there, until_met=until_met)
            await together.play()
            exchanges.left_out += len(together.scheduler.left_out)
            for step in own:
                met = world.own_faults.met(step.numbers)
                step.fired, step.unmet = {step.batch.given[0]: len(met)}, frozenset(step.numbers) - met
        return [step for step in steps if step.begun]

    async def _there(self, step: Step) -> None:
        await until_there(step, self.tying.arrivals)

    @contextlib.contextmanager
    def _told(self, teller: Teller, *, calls: bool) -> Iterator[None]:
        """Let the world tell deliveries by their exchanges, and calls to upstreams as well if that is asked for."""
        with self._testbed.world.own_faults.keyed(teller, self.sender.own_calls.teller if calls else None):
            if calls:
                self.sender.own_calls.begin()
            try:
                yield
            finally:
                self.sender.own_calls.end()

    async def calls_tell(self, batch: Batch, upstream: str, play: Callable[[Batch], Awaitable[object]]) -> bool:
        """Return whether calls to an upstream tell their exchanges: a batch of good requests shows it."""
        before, first = max(self.tying.calls, default=0), self.sender.exchanges + 1
        with self._told(lambda _: None, calls=True):
            await play(batch)
        numbers = set(range(first, self.sender.exchanges + 1))
        own = [call for number, call in self.tying.calls.items() if number > before and call.upstream == upstream]
        return len(numbers) == len(batch.cases) and {call.exchange for call in own} == numbers

    async def play_side_by_side(self, rows: Sequence[Sequence[Batch]], at_once: int, *, calls: bool = False) -> Rows:
        """Play faults side by side, each for the requests of its own exchange alone.

        Args:
            rows: Batches of one case each that are played in turn: one with a fault, and good requests after it.
            at_once: How many rows whose faults hold a connection are under way at once, at most.
            calls: Whether the faults are of an upstream, whose calls tell their exchanges.
        """
        await self._testbed.renew()
        world, began = self._testbed.world, self._testbed.clock.now()
        dropped = world.recorder.dropped
        if not calls:
            self.tying.faults.append(began)
        self.sender.batches += sum(map(len, rows))
        steps = self._exchanges.steps([batch for row in rows for batch in row])
        budget, every = TimeoutBudget(), iter(steps)
        numbered = [[next(every) for _ in row] for row in rows]
        for step in steps:
            step.budget = budget
        operations = {step.numbers[0]: step.batch.cases[0].operation for step in steps}

        async def end(step: Step) -> None:
            step.fired = world.own_faults.disarm(step.numbers[0])

        with self._told(self.tying.attribution.teller(operations), calls=calls):
            slots = self._exchanges.rows(numbered, at_once)
            await Together(world, steps, slots, send=self._exchanges.send, end=end).play()
            exchanges = [exchange for step in steps for exchange in step.made.values()]
            given = tuple(condition for step in steps for condition in step.batch.given)
            together = Batch(given, tuple(step.batch.cases[0] for step in steps))
            deliveries, made_calls = await self._recorded(together, exchanges)
            untold = 0 if calls else world.own_faults.untold
        attributed = await self.tying.of_batch(exchanges, deliveries, made_calls)
        self.witness(attributed.exchanges)
        ended, lost = self.tying.ended(), world.recorder.dropped - dropped
        tied = {exchange.number: _own_part(attributed, exchange) for exchange in attributed.exchanges}

        def played(step: Step) -> Played | None:
            own = tied.get(step.numbers[0])
            if own is None:
                return None
            return Played(step.batch, own, step.fired or {}, dropped=lost, began=began, ended=ended)

        rest = Attributed((), attributed.late, attributed.phantoms, unexplained=attributed.unexplained)
        return Rows(tuple(_row_of([played(step) for step in row]) for row in numbered), rest, untold)

    def _or_success(self, exchange: Exchange) -> Exchange:
        """Return an exchange that has not met its fault with a success being right as well."""
        case = exchange.case
        if case.expect.refused or not case.expect.statuses:
            return exchange
        right = case.expect.statuses | self.tying.law_contexts[case.operation].operation.success_statuses
        return replace(exchange, case=replace(case, expect=replace(case.expect, statuses=right)))

    async def _recorded(self, batch: Batch, exchanges: list[Exchange]) -> tuple[list[Delivery], list[UpstreamCall]]:
        """Return what the world has witnessed of a batch."""
        world = self._testbed.world
        gone = [e.ended for e in exchanges if e.case.behaviour and not isinstance(e.answer, Answer)]
        if gone:
            # Its client has gone, perhaps while the target was at work: what follows is of this batch all the same.
            await world.services.quiet(QUIET_SECONDS)
            await asyncio.sleep(max(gone) + LIMITS.settle - self._testbed.clock.now())
        # A target that has answered may still hold a call open to a faulty upstream: its end belongs
        # to this batch. In a healthy world, an open call belongs to no waiting client; and what has
        # outlasted every client may never end.
        answered = any(isinstance(exchange.answer, Answer) for exchange in exchanges)
        await world.services.quiet(QUIET_SECONDS if batch.given and answered else LIMITS.settle)
        deliveries, calls = world.take()
        promised = sum(self.tying.arrivals.expects(e) for e in exchanges if not e.repeated)
        came = sum(d.acknowledged for d in deliveries if d.at_callback)
        if promised > came and not batch.given:
            await asyncio.sleep(LIMITS.settle)
            more, more_calls = world.take()
            deliveries, calls = deliveries + more, calls + more_calls
        return deliveries, calls


def breaks_an_ingest(batch: Batch, ingests: Collection[str]) -> bool:
    """Return whether an ingest is out of order while a batch is played."""
    given = chain(batch.given, *(case.given for case in batch.cases))
    return any(condition.subject in ingests for condition in given)


def _own_part(attributed: Attributed, exchange: Exchange) -> Attributed:
    """Return what belongs to one exchange of several that were tied together."""
    number = exchange.number
    return Attributed(
        (exchange,),
        swapped={one: others for one, others in attributed.swapped.items() if one == number},
        misplaced=frozenset(pair for pair in attributed.misplaced if pair[0] == number),
        mixed={one: others for one, others in attributed.mixed.items() if one == number},
    )


def _row_of(played: Sequence[Played | None]) -> Row:
    """Return what came of a fault and the good requests after it; of one of them nothing: they were left out."""
    every = tuple(one for one in played if one is not None)
    if len(every) < len(played):
        return Row((), whole=False)
    met = all(one.fired.get(condition, 0) > 0 for one in every for condition in one.batch.given)
    return Row(every, met and not any(exchange.excuse for one in every for exchange in one.attributed.exchanges))


def _asked_again(batch: Batch, cases: Sequence[Case]) -> Iterator[Batch]:
    """Yield what plays some cases of a batch again, each batch in one state of the world."""
    if not batch.together:
        yield replace(batch, cases=tuple(cases))
        return
    for part in batch.steps:
        labels = {(case.operation, case.label) for case in part.cases}
        if own := tuple(case for case in cases if (case.operation, case.label) in labels):
            yield replace(part, cases=own)


def _both(first: Played, second: Played) -> Played:
    """Return what came of a batch of which a part was played once more."""
    return replace(
        first,
        attributed=first.attributed.followed_by(second.attributed),
        fired={name: count + second.fired.get(name, 0) for name, count in (second.fired | first.fired).items()},
        left_out=first.left_out + second.left_out,
        dropped=first.dropped + second.dropped,
        ended=second.ended,
    )
