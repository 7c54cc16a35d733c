"""Makes the exchanges of a batch, and ties to them what the world has witnessed."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from bothends.cases.plan import to_nobody
from bothends.client import callers
from bothends.contract.addresses import filled
from bothends.contract.setup_values import filled as filled_by_setup
from bothends.engine.attribution.tie import Attribution
from bothends.engine.late_events import FIRST_WAIT, Arrivals, Attempts, Overdue
from bothends.engine.timeouts import TimeoutBudget, play_parallel_timeouts
from bothends.laws.law import LawContext
from bothends.records import Answer, Exchange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bothends.client import Sent
    from bothends.contract import Operation
    from bothends.engine.attribution.tie import Attributed
    from bothends.engine.batches import Batch
    from bothends.engine.own_keys import OwnKeys
    from bothends.engine.testbed import TestBed
    from bothends.records import Again, Case, Condition, Credential, Delivery, Request, UpstreamCall


_MOST_MISSES = 10
"""Successes in a row without an event, after which it is no longer waited for between requests that run one by one."""

SETTLE_SECONDS = 0.3
"""How long an event may still be under way when an answer that promised it is there without it."""

_LOOKS = 60
_AT_WORK_SECONDS = 2.0
"""How long a target is waited for until it is at work on a request, before the same is sent beside it."""

_MOST_FAULTS = 4096
PERHAPS_EXECUTED = "a reused connection ended before the first byte of the answer"
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

    def __init__(  # noqa: PLR0913 -- it combines what playing takes
        self,
        testbed: TestBed,
        concurrency: int,
        operations: Sequence[Operation],
        *,
        settle: float = SETTLE_SECONDS,
        one_at_a_time: Collection[str] = (),
        own_keys: OwnKeys | None = None,
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
            own_keys: Gives the requests of others of them values of their own; None: they have none.
            behind: Seconds that a batch's end waits for events that no answer waits for; None: they are outstanding.
            first_wait: Seconds that a batch waits for such events within its state of the world, before anything is
                known of how late they are; those that are owed for certain.
        """
        self._testbed = testbed
        self._concurrency = concurrency
        self._settle = settle
        self._always_singly = frozenset(one_at_a_time)
        self._own_keys = own_keys
        self._senders = frozenset(operation.id for operation in operations if operation.events)
        self._operations = {operation.id: operation for operation in operations}
        self._security = {operation.id: operation.security for operation in operations}
        keys = None if own_keys is None else own_keys.keys
        self._attribution = Attribution(testbed.world.seed, operations, testbed.addresses, keys, testbed.setup_windows)
        self._arrivals = Arrivals(testbed.world, operations, certain_wait=first_wait, gone=self._gone)
        limit = testbed.time_limit
        self.law_contexts = {
            o.id: LawContext(o, testbed.world.seed, places=testbed.places, time_limit=limit) for o in operations
        }
        self._overdue = Overdue(self.law_contexts, self.later, behind=behind, gone=self._gone)
        self._attempts = Attempts(self.law_contexts, self.later, testbed.clock.now, gone=self._gone)
        self.faults: deque[float] = deque(maxlen=_MOST_FAULTS)
        self.vain = 0
        self._misses = 0
        self._run = secrets.token_hex(8)
        self._met: dict[Condition, int] = {}  # the states of a batch that is well before its end
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
        played, again = await self._once(batch)
        if not again:
            return played
        # From then on the client keeps no connection, so this can't be so again.
        more, _ = await self._once(replace(batch, cases=again, parallel_timeouts=()))
        return _both(played, more)

    async def _once(self, batch: Batch) -> tuple[Played, tuple[Case, ...]]:
        """Play a batch; return what came of it, and those cases that are to be played again."""
        self._batches += 1
        await self._testbed.renew()
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
            fired |= self._met | world.fired()
        finally:
            world.set(())
            self._met = {}
        exchanges = self._attempts.since_well(exchanges, self._testbed.clock.now())
        attributed = await self._overdue.of(self.tie(exchanges, deliveries, calls))
        attributed = await self._attempts.of(attributed)
        for exchange in attributed.late:
            self._arrivals.late(exchange)
        # Of what was perhaps never executed there is nothing to say, unless it shows that it was.
        counted = tuple(e for e in attributed.exchanges if not e.excuse or e.deliveries)
        again = tuple(e.case for e in attributed.exchanges if e.excuse and not e.case.behaviour and e.first is None)
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
        tied = self._attribution.tie(exchanges, deliveries, calls)
        return replace(tied, late=tuple(map(self._heard, tied.late)))

    def _heard(self, exchange: Exchange) -> Exchange:
        """Return an exchange for which something came late; it may have been sent in time to an ingest that failed."""
        came = max((delivery.received for delivery in exchange.deliveries), default=exchange.ended)
        timed = any(e.delivery.within_ms for e in self.law_contexts[exchange.case.operation].operation.events)
        failed = timed and any(exchange.ended <= fault <= came for fault in self.faults)
        return replace(exchange, unheard=True) if failed else exchange

    def next_number(self) -> int:
        """Return the number of an exchange that another client makes."""
        self.exchanges += 1
        return self.exchanges

    def owes_event(self, exchange: Exchange) -> bool:
        """Whether an exchange has succeeded, and is of an operation that sends events."""
        return exchange.succeeded and exchange.case.operation in self._senders

    def _gone(self) -> bool:
        return self._testbed.target.died() is not None

    @property
    def _one_at_a_time(self) -> Collection[str]:
        """The operations whose requests run one at a time."""
        return self._always_singly if self._own_keys is None else {*self._always_singly, *self._own_keys.singly}

    async def _exchanges(self, batch: Batch) -> list[Exchange]:
        """Make a batch's exchanges; return them."""
        made: list[Exchange | None] = [None] * len(batch.cases)
        more: list[Exchange] = []
        first = self.exchanges + 1
        self.exchanges += len(batch.cases)
        here = TimeoutBudget()
        arrived = self._arrivals.count()
        singly = self._one_at_a_time
        at_once, alone = self._by_keys(batch, singly, first)

        async def work(cases: Iterator[tuple[int, Case]], waiting: Collection[str]) -> None:
            for index, case in cases:
                if here.gives_up(case.family):
                    self._left_out += 1
                    continue
                before = self._testbed.world.witnessed
                made[index] = exchange = await self._exchange(first + index, case, batch, more)
                if case.operation in waiting:
                    await self._event_of(exchange, before)
                here.note(exchange)
                self.timeout_budget.note(exchange)

        # A client with a behaviour of its own mostly waits: whether more comes, whether the connection is closed.
        usual = len(batch.cases) if all(case.behaviour for case in batch.cases) else self._concurrency
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
        await self._arrivals.of(every, arrived)
        await self._arrivals.hold(every)
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
        return {index: self.request(first + index, case) for index, case in told}

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
        credential = self._signed_in(number, case, batch)
        if case.again:
            first, *others = await self._sent_again(number, case, batch, credential)
            more += others
            return first
        return self._made(number, case, credential, await self._send(self.request(number, case), credential))

    async def _send(self, request: Request, credential: Credential, *, fresh: bool = False) -> Sent:
        self._testbed.machine.mark()
        sent = await self._testbed.client.send(credential.applied(request), credential.cookies, fresh=fresh)
        self.over += 1
        self._testbed.machine.mark()
        return sent

    async def _sent_again(self, number: int, case: Case, batch: Batch, credential: Credential) -> list[Exchange]:
        """Make the exchanges of a case that is sent several times on purpose, each on a connection of its own.

        Of those that are sent at once, one that is answered with success counts as the first: which of them the target
        has read first, nobody else knows.
        """
        operation, before = self._operations[case.operation], self._testbed.world.witnessed
        keys = self._alike(number, case)
        request = self.request(number, case, key=keys[0])
        beside = [one for one in case.again if one.at_once]
        same = [self.request(number, _with_body(case, one), key=keys[0]) for one in beside]
        try:
            async with asyncio.TaskGroup() as group:
                sending = [group.create_task(self._send(request, credential, fresh=True))]
                if beside:
                    await self._at_work(case, sending[0])
                sending += [group.create_task(self._send(one, credential, fresh=True)) for one in same]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        every = sorted((task.result() for task in sending), key=lambda sent: not _succeeded(sent))
        main = self._made(number, case, credential, every[0])
        made = [self._further(main, one, credential, sent) for one, sent in zip(beside, every[1:], strict=True)]
        for one in (one for one in case.again if not one.at_once):
            if operation.id in self._one_at_a_time:
                await self._event_of(main, before)
            if one.well:
                self._met |= self._testbed.world.fired()
                self._testbed.world.set(())
            made.append(await self._after(main, one, batch, keys))
        return [replace(main, repeats=tuple(one for one in made if one.repeated)), *made]

    def _alike(self, number: int, case: Case) -> tuple[str | None, str | None]:
        """Return the keys of a case's first request and of a later one that has another; None: a usual one."""
        keyed = self._operations[case.operation].idempotency
        how = next((one.key for one in case.again if one.key), "")
        found = keyed.two_keys(how, self._run, number) if keyed is not None and how else None
        return found or (None, None)

    async def _at_work(self, case: Case, sending: asyncio.Task[Sent]) -> None:
        """Wait until the target waits for a part of the world that is slow, if one is."""
        slow = [condition.subject for condition in case.of_the_world]
        clock = asyncio.get_running_loop().time
        until = clock() + _AT_WORK_SECONDS * bool(slow)
        while clock() < until and not sending.done():
            if any(self._testbed.world.in_progress(name) for name in slow):
                return
            await asyncio.sleep(SETTLE_SECONDS / _LOOKS)

    async def _after(self, main: Exchange, again: Again, batch: Batch, keys: tuple[str | None, str | None]) -> Exchange:
        """Make the exchange of a request that is sent when the first is answered."""
        if main.credential is None:
            raise ValueError("a request that is sent again is signed in as the first was, or signed out as it was")
        case, first = main.case, main.credential
        if again.repeats:
            request = self.request(main.number, _with_body(case, again), key=keys[0])
            return self._further(main, again, first, await self._send(request, first, fresh=True))
        number = self.next_number()
        credential = self._signed_in(number, case, batch)
        while again.another_caller and credential.caller == first.caller > 0:
            number = self.next_number()
            credential = self._signed_in(number, case, batch)
        if not again.another_caller and first.caller:
            credential = first  # callers who take turns: it is the same one's turn again
        key = keys[1] if again.key else self._key(main.number, case)
        sent = await self._send(self.request(number, case, key=key), credential, fresh=True)
        return self._further(main, again, credential, sent, number=number)

    def _further(
        self, main: Exchange, again: Again, credential: Credential, sent: Sent, *, number: int = 0
    ) -> Exchange:
        case = replace(main.case, expect=again.expect)
        return replace(self._made(number or self.next_number(), case, credential, sent), first=main, again=again)

    def _key(self, number: int, case: Case) -> str | None:
        operation = self._operations.get(case.operation)
        keyed = None if operation is None else operation.idempotency
        return None if keyed is None else keyed.key(self._run, number)

    def _signed_in(self, number: int, case: Case, batch: Batch) -> Credential:
        return self._testbed.world.sign_in(number, case.given, batch.user, self._security.get(case.operation))

    def request(self, number: int, case: Case, second: int | None = None, key: str | None = None) -> Request:
        """Return a case's request as it is sent: with the world's own URLs and a key of its own, calling no stranger.

        Args:
            number: The exchange's.
            case: What is sent.
            second: The number of a second exchange, whose request follows in raw bytes.
            key: The key; None: one that no other exchange has.
        """
        world = self._testbed.world
        operation = self._operations.get(case.operation)
        if operation is None:
            return case.request
        request = to_nobody(operation, case.request, self._testbed.places)
        if self._own_keys is not None:
            request = self._own_keys.applied(request, operation.id, number)

        def own(one: int, key: str | None = None) -> dict[str, str]:
            keyed = operation.idempotency
            keys = {} if keyed is None else {keyed.mark: key or keyed.key(self._run, one)}
            return {**world.urls(operation.addresses, one), **keys}

        request = filled(request, own(number, key), None if second is None else own(second))
        return filled_by_setup(request, operation.setup_places, world.setup)

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
        # to this batch. In a healthy world, an open call belongs to no waiting client.
        await world.quiet(QUIET_SECONDS if batch.given else SETTLE_SECONDS)
        deliveries, calls = world.take()
        promised = sum(e.succeeded for e in exchanges if e.case.operation in self._senders and not e.repeated)
        if promised > sum(d.acknowledged for d in deliveries) and not batch.given:
            await asyncio.sleep(SETTLE_SECONDS)
            more, more_calls = world.take()
            deliveries, calls = deliveries + more, calls + more_calls
        return deliveries, calls


def _with_body(case: Case, again: Again) -> Case:
    """Return a case as one of its further requests is sent."""
    return case if again.body is None else replace(case, request=replace(case.request, body=again.body))


def _succeeded(sent: Sent) -> bool:
    return isinstance(sent.answer, Answer) and sent.answer.success


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
