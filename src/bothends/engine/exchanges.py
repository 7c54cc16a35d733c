"""Makes the exchanges of a batch, and ties to them what the world has witnessed.

Cases that each take the target's whole patience are begun in turn, and waited for together: parallel timeouts.

A call to an upstream bears no identity, so two states of one upstream can't hold at once. But a request that
hangs goes on hanging when the world is put into another state. So the next case is begun, in its own state,
as soon as the one before has met its own; a crowd, as soon as all of it has. All of them are states of one
upstream, and all expect the same answer: a target that tries again meets another of them, and nothing changes
for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from bothends.cases.callback_urls import to_nobody
from bothends.client import callers
from bothends.contract.addresses import filled
from bothends.engine.attribution.tie import Attribution
from bothends.engine.late_events import Overdue
from bothends.laws.law import LawContext
from bothends.records import Answer, Exchange, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bothends.engine.batches import Batch
    from bothends.records import Condition
    from bothends.world import World

    Made = list[Exchange]
    from collections.abc import Collection, Iterable, Iterator

    from bothends.client import Sent
    from bothends.contract import Operation
    from bothends.engine.attribution.tie import Attributed
    from bothends.engine.testbed import TestBed
    from bothends.records import Case, Credential, Delivery, Request, UpstreamCall


_LOOK_SECONDS = 0.002


async def play_parallel_timeouts(
    world: World, batches: Sequence[Batch], make: Callable[[Batch], Awaitable[Made]]
) -> tuple[list[Exchange], dict[Condition, int]]:
    """Begin each batch in its own state of the world, and wait until all are over.

    Args:
        world: Is left in the last state.
        batches: What is begun in turn.
        make: Makes a batch's exchanges, and returns them.

    Returns:
        All exchanges, and how often each state was met.
    """
    fired: dict[Condition, int] = {}
    tasks: list[asyncio.Task[Made]] = []
    async with asyncio.TaskGroup() as group:
        for batch in batches:
            world.set(batch.given)
            task = group.create_task(_made(make, batch))
            tasks.append(task)
            while not task.done() and min(world.fired().values(), default=0) < len(batch.cases):  # noqa: ASYNC110 -- there is no event of it
                await asyncio.sleep(_LOOK_SECONDS)
            fired |= world.fired()
    return [exchange for task in tasks for exchange in task.result()], fired


async def _made(make: Callable[[Batch], Awaitable[Made]], batch: Batch) -> Made:
    return await make(batch)


# How long a run waits for a target that leaves its requests unanswered.
#
# Each unanswered request takes the whole time limit, so a target that has stopped to answer would hold a run for
# hours. Requests that wait at the same time are one *wait*. A family whose requests are not answered, time after
# time, is left out from then on. After a few waits in a row, of whatever family, a good request tells whether anyone
# is there still. And the waits of a run have an end in all.

IN_ROW = 3
"""Waits in a row, with no answer to anything between them, after which a target is asked whether it is there."""

IN_FAMILY = 2
"""Waits of one family, with no answer to any request of it between them, after which the rest of it is left out."""

AT_ONCE = 3
"""Requests of one family that are not answered, after which it is left out too, though they waited side by side."""

IN_ALL = 30
"""Waits of a run for answers that were due, after which the rest of it is left out."""

SECONDS = 50.0
"""How long these may take together; what comes first ends the run."""


@dataclass(slots=True)
class _Hanging:
    """What was not answered of one family since anything of it was."""

    waits: int = 0
    requests: int = 0
    until: float = 0.0


class TimeoutBudget:
    """Counts the waits for answers that did not come.

    Attributes:
        in_row: Waits since anything was answered last.
        in_all: Waits for answers that were due. Of a client that misbehaves, or where no answer is right as well,
            none is.
        waited: Seconds that these took together.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.in_row = 0
        self.in_all = 0
        self.waited = 0.0
        self._until = 0.0
        self._due_until = 0.0
        self._hanging: dict[str, _Hanging] = {}

    def note(self, exchange: Exchange) -> None:
        """Take the outcome of an exchange that is over."""
        answer = exchange.answer
        family = exchange.case.family
        if not isinstance(answer, NoAnswer):
            self.in_row = 0
            self._hanging.pop(family, None)
            return
        if answer.kind != "timeout":
            return  # that it was cut off took no time
        if exchange.began >= self._until:  # else it waited beside another, which has counted
            self._until = exchange.ended
            self.in_row += 1
        if exchange.case.behaviour or exchange.case.expect.any_answer:
            return
        self.in_all += exchange.began >= self._due_until
        self.waited += max(0.0, exchange.ended - max(exchange.began, self._due_until))
        self._due_until = max(self._due_until, exchange.ended)
        hanging = self._hanging.setdefault(family, _Hanging())
        hanging.requests += 1
        if exchange.began >= hanging.until:
            hanging.until = exchange.ended
            hanging.waits += 1

    def gives_up(self, family: str) -> bool:
        """Return whether the rest of a family is to be left out."""
        hanging = self._hanging.get(family)
        return hanging is not None and (hanging.waits >= IN_FAMILY or hanging.requests >= AT_ONCE)

    @property
    def tired(self) -> bool:
        """Whether nothing at all was answered for so long that there may be nobody."""
        return self.in_row >= IN_ROW

    @property
    def spent(self) -> bool:
        """Whether the run has waited long enough in all."""
        return self.waited >= SECONDS or self.in_all >= IN_ALL


