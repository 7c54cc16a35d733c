"""Makes the exchanges of a batch, and ties to them what the world has witnessed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from bothends.engine.play.arrivals import Arrivals
from bothends.engine.play.batches import Batch
from bothends.engine.play.exchanges import Exchanges, until_there
from bothends.engine.play.overdue import Overdue
from bothends.engine.play.pending import LIMITS, WaitBudget
from bothends.engine.play.played import Played, Recording, Row, Rows
from bothends.engine.play.redirects import FollowedRedirects
from bothends.engine.play.steps import Step, Together, fired_of
from bothends.engine.play.timeouts import TimeoutBudget
from bothends.engine.tie import Attributed, Attribution
from bothends.laws import LawContext
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

    from bothends.contract import Operation
    from bothends.engine.play.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Certainty
    from bothends.records import Case, Delivery, Exchange, UpstreamCall
    from bothends.world import Teller


_SHORTER = 4
"""By how much less is waited for what is pending each time that it was in vain."""

_MOST_FAULTS = 4096

QUIET_SECONDS = 5.0
"""How long the world waits for a target to let go of a faulty upstream before it goes on."""


class ExchangeRunner:
    """Makes the exchanges of batches on a test bed.

    Attributes:
        sender: Sends their requests, and numbers them.
        timeout_budget: What is left of it with a target that does not answer.
        pace: Whether the target gets slower.
        law_contexts: The operations under test and where the world is, by the operations' ids.
        faults: When an ingest was put out of order, of late; by the clock, seconds.
        barrier: What is left for waits for what is pending, before something that must not come between.
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
        """Take a test bed.

        Args:
            testbed: Where to play.
            concurrency: How many exchanges of a batch are under way at once.
            operations: The contract's.
            settle: Seconds that are waited at the end of a run for what may still come.
            one_at_a_time: The operations whose events nothing ties to their requests but the time.
            own_keys: Gives the requests of others of them values of their own; None: they have none.
            behind: Seconds that a batch's end waits for events that no answer waits for; None: they are pending.
            first_wait: Seconds that a batch waits for such events within its state of the world, before anything is
                known of how late they are; those that are owed for certain.
        """
        self._testbed = testbed
        self._settle = settle
        self._senders = frozenset(operation.id for operation in operations if operation.events)
        self._exchanges = Exchanges(
            testbed, operations, concurrency=concurrency, one_at_a_time=one_at_a_time, own_keys=own_keys
        )
        self.sender = self._exchanges.sender
        self.timeout_budget = self._exchanges.timeout_budget
        self.pace = self._exchanges.pace
        self._own_calls = self.sender.own_calls
        keys = None if own_keys is None else own_keys.keys
        limit = testbed.time_limit
        self._attribution = Attribution(
            testbed.world.seed, operations, testbed.addresses, keys, testbed.setup_windows, wait=limit
        )
        self.law_contexts = {
            o.id: LawContext(o, testbed.world.seed, places=testbed.places, time_limit=limit) for o in operations
        }
        self._arrivals = Arrivals(
            testbed.world,
            self.law_contexts,
            now=testbed.clock.now,
            certain_wait=first_wait,
            gone=self._gone,
            waits=self._kept_waiting,
        )
        self._redirects = FollowedRedirects()
        self._overdue = Overdue(self.law_contexts, testbed.clock.now, gone=self._gone, in_all=LIMITS.awaited_in_all)
        self._behind = behind
        self.faults: deque[float] = deque(maxlen=_MOST_FAULTS)
        self.barrier = WaitBudget(shorter=_SHORTER)
        self._over = 0.0  # when the last exchange was; by the clock, seconds

    @property
    def certainty(self) -> Certainty:
        """Says how sure it is whose an event is."""
        return self._attribution.certainty

    def over_in(self, now: float) -> float:
        """Return in how many seconds no exchange can send an event any more, by the clock; 0: none can."""
        return self._attribution.past.over_in(now)

    async def until_over(self, seconds: float) -> None:
        """Wait until no exchange can send an event any more, or for so many seconds."""
        left = self.over_in(self._testbed.clock.now())
        await asyncio.sleep(max(0.0, min(left, seconds)))

    @property
    def called(self) -> frozenset[str]:
        """The upstreams that were called."""
        return frozenset(self._attribution.called)

    @property
    def unexplained(self) -> int:
        """How many events arrived that belong to no exchange, and contain nothing of the run."""
        return self._attribution.unexplained

    @property
    def calls(self) -> dict[int, UpstreamCall]:
        """Upstream calls of late, by their number."""
        return self._attribution.calls

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
        dropped, left_out = world.dropped, self._exchanges.left_out
        began = self._testbed.clock.now()
        if breaks_an_ingest(batch, world.ingests):
            self.faults.append(began)
        try:
            world.set(())
            async with self._testbed.connected_anew() if batch.own_connection else contextlib.nullcontext():
                steps = await self._together(batch)
            exchanges = [e if step.met(e) else self._or_success(e) for step in steps for e in step.exchanges]
            deliveries, calls = await self._recorded(batch, exchanges)
            fired = fired_of(steps, self._exchanges.met | world.fired())
        finally:
            world.set(())
            self._exchanges.met = {}
        self._over = ended = self._testbed.clock.now()
        return Recording(
            batch,
            tuple(self._overdue.since_well(exchanges, ended)),
            deliveries,
            calls,
            fired,
            left_out=self._exchanges.left_out - left_out,
            dropped=world.dropped - dropped,
            began=began,
            ended=ended,
        )

    async def _tied(self, recording: Recording) -> tuple[Played, tuple[Case, ...]]:
        """Return what came of a batch, and those cases that are to be played again."""
        dropped, began = self._testbed.world.dropped, self._testbed.clock.now()
        attributed = self.tie(recording.exchanges, recording.deliveries, recording.calls)
        attributed = await self._followed(await self._with_overdue(attributed))
        self._note_late(attributed)
        # Of what was perhaps never executed there is nothing to say, unless it shows that it was.
        counted = tuple(e for e in attributed.exchanges if not e.excuse or e.deliveries)
        again = tuple(e.case for e in attributed.exchanges if e.excuse and not e.case.behaviour and e.first is None)
        attributed = replace(attributed, exchanges=counted)
        waited = self._testbed.clock.now() - began
        return recording.played(attributed, waited, self._testbed.world.dropped - dropped), again

    async def _with_overdue(self, attributed: Attributed) -> Attributed:
        return await self._overdue.of(attributed, self.later, behind=self._behind)

    async def _followed(self, attributed: Attributed) -> Attributed:
        """Return a batch with the calls that follow the redirects of its ingests; what comes later is late."""
        if not self._testbed.world.redirected:
            return attributed
        await self._testbed.world.followed(LIMITS.settle)
        return attributed.followed_by(self.later())

    async def _together(self, batch: Batch) -> list[Step]:
        """Play a batch, or those of which it is made; the faults of some may be for their own exchanges alone."""
        world, exchanges = self._testbed.world, self._exchanges
        steps = exchanges.steps(batch.parallel_timeouts or (batch,))
        own = [step for step in steps if step.batch.own_fault]
        operations = {
            number: case.operation for step in own for number, case in zip(step.numbers, step.batch.cases, strict=True)
        }
        with world.keyed(self._attribution.teller(operations)) if own else contextlib.nullcontext():
            slots, until_met = exchanges.slots(steps), bool(batch.parallel_timeouts)
            together = Together(world, steps, slots, send=exchanges.send, end=self._there, until_met=until_met)
            await together.play()
            exchanges.left_out += len(together.scheduler.left_out)
            for step in own:
                met = world.met(step.numbers)
                step.fired, step.unmet = {step.batch.given[0]: len(met)}, frozenset(step.numbers) - met
        return [step for step in steps if step.begun]

    async def _there(self, step: Step) -> None:
        await until_there(step, self._arrivals)

    @contextlib.contextmanager
    def _told(self, teller: Teller, *, calls: bool) -> Iterator[None]:
        """Let the world tell deliveries by their exchanges, and calls to upstreams as well if that is asked for."""
        with self._testbed.world.keyed(teller, self._own_calls.teller if calls else None):
            if calls:
                self._own_calls.begin()
            try:
                yield
            finally:
                self._own_calls.end()

    async def calls_tell(self, batch: Batch, upstream: str, play: Callable[[Batch], Awaitable[object]]) -> bool:
        """Return whether calls to an upstream tell their exchanges: good requests at the same time show it.

        Args:
            batch: The good requests.
            upstream: The upstream's name.
            play: Plays them.
        """
        before, first = max(self.calls, default=0), self.sender.exchanges + 1
        with self._told(lambda _: None, calls=True):
            await play(batch)
        numbers = set(range(first, self.sender.exchanges + 1))
        own = [call for number, call in self.calls.items() if number > before and call.upstream == upstream]
        return len(numbers) == len(batch.cases) and {call.exchange for call in own} == numbers

    async def play_keyed(self, rows: Sequence[Sequence[Batch]], at_once: int, *, calls: bool = False) -> Rows:
        """Play faults side by side, each for the requests of its own exchange alone.

        Args:
            rows: Batches of one case each that are played in turn: one with a fault, and good requests after it.
            at_once: How many rows whose faults hold a connection are under way at once, at most.
            calls: Whether the faults are of an upstream, whose calls tell their exchanges.
        """
        await self._testbed.renew()
        world, began = self._testbed.world, self._testbed.clock.now()
        dropped = world.dropped
        if not calls:
            self.faults.append(began)
        self.sender.batches += sum(map(len, rows))
        steps = self._exchanges.steps([batch for row in rows for batch in row])
        budget, every = TimeoutBudget(), iter(steps)
        numbered = [[next(every) for _ in row] for row in rows]
        for step in steps:
            step.budget = budget
        operations = {step.numbers[0]: step.batch.cases[0].operation for step in steps}

        async def end(step: Step) -> None:
            step.fired = world.disarm(step.numbers[0])

        with self._told(self._attribution.teller(operations), calls=calls):
            slots = self._exchanges.rows(numbered, at_once)
            await Together(world, steps, slots, send=self._exchanges.send, end=end).play()
            exchanges = [exchange for step in steps for exchange in step.made.values()]
            given = tuple(condition for step in steps for condition in step.batch.given)
            together = Batch(given, tuple(step.batch.cases[0] for step in steps))
            deliveries, made_calls = await self._recorded(together, exchanges)
            untold = 0 if calls else world.untold
        attributed = await self._followed(await self._with_overdue(self.tie(exchanges, deliveries, made_calls)))
        self._note_late(attributed)
        self._over = ended = self._testbed.clock.now()
        lost = world.dropped - dropped
        tied = {exchange.number: exchange for exchange in attributed.exchanges}

        def played(step: Step) -> Played:
            number = step.numbers[0]
            own = Attributed(
                (tied[number],),
                swapped={one: others for one, others in attributed.swapped.items() if one == number},
                misplaced=frozenset(pair for pair in attributed.misplaced if pair[0] == number),
                mixed={one: others for one, others in attributed.mixed.items() if one == number},
            )
            return Played(step.batch, own, step.fired or {}, dropped=lost, began=began, ended=ended)

        def row_of(row: Sequence[Step]) -> Row:
            if any(step.numbers[0] not in tied for step in row):
                return Row((), whole=False)
            whole = all((step.fired or {}).get(one, 0) > 0 for step in row for one in step.batch.given)
            known = not any(tied[step.numbers[0]].excuse for step in row)
            return Row(tuple(map(played, row)), whole and known)

        rest = Attributed((), attributed.late, attributed.phantoms, unexplained=attributed.unexplained)
        return Rows(tuple(map(row_of, numbered)), rest, untold)

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
        while not self._gone() and self._testbed.clock.now() - self._over < self._arrivals.last_wait:
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
        tied = self._redirects.given(self._attribution.tie(exchanges, deliveries, rest), followed)
        self._over = max((self._over, *(exchange.over for exchange in exchanges)))
        self._arrivals.note((*tied.exchanges, *tied.late))
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
            self._arrivals.late(exchange, failed=self._failed(exchange.ended, came))

    def _kept_waiting(self, seconds: float) -> float:
        """Return for how many of the last seconds this machine kept the target, or bothends, waiting."""
        now = self._testbed.clock.now()
        return self._testbed.machine.waits(now - seconds, now).total

    def _or_success(self, exchange: Exchange) -> Exchange:
        """Return an exchange that has not met its fault with a success being right as well."""
        case = exchange.case
        if case.expect.refused or not case.expect.statuses:
            return exchange
        right = case.expect.statuses | self.law_contexts[case.operation].operation.success_statuses
        return replace(exchange, case=replace(case, expect=replace(case.expect, statuses=right)))

    def owes_event(self, exchange: Exchange) -> bool:
        """Whether an exchange has succeeded, and is of an operation that sends events."""
        return exchange.succeeded and exchange.case.operation in self._senders

    def _gone(self) -> bool:
        return self._testbed.target.died() is not None

    async def _recorded(self, batch: Batch, exchanges: list[Exchange]) -> tuple[list[Delivery], list[UpstreamCall]]:
        """Return what the world has witnessed of a batch."""
        world = self._testbed.world
        gone = [e.ended for e in exchanges if e.case.behaviour and not isinstance(e.answer, Answer)]
        if gone:
            # Its client has gone, perhaps while the target was at work: what follows is of this batch all the same.
            await world.quiet(QUIET_SECONDS)
            await asyncio.sleep(max(gone) + LIMITS.settle - self._testbed.clock.now())
        # A target that has answered may still hold a call open to a faulty upstream: its end belongs
        # to this batch. In a healthy world, an open call belongs to no waiting client; and what has
        # outlasted every client may never end.
        answered = any(isinstance(exchange.answer, Answer) for exchange in exchanges)
        await world.quiet(QUIET_SECONDS if batch.given and answered else LIMITS.settle)
        deliveries, calls = world.take()
        promised = sum(self._arrivals.expects(e) for e in exchanges if not e.repeated)
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


def _asked_again(batch: Batch, cases: Sequence[Case]) -> Iterator[Batch]:
    """Yield what plays some cases of a batch again, each batch in one state of the world."""
    if not batch.parallel_timeouts:
        yield replace(batch, cases=tuple(cases))
        return
    for part in batch.parallel_timeouts:
        labels = {(case.operation, case.label) for case in part.cases}
        if own := tuple(case for case in cases if (case.operation, case.label) in labels):
            yield replace(part, cases=own, own_fault=False)


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
