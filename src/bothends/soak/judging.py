"""Judges the exchanges of one companion as they come, and counts what it finds. Its memory does not grow with them.

An exchange is tied as soon as it is answered and its events are there, or some time after its answer. One that still
lacks an event is pending. It is judged when the event is there; or when all is known that had arrived by the time that
its event has (`drained`): that an event was lost is never said because a message was slow.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.settings import read_known
from bothends.engine.judge import Excuses, Findings, Known
from bothends.engine.play import LIMITS, Batch, Pending, State
from bothends.engine.tie import Attributed, Attribution
from bothends.laws import all_laws, owed
from bothends.soak.coding import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bothends.contract import Contract, Operation
    from bothends.engine.judge import Judge
    from bothends.engine.testbed import Measurements
    from bothends.engine.tie import Address, Keys
    from bothends.laws import FindingContext, LawContext
    from bothends.records import Breach, Delivery, Exchange, UpstreamCall
    from bothends.soak.routing import Names

REMEMBERED = 4096
"""Exchanges that are remembered when they are over."""
MOST_HELD = 2048
"""Exchanges without an event that are held; of more than these, it is unknown whether the events are lost."""
MOST_WAITING = 20_000
"""Deliveries that are kept for exchanges that have no answer yet."""
_NOBODYS = Batch((), ())


class _Numbers:
    """A set of numbers that come in runs, each higher than those before."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        self._not: set[int] = set()

    def add(self, number: int) -> None:
        if self._lasts and number == self._lasts[-1] + 1:
            self._lasts[-1] = number
        else:
            self._firsts.append(number)
            self._lasts.append(number)

    def remove(self, number: int) -> None:
        self._not.add(number)

    def has(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place] and number not in self._not