# Waits for events that come behind their answers, so that each meets the state of the world of its own batch.
#
# Where no answer waits for an event, all requests of a batch may be answered before the first event is sent. Were the
# world put into another state then, a fault would never be met, or would meet the event of a request that was made
# while all was well. How long is waited follows from how late events were so far.

FIRST_WAIT = 0.5
"""Seconds that are waited before anything is known of how late events are."""
LONGEST_WAIT = 12.0
"""Seconds that are waited at most for the events of one batch."""
_MARGIN = 2.0
_MOST_MISSES_ARRIVALS = 5
_SHORT_WAIT = 0.05
_LOOK_SECONDS_ARRIVALS = 0.01


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
            await asyncio.sleep(_LOOK_SECONDS_ARRIVALS)
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
        return _SHORT_WAIT if self._misses >= _MOST_MISSES_ARRIVALS else self._wait

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


# Plays a batch: puts the world into its state, makes the exchanges, and ties what was witnessed to them.

_MOST_MISSES = 10
"""Successes in a row without an event, after which it is no longer waited for between requests that run one by one."""

SETTLE_SECONDS = 0.3
"""How long an event may still be under way when an answer that promised it is there without it."""

_LOOKS = 60
_MOST_FAULTS = 4096
PERHAPS_EXECUTED = "a kept connection ended before a byte of the answer"
"""Why nothing is demanded of an exchange: whether the target has executed its request can't be known."""

QUIET_SECONDS = 5.0
"""How long the world waits for a target to let go of a faulty upstream before it goes on."""


@dataclass(frozen=True, slots=True)
class Played:
    """A batch that was played.

    Attributes:
        batch: What was played.
        attributed: Its exchanges with what belongs to each.
        fired: How often each state of the world was met.
        left_out: Its cases that were not sent, as nothing before them was answered.
        dropped: Deliveries and calls that the world had no room for.
        began: When it began; by the clock, seconds.
        ended: When all that it caused was witnessed; by the clock, seconds.
    """

    batch: Batch
    attributed: Attributed
    fired: dict[Condition, int]
    left_out: int = 0
    dropped: int = 0
    began: float = 0.0
    ended: float = 0.0


