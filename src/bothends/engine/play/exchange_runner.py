"""Makes the exchanges of a batch, and ties to them what the world has witnessed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from bothends.engine.play.arrivals import Arrivals
from bothends.engine.play.batches import LARGEST, Batch
from bothends.engine.play.keyed import Turns
from bothends.engine.play.overdue import Overdue
from bothends.engine.play.pace import Pace
from bothends.engine.play.pending import LIMITS, WaitBudget
from bothends.engine.play.played import Played, Recording, Row, Rows
from bothends.engine.play.redirects import FollowedRedirects
from bothends.engine.play.repeater import Repeater
from bothends.engine.play.sender import Sender
from bothends.engine.play.timeouts import Step, TimeoutBudget, fired_of, play_parallel_timeouts
from bothends.engine.tie import Attributed, Attribution
from bothends.laws import LawContext
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence

    from bothends.contract import Operation
    from bothends.engine.play.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.engine.tie import Certainty
    from bothends.records import Case, Condition, Credential, Delivery, Exchange, Request, UpstreamCall
    from bothends.world import Teller


_MOST_MISSES = 10
"""Successes in a row without an event, after which it is no longer waited for between requests that run one by one."""

_SHORTER = 4
"""By how much less is waited for what is pending each time that it was in vain."""

_BEGUN_TOGETHER = 0.1
"""Seconds in which those that began with a request are over without an answer as well: nothing is begun meanwhile."""

_GONE = frozenset({404, 410})

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
        self._concurrency = concurrency
        self._settle = settle
        self._always_singly = frozenset(one_at_a_time)
        self._own_keys = own_keys
        self._senders = frozenset(operation.id for operation in operations if operation.events)
        self.sender = Sender(testbed, operations, own_keys)
        self._repeater = Repeater(testbed, self.sender, self)
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
        self._between = WaitBudget(most=_MOST_MISSES)
        self._over = 0.0  # when the last exchange was; by the clock, seconds
        self._met: dict[Condition, int] = {}  # the states of a batch that is well before its end
        self._left_out = 0
        self.timeout_budget = TimeoutBudget(len(operations))
        self.pace = Pace(lambda began, ended: testbed.machine.waits(began, ended).total)

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
        dropped, left_out = world.dropped, self._left_out
        began = self._testbed.clock.now()
        if breaks_an_ingest(batch, world.ingests):
            self.faults.append(began)
        try:
            if batch.parallel_timeouts:
                steps = await self._parallel_timeouts(batch)
                exchanges = [e if step.met(e) else self._or_success(e) for step in steps for e in step.exchanges]
            else:
                world.set(batch.given)
                async with self._testbed.connected_anew() if batch.own_connection else contextlib.nullcontext():
                    steps, exchanges = [], await self._exchanges(batch, self._numbers(batch))
            deliveries, calls = await self._recorded(batch, exchanges)
            fired = fired_of(steps, self._met | world.fired())
        finally:
            world.set(())
            self._met = {}
        self._over = ended = self._testbed.clock.now()
        return Recording(
            batch,
            tuple(self._overdue.since_well(exchanges, ended)),
            deliveries,
            calls,
            fired,
            left_out=self._left_out - left_out,
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

    async def _parallel_timeouts(self, batch: Batch) -> list[Step]:
        """Play batches that wait together; the faults of some may be for their own exchanges alone."""
        world, parts = self._testbed.world, batch.parallel_timeouts
        own = (case.operation for part in parts if part.own_fault for case in part.cases)
        operations = dict(enumerate(own, self.sender.exchanges + 1))  # they come first, one number for each
        with world.keyed(self._attribution.teller(operations)) if operations else contextlib.nullcontext():
            steps = await play_parallel_timeouts(world, parts, self._exchanges, self.sender.next_number)
        self._left_out += sum(len(part.cases) for part in parts[len(steps) :])
        return steps

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
        numbered = [[(self.sender.next_number(), batch) for batch in row] for row in rows]
        self.sender.batches += sum(map(len, rows))
        of = {number: batch for row in numbered for number, batch in row}
        made: dict[int, Exchange] = {}
        fired: dict[int, dict[Condition, int]] = {}
        turns, here = Turns(at_once), TimeoutBudget()
        operations = {number: batch.cases[0].operation for number, batch in of.items()}
        with self._told(self._attribution.teller(operations), calls=calls):
            try:
                async with asyncio.TaskGroup() as group:
                    for row in numbered:
                        group.create_task(self._row(row, turns, here, made, fired))
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            exchanges = [made[number] for number in of if number in made]
            given = tuple(condition for batch in of.values() for condition in batch.given)
            together = Batch(given, tuple(batch.cases[0] for batch in of.values()))
            deliveries, made_calls = await self._recorded(together, exchanges)
            untold = 0 if calls else world.untold
        attributed = await self._followed(await self._with_overdue(self.tie(exchanges, deliveries, made_calls)))
        self._note_late(attributed)
        self._over = ended = self._testbed.clock.now()
        lost = world.dropped - dropped
        tied = {exchange.number: exchange for exchange in attributed.exchanges}

        def played(number: int, batch: Batch) -> Played:
            own = Attributed(
                (tied[number],),
                swapped={one: others for one, others in attributed.swapped.items() if one == number},
                misplaced=frozenset(pair for pair in attributed.misplaced if pair[0] == number),
                mixed={one: others for one, others in attributed.mixed.items() if one == number},
            )
            return Played(batch, own, fired[number], dropped=lost, began=began, ended=ended)

        def row_of(row: Sequence[tuple[int, Batch]]) -> Row:
            if any(number not in tied for number, _ in row):
                return Row((), whole=False)
            whole = all(fired[number].get(one, 0) > 0 for number, batch in row for one in batch.given)
            known = not any(tied[number].excuse for number, _ in row)
            return Row(tuple(played(*one) for one in row), whole and known)

        rest = Attributed((), attributed.late, attributed.phantoms, unexplained=attributed.unexplained)
        return Rows(tuple(map(row_of, numbered)), rest, untold)

    async def _row(
        self,
        row: Sequence[tuple[int, Batch]],
        turns: Turns,
        here: TimeoutBudget,
        made: dict[int, Exchange],
        fired: dict[int, dict[Condition, int]],
    ) -> None:
        """Make the exchanges of a fault and of what comes after it, in turn; fewer, where others were not answered."""
        world = self._testbed.world
        async with turns.of(row[0][1]):
            for number, batch in row:
                if here.gives_up(batch.cases[0]):
                    return
                for condition in batch.given:
                    world.arm(number, condition)
                try:
                    made[number] = exchange = await self._exchange(number, batch.cases[0], batch, [])
                finally:
                    fired[number] = world.disarm(number)
                here.note(exchange)
                await self._note(exchange)

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

    @property
    def _one_at_a_time(self) -> Collection[str]:
        """The operations whose requests run one at a time."""
        return self._always_singly if self._own_keys is None else {*self._always_singly, *self._own_keys.singly}

    def _numbers(self, batch: Batch) -> int:
        """Give out the numbers of a batch's exchanges; return the first."""
        first = self.sender.exchanges + 1
        self.sender.exchanges += len(batch.cases)
        return first

    async def _exchanges(self, batch: Batch, first: int) -> list[Exchange]:
        """Make a batch's exchanges, the first of which has this number; return them."""
        made: list[Exchange | None] = [None] * len(batch.cases)
        more: list[Exchange] = []
        here = TimeoutBudget()
        arrived, state = self._arrivals.count(), self._testbed.world.changes
        singly = self._one_at_a_time
        at_once, alone = self._by_keys(batch, singly, first)

        async def work(cases: Iterator[tuple[int, Case]], waiting: Collection[str]) -> None:
            for index, case in cases:
                if here.gives_up(case):
                    self._left_out += 1
                    continue
                before = self._testbed.world.witnessed_at_a_callback
                made[index] = exchange = await self._exchange(first + index, case, batch, more)
                if case.operation in waiting:
                    await self._event_of(exchange, before)
                here.note(exchange)
                await self._note(exchange)

        # A client with a behaviour of its own mostly waits: whether more comes, whether the connection is closed. Some
        # that are to be answered have seventy connections more, and servers are set up for a hundred.
        usual = self._concurrency
        if all(case.behaviour for case in batch.cases):
            usual = LARGEST if all(case.expect.refused for case in batch.cases) else usual * 3 // 2
        workers = min(batch.concurrency or usual, len(at_once))
        if any(case.operation in singly for case in batch.cases):
            workers = min(workers, 1)
        try:
            for cases, count in ((at_once, workers), (alone, min(1, len(alone)))):
                drawn = iter(cases)
                waiting = singly if cases is at_once else {case.operation for _, case in alone}
                async with asyncio.TaskGroup() as group:
                    for _ in range(count):
                        group.create_task(work(drawn, waiting))
        except BaseExceptionGroup as errors:
            # Each worker may have met the same; whose fault it is follows from the first.
            raise errors.exceptions[0] from None
        every = [*(exchange for exchange in made if exchange is not None), *more]
        clock = asyncio.get_running_loop().time
        over = clock()
        there = await self._arrivals.of(every, arrived)
        await self._arrivals.met(every, () if batch.own_fault else batch.given, state)
        await self._arrivals.hold(every, clock() if there else over)
        return every

    def _by_keys(
        self, batch: Batch, singly: Collection[str], first: int
    ) -> tuple[list[tuple[int, Case]], list[tuple[int, Case]]]:
        """Return the cases of a batch that may run at once, and those that must run alone, each with its place."""
        cases = list(enumerate(batch.cases))
        keyed = {} if self._own_keys is None or len(cases) == 1 else self._keyed(cases, singly, first)
        return (
            (cases, []) if not keyed or self._own_keys is None else self._own_keys.first_and_rest(cases, keyed, first)
        )

    def _keyed(self, cases: list[tuple[int, Case]], singly: Collection[str], first: int) -> dict[int, Request]:
        """Return what is sent of the cases whose events are told by keys, by their places."""
        if self._own_keys is None:
            return {}
        needs = self._own_keys.needs
        told = ((index, case) for index, case in cases if needs(case.operation) and case.operation not in singly)
        return {index: self.sender.request(first + index, case) for index, case in told}

    async def wait_for_event(self, exchange: Exchange, before: int) -> None:
        """Wait for the event of an exchange, where nothing but the time tells it from the next one's.

        Args:
            exchange: The exchange.
            before: How much the world had witnessed when it began.
        """
        if exchange.case.operation in self._one_at_a_time:
            await self._event_of(exchange, before)

    async def _note(self, exchange: Exchange) -> None:
        self.timeout_budget.note(exchange)
        self.pace.note(exchange)
        patient = not exchange.case.behaviour  # others go of themselves
        if patient and isinstance(exchange.answer, NoAnswer) and exchange.answer.kind == "timeout":
            await asyncio.sleep(_BEGUN_TOGETHER)

    def make_well(self) -> None:
        """Make the world well, for the rest of a batch."""
        self._met |= self._testbed.world.fired()
        self._testbed.world.set(())

    async def _event_of(self, exchange: Exchange, before: int) -> None:
        """Wait a moment for the event of a success: nothing but the time tells it from the next request's."""
        if not exchange.succeeded or not self._between.of(LIMITS.settle):
            return
        for _ in range(round(LIMITS.settle / LIMITS.glance)):  # on a busy machine, they take longer
            if self._testbed.world.witnessed_at_a_callback > before:
                self._between.renew()
                return
            await asyncio.sleep(LIMITS.glance)
        self._between.over(LIMITS.settle, vain=True)

    async def _exchange(self, number: int, case: Case, batch: Batch, more: list[Exchange]) -> Exchange:
        """Make the exchange of a case; those that it has beside it are put into `more`."""
        send = self.sender
        if case.behaviour:
            first, *others = await send.with_behaviour(number, case, batch)
            more += others
            return first
        credential = send.signed_in(number, case, batch)
        if case.again:
            first, *others = await self._repeater.exchanges(number, case, batch, credential)
            more += others
            return first
        request = send.request(number, case)
        exchange = send.exchange(number, case, credential, await send.send(request, credential, case))
        return await self._looked_for_again(exchange, request, credential, batch)

    async def _looked_for_again(
        self, exchange: Exchange, request: Request, credential: Credential, batch: Batch
    ) -> Exchange:
        """Ask once more for an object that was found before, and is answered not to be there.

        What expires or is removed does not come back: one that is there before and after was there all the time.
        """
        case, answer, ids = exchange.case, exchange.answer, self.sender.ids
        if ids is None or not exchange.known or not isinstance(answer, Answer) or answer.status not in _GONE:
            return exchange
        plain = request.method == "GET" and not (case.given or batch.given or case.expect.refused)
        if not plain or not ids.is_there(exchange.number, case):
            return exchange
        again = (await self.sender.send(request, credential, case)).answer
        return replace(exchange, there_again=isinstance(again, Answer) and again.success)

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