class Judging:
    """What became of the exchanges of one companion."""

    def __init__(  # noqa: PLR0913 -- what judging takes
        self,
        contract: Contract,
        judge: Judge,
        law_contexts: Mapping[str, LawContext],
        names: Names,
        *,
        seed: int,
        addresses: Mapping[str, Address],
        keys: Keys,
        machine: Measurements,
        finding_context: FindingContext,
        left_out: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Begin with none.

        Args:
            contract: The contract.
            judge: Applies the laws.
            law_contexts: What the laws judge by, by the operations' ids.
            names: Finds the exchanges that a delivery names.
            seed: The run's.
            addresses: Where each ingest is.
            keys: What of requests comes back in events.
            machine: What the machine took from the target, and from the world.
            finding_context: By which the traits of exchanges are read.
            left_out: The operations that are not sent, each with the reason.
        """
        operations: tuple[Operation, ...] = contract.operations
        self._judge = judge
        self._contexts = law_contexts
        self._names = names
        self._machine = machine
        self._excuses = Excuses(contract, machine)
        self._late: Counter[str] = Counter()
        self._in_time: set[str] = set()
        self._left_out = left_out
        known = Known(read_known(contract.settings, [law.name for law in all_laws()]))
        self._findings = Findings(known.accepts, finding_context=finding_context)
        self._attribution = Attribution(seed, operations, addresses, keys, remembered=REMEMBERED)
        limit = max((context.time_limit for context in law_contexts.values()), default=0.0)
        self._pending: Pending[Mapping[int, tuple[int, ...]]] = Pending(
            law_contexts,
            limit,
            waits=lambda began, ended: machine.waits(began, ended).total,
            longest=limit,
            awaited=True,
            most=MOST_HELD,
        )
        self._abandoned: OrderedDict[int, None] = OrderedDict()
        self._over: OrderedDict[int, frozenset[tuple[str, object]]] = OrderedDict()
        self._arrived: dict[int, list[Delivery]] = {}
        self._waiting = 0
        self._loose: list[Delivery] = []
        self._calls: list[UpstreamCall] = []
        self._counts: Counter[str] = Counter()
        self._operations: Counter[str] = Counter()
        self._sent = _Numbers()
        self._tied: OrderedDict[int, None] = OrderedDict()
        self.drained = 0.0

    @property
    def behind(self) -> int:
        """How many exchanges are answered and not yet tied."""
        return len(self._pending.answered)

    @property
    def under_way(self) -> int:
        """How many requests have no answer yet."""
        return self._pending.under_way

    @property
    def lacks(self) -> bool:
        """Whether an exchange lacks an event that may still come."""
        return bool(self._pending or self._pending.answered)

    def begin(self, number: int) -> None:
        """Take note that a request is handed out, and will be sent."""
        self._pending.begin(number)
        self._sent.add(number)

    def never_sent(self, numbers: Iterable[int]) -> None:
        """Take note that requests that were handed out are not sent after all."""
        for number in numbers:
            self._pending.forget(number)
            self._sent.remove(number)
            self._loose += self._taken(number)

    def abandon(self, number: int) -> None:
        """Take note that the client of a request was stopped: what came of it is not known, and judged by nobody."""
        self._pending.forget(number)
        self._taken(number)
        self._count("abandoned")
        self._abandoned[number] = None
        while len(self._abandoned) > REMEMBERED:
            self._abandoned.popitem(last=False)

    def answer(self, exchange: Exchange, *, busy: bool) -> None:
        """Take an exchange that has its answer, or has none.

        Args:
            exchange: What its client knows of it.
            busy: Whether this machine was too busy for it.
        """
        if busy:
            self.abandon(exchange.number)
            self._counts["abandoned"] -= 1
            self._count("busy")
            return
        self._pending.answer(exchange)
        self._count("made")
        self._count("perhaps", int(bool(exchange.excuse)))

    def take(self, deliveries: Iterable[Delivery], calls: Iterable[UpstreamCall]) -> None:
        """Take what the world has witnessed."""
        self._calls += calls
        for delivery in deliveries:
            numbers = self._names.numbers(delivery)
            waits = next((n for n in numbers if self._pending.state(n) in {State.OPEN, State.ANSWERED}), None)
            if waits is None:
                self._take_loose(delivery, numbers)
            elif self._waiting >= MOST_WAITING:
                self._count("dropped")
            else:
                self._arrived.setdefault(waits, []).append(delivery)
                self._waiting += 1

    def _take_loose(self, delivery: Delivery, numbers: Sequence[int]) -> None:
        """Take a delivery that is of no exchange that waits for it."""
        if any(number in self._abandoned for number in numbers):
            return
        if numbers and not any(number in self._tied for number in numbers):
            sent = [number for number in numbers if self._sent.has(number)]
            if sent:
                # Of an exchange that is forgotten, nobody can say whether this was its event, or one too many.
                self._count("forgotten")
                for number in sent:
                    if self._pending.state(number) is State.PENDING:
                        self._pending.forget(number)
                        self._count("unheard")
                return
        self._loose.append(delivery)

    def step(self, now: float) -> None:
        """Tie what is ready, and judge what can be judged.

        Args:
            now: The time by the clock of the world, seconds.
        """
        # What the machine took from the target must be known first: else a busy one would accuse it.
        measured = self._machine.latest
        ready = [
            e
            for e in self._pending.answered.values()
            if e.ended <= measured and (now - e.ended > LIMITS.at_once or self._is_whole(e))
        ]
        # Among many exchanges, one event is lost and another comes twice at any time: tied together, these two would
        # be taken for an event with another's identity, or not, as the time has it.
        whole = [e for e in ready if self._is_whole(e)]
        lacking = [e for e in ready if not self._is_whole(e)]
        if whole or self._loose or self._calls:
            loose, self._loose = self._loose, []
            calls, self._calls = tuple(self._calls), []
            self._tie(whole, loose, calls)
        if lacking:
            self._tie(lacking, (), ())
        self._hand_back(*self._pending.over(self.drained))

    def _tie(self, ready: Sequence[Exchange], loose: Sequence[Delivery], calls: tuple[UpstreamCall, ...]) -> None:
        deliveries = list(loose)
        for exchange in ready:
            deliveries += self._taken(exchange.number)
        deliveries.sort(key=lambda delivery: delivery.number)
        self._take_tied(self._attribution.tie(ready, deliveries, calls))

    def finish(self, now: float) -> None:
        """Judge all that is left: what was not waited for long enough may have been sent.

        Args:
            now: The time by the clock of the world, seconds.
        """
        self.step(now + LIMITS.at_once * 2)
        for number in tuple(self._pending.answered):
            self._pending.forget(number)
            self._taken(number)
            self._count("busy")
        self._hand_back(*self._pending.rest(self.drained, ()))

    def tally(self) -> Tally:
        """Return what was counted and found so far."""
        counts = {name: self._counts[name] for name in _COUNTED}
        return Tally(
            **counts,
            operations=tuple(self._operations.items()),
            laws=self._judge.tallies(),
            groups=self._findings.groups,
            unexplained=self._attribution.unexplained,
            guessed=len(self._findings.guesses()),
            left_out=self._left_out,
            late=tuple(self._late.items()),
            in_time=tuple(sorted(self._in_time)),
        )

    def _is_whole(self, exchange: Exchange) -> bool:
        """Whether as many events have come as an exchange owes."""
        context = self._contexts[exchange.case.operation]
        events = context.operation.events
        if not exchange.succeeded or not events:
            return True
        number = sum(owed.count(event, exchange, context) for event in events)
        return 0 < number <= len({one.identity for one in self._arrived.get(exchange.number, ())})

    def _taken(self, number: int) -> list[Delivery]:
        found = self._arrived.pop(number, [])
        self._waiting -= len(found)
        return found

    def _take_tied(self, attributed: Attributed) -> None:
        for exchange in (*attributed.late, *attributed.exchanges):  # as the attribution remembers them
            self._tied.pop(exchange.number, None)
            self._tied[exchange.number] = None
        while len(self._tied) > REMEMBERED:
            self._tied.popitem(last=False)
        ready, _ = self._pending.take(attributed, attributed.swapped)
        self._judge_them(replace(ready, exchanges=self._heard(ready.exchanges)))
        for breach in self._judge.phantoms(attributed):
            self._findings.add(breach, _NOBODYS)

    def _hand_back(self, exchanges: Sequence[Exchange], swapped: Mapping[int, Mapping[int, tuple[int, ...]]]) -> None:
        """Judge what is no longer pending."""
        for exchange in self._heard(exchanges):
            own = {n: partners for n, partners in swapped[exchange.number].items() if n == exchange.number}
            self._judge_them(Attributed((exchange,), swapped=own))

    def _heard(self, exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
        """Count the events of exchanges that are over; return those of which something can be said."""
        heard = []
        for exchange in exchanges:
            self._count("events", len(exchange.declared))
            if exchange.unheard:
                self._count("unheard")
            else:
                heard.append(exchange)
        return tuple(heard)

    def _judge_them(self, attributed: Attributed) -> None:
        """Judge exchanges; each breach of one is counted once, however often it is judged.

        What a busy machine may have made is excused, as in a run. A case that was in time once is cleared.
        """
        attributed = replace(
            attributed,
            exchanges=tuple(map(self._excused, attributed.exchanges)),
            late=tuple(map(self._excused, attributed.late)),
        )
        for judged in self._judge.batch(attributed, self._attribution.calls.of_late):
            exchange = judged.exchange
            before = self._over.pop(exchange.number, frozenset())
            if not judged.late:
                self._count("judged")
                self._operations[exchange.case.operation] += 1
            told = [breach for breach in judged.breaches if _told_apart(breach) not in before]
            for breach in told:
                self._findings.add(breach, Batch((), (exchange.planned,)))
            self._over[exchange.number] = before.union(map(_told_apart, told))
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)

    def _excused(self, exchange: Exchange) -> Exchange:
        label = exchange.case.label
        excused = self._excuses.take(exchange)
        if excused is not None:
            self._late[label] += 1
        elif not exchange.excuse:
            self._in_time.add(label)
        return excused or exchange

    def _count(self, what: str, number: int = 1) -> None:
        self._counts[what] += number


_COUNTED = ("made", "judged", "events", "unheard", "forgotten", "abandoned", "busy", "perhaps", "dropped")


def _told_apart(breach: Breach) -> tuple[str, object]:
    return breach.law, breach.cause


def longest_wait(contexts: Mapping[str, LawContext]) -> float:
    """Return how long the events of any operation have at the end of a soak, seconds."""
    times = (
        max(context.time_limit, (event.delivery.within_ms or 0) / 1000)
        for context in contexts.values()
        for event in context.operation.events
        if not owed.awaited(event)
    )
    return min(max((LIMITS.awaited, *times)), LIMITS.pending)