class ExchangeRunner:
    """Makes exchanges on a test bed, and numbers them.

    Attributes:
        exchanges: Exchanges begun so far.
        over: Exchanges that are over, answered or not; what they caused may still be under way.
        timeout_budget: What is left of it with a target that does not answer.
        law_contexts: The operations under test and where the world is, by the operations' ids.
        faults: When an ingest was put out of order, of late; by the clock, seconds.
        vain: Times in a row that what is outstanding was waited for in vain.
    """

    def __init__(  # noqa: PLR0913 -- it brings together what playing takes
        self,
        testbed: TestBed,
        concurrency: int,
        operations: Sequence[Operation],
        *,
        settle: float = SETTLE_SECONDS,
        one_at_a_time: Collection[str] = (),
        behind: float | None = None,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        """Take a test bed.

        Args:
            testbed: Where to play.
            concurrency: How many exchanges of a batch are under way at once.
            operations: The contract's.
            settle: Seconds that are waited at the end of a run for what may still come.
            one_at_a_time: The operations whose events nothing ties to their requests but the time.
            behind: Seconds that a batch's end waits for events that no answer waits for; None: they are outstanding.
            first_wait: Seconds that a batch waits for such events within its state of the world, before anything is
                known of how late they are; those that are owed for certain.
        """
        self._testbed = testbed
        self._concurrency = concurrency
        self._settle = settle
        self._one_at_a_time = frozenset(one_at_a_time)
        self._senders = frozenset(operation.id for operation in operations if operation.events)
        self._operations = {operation.id: operation for operation in operations}
        self._security = {operation.id: operation.security for operation in operations}
        self._attribution = Attribution(testbed.world.seed, operations, testbed.addresses)
        self._arrivals = Arrivals(testbed.world, operations, certain_wait=first_wait, gone=self._gone)
        self.law_contexts = {o.id: LawContext(o, testbed.world.seed, places=testbed.places) for o in operations}
        self._overdue = Overdue(self.law_contexts, self.later, behind=behind, gone=self._gone)
        self.faults: deque[float] = deque(maxlen=_MOST_FAULTS)
        self.vain = 0
        self._misses = 0
        self._batches = 0
        self._left_out = 0
        self.exchanges = 0
        self.over = 0
        self.timeout_budget = TimeoutBudget()

    @property
    def called(self) -> frozenset[str]:
        """The upstreams that were called."""
        return frozenset(self._attribution.called)

    @property
    def unexplained(self) -> int:
        """How many events arrived that belong to no exchange, and bear nothing of the run."""
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
        played, again = await self._once(batch)
        if not again:
            return played
        # From then on the client keeps no connection, so this can't be so again.
        more, _ = await self._once(replace(batch, cases=again, parallel_timeouts=()))
        return _both(played, more)

    async def _once(self, batch: Batch) -> tuple[Played, tuple[Case, ...]]:
        """Play a batch; return what came of it, and those cases that are to be played again."""
        self._batches += 1
        world = self._testbed.world
        dropped, left_out = world.dropped, self._left_out
        began = self._testbed.clock.now()
        if breaks_an_ingest(batch, world.ingests):
            self.faults.append(began)
        try:
            if batch.parallel_timeouts:
                exchanges, fired = await play_parallel_timeouts(world, batch.parallel_timeouts, self._exchanges)
            else:
                world.set(batch.given)
                exchanges = await self._exchanges(batch)
                fired = {}
            deliveries, calls = await self._recorded(batch, exchanges)
            fired |= world.fired()
        finally:
            world.set(())
        attributed = await self._overdue.of(self._attribution.tie(exchanges, deliveries, calls))
        for exchange in attributed.late:
            self._arrivals.late(exchange)
        # Of what was perhaps never executed there is nothing to say, unless it shows that it was.
        counted = tuple(e for e in attributed.exchanges if not e.excuse or e.deliveries)
        again = tuple(e.case for e in attributed.exchanges if e.excuse and not e.case.behaviour)
        attributed = replace(attributed, exchanges=counted)
        ended = self._testbed.clock.now()
        lost = world.dropped - dropped
        return Played(batch, attributed, fired, self._left_out - left_out, lost, began, ended), again

    @contextlib.contextmanager
    def waiting_behind(self, seconds: float) -> Iterator[None]:
        """Wait at each batch's end for events that no answer waits for, where nothing comes after.

        Args:
            seconds: How long at most.
        """
        before, self._overdue.behind = self._overdue.behind, seconds
        try:
            yield
        finally:
            self._overdue.behind = before

    async def settle(self) -> Attributed:
        """Wait for what may still come at the end of a run, and tie it."""
        await asyncio.sleep(self._settle)
        return self.later()

    def later(self) -> Attributed:
        """Tie what has come since the last batch to its exchanges, or to those before."""
        return self.tie((), *self._testbed.world.take())

    def tie(
        self, exchanges: Sequence[Exchange], deliveries: Sequence[Delivery], calls: Sequence[UpstreamCall]
    ) -> Attributed:
        """Tie what was witnessed to exchanges that another client has made, or to those before."""
        return self._attribution.tie(exchanges, deliveries, calls)

    def next_number(self) -> int:
        """Return the number of an exchange that another client makes."""
        self.exchanges += 1
        return self.exchanges

    def owes_event(self, exchange: Exchange) -> bool:
        """Whether an exchange has succeeded, and is of an operation that sends events."""
        return exchange.succeeded and exchange.case.operation in self._senders

    def _gone(self) -> bool:
        return self._testbed.target.died() is not None

    async def _exchanges(self, batch: Batch) -> list[Exchange]:
        """Make a batch's exchanges; return them."""
        cases = enumerate(batch.cases)
        made: list[Exchange | None] = [None] * len(batch.cases)
        more: list[Exchange] = []
        first = self.exchanges + 1
        self.exchanges += len(batch.cases)
        here = TimeoutBudget()
        arrived = self._arrivals.count()

        async def work() -> None:
            for index, case in cases:
                if here.gives_up(case.family):
                    self._left_out += 1
                    continue
                before = self._testbed.world.witnessed
                made[index] = exchange = await self._exchange(first + index, case, batch, more)
                if case.operation in self._one_at_a_time:
                    await self._event_of(exchange, before)
                here.note(exchange)
                self.timeout_budget.note(exchange)

        # A client with a behaviour of its own mostly waits: whether more comes, whether the connection is closed.
        usual = len(batch.cases) if all(case.behaviour for case in batch.cases) else self._concurrency
        workers = min(batch.concurrency or usual, len(batch.cases))
        if self._one_at_a_time.intersection(case.operation for case in batch.cases):
            workers = min(workers, 1)
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())
        every = [*(exchange for exchange in made if exchange is not None), *more]
        await self._arrivals.of(every, arrived)
        return every

    async def _event_of(self, exchange: Exchange, before: int) -> None:
        """Wait a moment for the event of a success: nothing but the time tells it from the next request's."""
        if not exchange.succeeded or self._misses >= _MOST_MISSES:
            return
        for _ in range(_LOOKS):
            if self._testbed.world.witnessed > before:
                self._misses = 0
                return
            await asyncio.sleep(SETTLE_SECONDS / _LOOKS)
        self._misses += 1

    async def _exchange(self, number: int, case: Case, batch: Batch, more: list[Exchange]) -> Exchange:
        if case.behaviour:
            first, *others = await self._with_behaviour(number, case, batch)
            more += others
            return first
        self._testbed.machine.mark()
        credential = self._signed_in(number, case, batch)
        sent = await self._testbed.client.send(credential.applied(self.request(number, case)), credential.cookies)
        self.over += 1
        self._testbed.machine.mark()
        return self._made(number, case, credential, sent)

    def _signed_in(self, number: int, case: Case, batch: Batch) -> Credential:
        return self._testbed.world.sign_in(number, case.given, batch.user, self._security.get(case.operation))

    def request(self, number: int, case: Case, second: int | None = None) -> Request:
        """Return a case's request as it is sent: with the world's own URLs in it, and calling no stranger."""
        world = self._testbed.world
        operation = self._operations.get(case.operation)
        if operation is None:
            return case.request
        request = to_nobody(operation, case.request, self._testbed.places)
        urls = world.urls(operation.addresses, number)
        return filled(request, urls, None if second is None else world.urls(operation.addresses, second))

    async def _with_behaviour(self, number: int, case: Case, batch: Batch) -> list[Exchange]:
        """Make the exchanges of a case that is not sent as a good client does: one for each caller that it is of."""
        world = self._testbed.world
        upstreams = [name for name in self._testbed.upstreams if f"world.{name}" in world.variables()]
        numbers = [number]
        for _ in range(callers(case.request.raw or b"") - 1):
            self.exchanges += 1
            numbers.append(self.exchanges)
        credentials = [self._signed_in(one, case, batch) for one in numbers]
        request = self.request(number, case, second=numbers[-1])
        # A target that waits for an upstream has begun to work on the request; of a slow one, when it waits for that.
        self._testbed.machine.mark()
        slow = [name for name in upstreams if any(one.subject == name for one in batch.given)]
        sent = await self._testbed.client.send_with_behaviour(
            case.behaviour,
            request,
            credentials,
            lambda: any(world.in_progress(name) for name in slow or upstreams),
        )
        self.over += len(sent)
        self._testbed.machine.mark()
        cases = [case, replace(case, expect=case.following or case.expect)]
        wanted = [shown.applied(self.request(one, case)) for shown, one in zip(credentials, numbers, strict=True)]
        # A second request is sent only when the first is answered.
        own = [replace(one, request=_as_own(one.request, its)) for one, its in zip(sent, wanted, strict=False)]
        return [
            self._made(one, cases[place], credentials[place], result)
            for place, (one, result) in enumerate(zip(numbers, own, strict=False))
        ]

    def _made(self, number: int, case: Case, credential: Credential, sent: Sent) -> Exchange:
        return Exchange(
            number=number,
            case=case,
            session=credential.session,
            sent=sent.request,
            answer=sent.answer,
            began=sent.began,
            ended=sent.ended,
            batch=self._batches,
            further=sent.further,
            excuse=PERHAPS_EXECUTED if sent.stale else "",
            credential=credential,
        )

    async def _recorded(self, batch: Batch, exchanges: list[Exchange]) -> tuple[list[Delivery], list[UpstreamCall]]:
        world = self._testbed.world
        if any(exchange.case.behaviour and not isinstance(exchange.answer, Answer) for exchange in exchanges):
            # Its client has gone, perhaps while the target was at work: what follows is of this batch all the same.
            await world.quiet(QUIET_SECONDS)
            await asyncio.sleep(SETTLE_SECONDS)
        # A target that has answered may still hold a call open to a faulty upstream: its end belongs
        # to this batch. In a healthy world, whatever is open belongs to nobody who waits for it.
        await world.quiet(QUIET_SECONDS if batch.given else SETTLE_SECONDS)
        deliveries, calls = world.take()
        promised = sum(e.succeeded for e in exchanges if e.case.operation in self._senders)
        if promised > sum(d.acknowledged for d in deliveries) and not batch.given:
            await asyncio.sleep(SETTLE_SECONDS)
            more, more_calls = world.take()
            deliveries, calls = deliveries + more, calls + more_calls
        return deliveries, calls


def breaks_an_ingest(batch: Batch, ingests: Collection[str]) -> bool:
    """Return whether an ingest is out of order while a batch is played."""
    given = chain(batch.given, *(case.given for case in batch.cases))
    return any(condition.subject in ingests for condition in given)


def _as_own(sent: Request, own: Request) -> Request:
    """Return a request with what one caller of several has in it of its own: each names a URL of its own."""
    headers = {name.lower(): value for name, value in own.headers}
    kept = tuple((name, headers.get(name.lower(), value)) for name, value in sent.headers)
    return replace(sent, body=own.body, target=own.target, headers=kept)


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
