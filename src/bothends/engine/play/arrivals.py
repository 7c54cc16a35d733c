"""Waits until the events of a batch have reached the ingests, in the batch's own state of the world.

Where no answer waits for an event, all requests of a batch may be answered before the first event is sent. Were the
world put into another state then, a fault would never be met, or would meet the event of a request that was made while
all was well. Three waits, one after the other:

`of`    until as many events have come as are owed, and may come. For how long, follows from how late events were so
        far. Attempts at an event that has come before are those of another batch: they are not counted.
`met`   until a fault of an ingest is met. Where the event is owed, it has the time that the contract gives it.
`hold`  a moment longer where nobody sees whether a fault is met.

What may come, and is owed by no answer, is waited for in this way as soon as it has come once, and for two seconds
after the first answer that may bring it. An event that has not come by then may never come: what is played next is not
held up by it. Should it come after all, it is waited for from then on.

At the end of a run, `last_wait` says how long what was sent last may still get its events: a run of one request waits
as long as a run of many would, which goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from bothends.engine.play import pending
from bothends.engine.play.pending import LIMITS, WaitBudget
from bothends.laws import SLACK, owed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from bothends.contract import EventContract
    from bothends.laws import LawContext
    from bothends.records import Condition, Exchange


_MARGIN = 2.0
_HOLD = 1.5
"""How much longer than any event has taken so far a fault lasts whose meetings nobody sees."""
_MORE = 0.1
"""How much longer than the one before it an event takes, as a part of how late events are."""
_MISSES_UNTIL_SHORT = 5


class Services(Protocol):
    """What must be known of the services of the world."""

    @property
    def ingests(self) -> Collection[str]:
        """The names of the ingests."""
        ...

    def arrivals(self) -> Mapping[str, int]:
        """Return, for each ingest, how many events reached it since the start, and what it met before it was read."""
        ...

    def in_progress(self, name: str) -> int:
        """Return how many requests a service has read and not yet answered."""
        ...


class State(Protocol):
    """What must be known of the state that they are in."""

    @property
    def changes(self) -> int:
        """How often they were put into a state since the start."""
        ...

    def fired(self) -> Mapping[Condition, int]:
        """Return, for each fault that is set, how often it was met since then."""
        ...


class Arrivals:
    """Waits for the events that no answer has waited for."""

    def __init__(  # noqa: PLR0913 -- what it asks of a run
        self,
        services: Services,
        state: State,
        law_contexts: Mapping[str, LawContext],
        *,
        now: Callable[[], float],
        certain_wait: float = LIMITS.first,
        gone: Callable[[], bool] = lambda: False,
        waits: Callable[[float], float] = lambda _seconds: 0.0,
    ) -> None:
        """Take the services of the world, their state, and the operations under test.

        Args:
            services: Count what arrives.
            state: Counts which faults are met.
            law_contexts: What is asked of the target, by the operations' ids.
            now: The clock of the exchanges, seconds.
            certain_wait: Seconds that are waited at first for events that are owed for certain.
            gone: Whether the target runs no more, so that nothing can come.
            waits: Returns for how many of the last seconds this machine kept the target waiting for a processor.
        """
        self._services = services
        self._state = state
        self._contexts = law_contexts
        self._now = now
        self._gone = gone
        self._waits = waits
        certain = all(any(map(_is_certain, _free(context))) for context in law_contexts.values())
        self._wait = certain_wait if certain else LIMITS.first
        self._budget = WaitBudget(most=_MISSES_UNTIL_SHORT, then=LIMITS.in_vain)
        self._to_be_met = WaitBudget(in_all=pending.LIMITS.meet_in_all)
        self._lateness = 0.0
        self._lacking: dict[tuple[str, str], float] = {}
        self._seen: set[tuple[str, str]] = set()
        self._never: set[tuple[str, str]] = set()
        self._all_over: dict[int, float] = {}  # by an exchange whose events were not there: when those beside it ended

    def note(self, exchanges: Iterable[Exchange]) -> None:
        """Take note of which events have come at all, of those that exchanges may have caused."""
        for exchange in exchanges:
            context = self._contexts.get(exchange.case.operation)
            if context is None or not exchange.succeeded or not context.declared(exchange):
                continue
            came = {delivery.callback for delivery in exchange.declared}
            for event in context.operation.events:
                key = context.operation.id, event.name
                if event.name in came:
                    self._seen.add(key)
                else:
                    self._lacking.setdefault(key, exchange.ended)

    @property
    def last_wait(self) -> float:
        """How long after the last answer its events may still come, seconds: twice as late as any was so far."""
        free = {(context.operation.id, event.name) for context in self._contexts.values() for event in _free(context)}
        unseen = LIMITS.never_seen if (free & self._lacking.keys()) - self._seen else 0.0
        return max(unseen, min(LIMITS.batch, _MARGIN * self._lateness))

    def expects(self, exchange: Exchange) -> bool:
        """Whether an event of a success is waited for: it is owed, or may come as others have."""
        context = self._contexts.get(exchange.case.operation)
        if context is None or not exchange.succeeded:
            return False
        events = context.operation.events
        return any(self._shows_itself(event, context) or owed.count(event, exchange, context) for event in events)

    def count(self) -> Mapping[str, int]:
        """Return how many events, and faults before they were read, each ingest met: asked before a batch begins."""
        return self._services.arrivals()

    async def of(self, exchanges: Sequence[Exchange], before: Mapping[str, int]) -> bool:
        """Wait for the events of exchanges that are over; return whether all are there.

        Args:
            exchanges: Those of a batch.
            before: What `count` was when the first of them began.
        """
        certain, more = self._expected(exchanges)
        if not certain and not more:
            return True
        clock = asyncio.get_running_loop().time
        began = clock()
        while not (there := self._are_there(before, certain, more)) and not self._gone():  # no event tells it
            if clock() - began >= self._budget.of(self._wait):
                break
            await asyncio.sleep(LIMITS.glance)
        came, took = bool(self._came(before)), clock() - began
        # How late events are follows from what comes while all is well; what can't be reached sees none.
        well = not any(condition.subject in self._services.ingests for condition in self._state.fired())
        if came or well:
            self._budget.over(took, vain=not came)
        if there and well:
            self._learn(took)
        if not there:
            self._all_over |= dict.fromkeys((each.number for each in exchanges), max(each.ended for each in exchanges))
            for number in [*islice(self._all_over, max(0, len(self._all_over) - pending.MOST))]:
                del self._all_over[number]  # what is older is as good as lost
        return there

    async def met(self, exchanges: Sequence[Exchange], given: Iterable[Condition], state: int) -> None:
        """Wait until the faults of ingests are met: an answer may not wait for the event that is to meet them.

        An event that is owed has the time that the contract gives it, from the end of its answer. A target may send one
        event after the other: what an ingest is busy with is of those before it, and does not count.

        Args:
            exchanges: Those of a batch, which have just ended.
            given: The batch's state of the world.
            state: What `changes` of the state was when the batch began: where it is another now, that state is over.
        """
        times = {
            one: self._time_to_meet(one.subject, exchanges) for one in given if one.subject in self._services.ingests
        }
        if not any(times.values()):
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        free = dict.fromkeys(times, began)
        while self._state.changes == state and not self._gone():
            fired, now = self._state.fired(), clock()
            unmet = [one for one, seconds in times.items() if seconds and not fired.get(one)]
            free |= {one: now for one in unmet if self._services.in_progress(one.subject)}
            if not unmet:
                break
            if now - began >= LIMITS.batch or all(self._had_its_time(now - free[one], times[one]) for one in unmet):
                if max(times[one] for one in unmet) > LIMITS.may_meet:
                    self._to_be_met.over(now - began, vain=True)
                break
            await asyncio.sleep(LIMITS.glance)

    async def hold(self, exchanges: Sequence[Exchange], since: float) -> None:
        """Wait in a batch's own state for what comes of it after all that is expected.

        That is a first attempt that meets a fault, though no service may see that it has; and the event of a request
        that was sent again, and that the target has executed again. Its events were there `since` that time of the
        loop's clock, seconds; where they were awaited in vain, the last exchange had ended then.
        """
        if self._gone():
            return
        if any(exchange.case.watched for exchange in exchanges):
            until = since + min(LIMITS.batch, LIMITS.hold + _HOLD * self._lateness)
            await asyncio.sleep(max(LIMITS.hold, until - asyncio.get_running_loop().time()))
        again = [e.over - e.ended for e in exchanges if e.repeats and any(self._expected([e]))]
        if again:
            longest = max(again) + LIMITS.again + _MORE * self._lateness
            await asyncio.sleep(min(LIMITS.batch, longest))

    def late(self, exchange: Exchange, *, failed: bool = False) -> None:
        """Take note of an exchange to which an event came when its batch was over.

        How late it is says its first attempt. Of an ingest that had a fault, nobody knows whether that was the first.
        A target may send nothing as long as it has requests to answer, so what is waited for begins when it has none.

        Args:
            exchange: The exchange, with the event.
            failed: Whether an ingest was out of order since it had ended.
        """
        context = self._contexts.get(exchange.case.operation)
        if context is None or not exchange.succeeded or not _free(context):
            return
        self._budget.renew()
        if failed or any(condition.subject in self._services.ingests for condition in exchange.case.of_the_world):
            return
        first: dict[str, float] = {}
        for delivery in exchange.deliveries:
            first[delivery.identity] = min(delivery.received, first.get(delivery.identity, delivery.received))
        self._learn(max(first.values()) - self._all_over.get(exchange.number, exchange.ended))

    def _expected(self, exchanges: Iterable[Exchange]) -> tuple[Counter[str], int]:
        """Return how many events reach each ingest, as they are owed, and how many more may; none: nothing is to come.

        What a success has waited for has arrived, and is counted with the rest.
        """
        certain: Counter[str] = Counter()
        more, is_behind = 0, False
        for exchange in exchanges:
            context = self._contexts.get(exchange.case.operation)
            if context is None or exchange.repeated or exchange.idle:
                continue
            counts = [(event, owed.count(event, exchange, context)) for event in context.operation.events]
            for event, count in counts:
                certain[event.ingest] += count
            behind = any(count for event, count in counts if not owed.awaited(event))
            may = not behind and any(self._may_come(event, exchange, context) for event in _free(context))
            more += may
            is_behind = is_behind or behind or may
        return (+certain, more) if is_behind else (Counter(), 0)

    def _are_there(self, before: Mapping[str, int], certain: Mapping[str, int], more: int) -> bool:
        came = self._came(before)
        enough = all(came[ingest] >= count for ingest, count in certain.items())
        return enough and came.total() - sum(certain.values()) >= more

    def _came(self, before: Mapping[str, int]) -> Counter[str]:
        """Return how many events have reached each ingest since `count`; it is empty where none has."""
        return +Counter({ingest: count - before.get(ingest, 0) for ingest, count in self.count().items()})

    def _time_to_meet(self, ingest: str, exchanges: Iterable[Exchange]) -> float:
        """Return how long a fault of an ingest may wait for an event, seconds; 0: no event comes there."""
        longest = 0.0
        for exchange in exchanges:
            context = self._contexts.get(exchange.case.operation)
            if context is None or exchange.repeated or exchange.idle:
                continue
            for event in (event for event in _free(context) if event.ingest == ingest):
                within = event.delivery.within_ms
                if owed.count(event, exchange, context) and within is not None and self._to_be_met.left:
                    longest = max(longest, within / 1000 + 2 * SLACK)
                elif owed.count(event, exchange, context) or self._may_come(event, exchange, context):
                    longest = max(longest, LIMITS.may_meet)
        return longest

    def _may_come(self, event: EventContract, exchange: Exchange, context: LawContext) -> bool:
        """Return whether an event is waited for that may come of a success, though nothing says that it does."""
        if not exchange.succeeded or (event.when is not None and not event.when.owed):
            return False
        may = owed.has_address(event, exchange, context) and owed.may_come(event, exchange, context)
        return may and self._shows_itself(event, context)

    def _shows_itself(self, event: EventContract, context: LawContext) -> bool:
        """Return whether an event has come before, or has had no time yet to come for the first time."""
        key = context.operation.id, event.name
        if key in self._seen or key not in self._lacking:
            return True
        if key not in self._never and self._had_its_time(self._now() - self._lacking[key], LIMITS.shows_itself):
            self._never.add(key)
        return key not in self._never

    def _had_its_time(self, passed: float, seconds: float) -> bool:
        return passed >= seconds and passed >= seconds + self._waits(passed)

    def _learn(self, seconds: float) -> None:
        seconds = min(LIMITS.batch, seconds)
        self._wait = max(self._wait, min(LIMITS.batch, _MARGIN * seconds))
        self._lateness = max(self._lateness, seconds)


def _free(context: LawContext) -> list[EventContract]:
    """Return the events of an operation for which no answer waits."""
    return [event for event in context.operation.events if event.ingest and not owed.awaited(event)]


def _is_certain(event: EventContract) -> bool:
    """Return whether each success owes an event."""
    return event.when is not None and event.when.owed and not event.when.conditions
