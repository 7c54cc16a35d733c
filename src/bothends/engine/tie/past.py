"""Exchanges of late: which of them may still send an event, and which are over.

An exchange is over when what it owes is acknowledged (a refused one owes nothing), and some time has passed quietly
since then: three times as long as any event of the run was late, two seconds at least. What is owed and never came has
the time that a run waits for it. A restart of the target changes nothing: what it has stored, it may send afterwards.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, NamedTuple

from bothends.contract.messages import Moment
from bothends.laws import owed
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import EventContract, Operation
    from bothends.records import Delivery, Exchange


REMEMBERED = 2048
"""Exchanges of late, beside those that wait for an event."""

REMEMBERED_OF_NOBODY = 128
"""Deliveries of late that no exchange was found for."""

LEAST_QUIET = 2.0
"""Seconds without an event after which an exchange that owes nothing more is over, at least."""

TIMES_LATEST = 3
"""How many times as long as any event was late."""

LONGEST_WAIT = 10.0
"""Seconds after which what is owed and has not come is lost, as long as the run does not say otherwise."""

Send = tuple["Delivery", ...]
"""All attempts to send one event."""


def sends_of(deliveries: Iterable[Delivery]) -> list[Send]:
    """Return deliveries as events: attempts that have one identity are one; of those without, each may be another's."""
    found: OrderedDict[str, list[Delivery]] = OrderedDict()
    for one in deliveries:
        found.setdefault(one.identity if one.identified else f"{one.identity} {one.number}", []).append(one)
    return [tuple(each) for each in found.values()]


class _Known(NamedTuple):
    """An exchange.

    Attributes:
        exchange: The exchange, with its events.
        last: When something of it was seen last; by the clock, seconds.
        settled: Whether what it owes is acknowledged.
    """

    exchange: Exchange
    last: float
    settled: bool


class Past:
    """Remembers the exchanges of late.

    Attributes:
        version: Counts what has changed.
    """

    def __init__(
        self,
        operations: Mapping[str, Operation],
        wait: float = LONGEST_WAIT,
        windows: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Begin with none.

        Args:
            operations: The contract's, by their ids.
            wait: Seconds that a run waits for an event that is owed.
            windows: When the target was prepared; by the clock, seconds. What did that may have sent events as well.
        """
        self.version = 0
        self._windows = windows
        self._operations = operations
        self._wait = wait
        self._latest = 0.0
        self._latest_owed = 0.0
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._forgotten = float("-inf")  # when an exchange was seen last that is not remembered any more
        self._of_nobody: deque[Delivery] = deque()
        self._of_nobody_until = float("-inf")  # when the latest one of nobody came that is not remembered any more

    @property
    def quiet(self) -> float:
        """How long an exchange that owes nothing more must be quiet until it is over, seconds."""
        return max(LEAST_QUIET, TIMES_LATEST * self._latest)

    @property
    def prompt(self) -> float:
        """How late an event is at most, as far as it was seen of those that are owed; two seconds at least."""
        return max(LEAST_QUIET, self._latest_owed)

    def take(self, exchanges: Iterable[Exchange]) -> None:
        """Take exchanges that are answered, with what came for them so far."""
        self.version += 1
        for exchange in exchanges:
            last = max((exchange.over, *(delivery.settled for delivery in exchange.deliveries)))
            self._learn(exchange)
            self._known[exchange.number] = _Known(exchange, last, self._is_settled(exchange))
            self._known.move_to_end(exchange.number)
        while len(self._known) > REMEMBERED:
            _, oldest = self._known.popitem(last=False)
            self._forgotten = max(self._forgotten, self._until(oldest))

    def take_of_nobody(self, deliveries: Iterable[Delivery]) -> None:
        """Take deliveries that were tied to no exchange."""
        self._of_nobody.extend(deliveries)
        while len(self._of_nobody) > REMEMBERED_OF_NOBODY:
            oldest = self._of_nobody.popleft()
            self._of_nobody_until = max(self._of_nobody_until, oldest.received)

    def has_of_nobody(self, since: float, may_be: Callable[[Delivery], bool]) -> bool:
        """Return whether a delivery that was tied to no exchange may be of one that had begun at `since`."""
        forgotten = self._of_nobody_until >= since
        return forgotten or any(one.received >= since and may_be(one) for one in self._of_nobody)

    def cut(self, exchange: Exchange, limit: int) -> None:
        """Remember less of the body of the answer of an exchange."""
        known = self._known.get(exchange.number)
        if known is not None:
            self.version += 1
            self._known[exchange.number] = known._replace(exchange=known.exchange.cut(limit))

    def get(self, number: int) -> Exchange | None:
        """Return an exchange; None: it is not remembered."""
        known = self._known.get(number)
        return None if known is None else known.exchange

    @property
    def all(self) -> Iterator[Exchange]:
        """All that are remembered, the latest first."""
        return (known.exchange for known in reversed(self._known.values()))

    def open_at(self, began: float, at: float) -> Iterator[Exchange]:
        """Yield the exchanges that had begun by one time, and may have sent what came at another, the latest first."""
        for known in reversed(self._known.values()):
            if known.exchange.began <= began and at < self._until(known):
                yield known.exchange

    def in_setup(self, at: float) -> bool:
        """Return whether what prepared the target may have sent what came at a time."""
        return any(began <= at < ended + self.quiet for began, ended in self._windows)

    def unsettled(self) -> Iterator[Exchange]:
        """Yield the exchanges that owe an event which is not acknowledged, or whose answer never came, latest first."""
        return (known.exchange for known in reversed(self._known.values()) if not known.settled)

    def knows_all_at(self, at: float) -> bool:
        """Return whether each exchange is remembered that may have sent what came at a time."""
        return self._forgotten <= at

    def since(self, began: float) -> tuple[float, list[Exchange]]:
        """Return from when on something may be mistaken for what is of an exchange, and the exchanges since then.

        An event of one that was not over when the exchange began may be its own, and so on for what came before that.
        """
        spans = [(known.exchange.began, self._until(known), known.exchange) for known in self._known.values()]
        before = float("inf")
        while began < before:
            before = began
            began = min((start for start, end, _ in spans if start < before < end), default=before)
        return began, [exchange for _, end, exchange in reversed(spans) if end > began]

    def over_in(self, now: float) -> float:
        """Return in how many seconds all are over, if nothing comes; 0: all are."""
        left = [self._until(known) - now for known in self._known.values()]
        left += [ended + self.quiet - now for _, ended in self._windows]
        return max(left, default=0.0)

    def owes(self, exchange: Exchange) -> int | None:
        """Return how many events an exchange owes; None: it was not answered, so nobody knows."""
        operation = self._operations.get(exchange.case.operation)
        if not isinstance(exchange.answer, Answer):
            return None
        return 0 if operation is None else sum(self.owed(operation, exchange).values())

    def owed(self, operation: Operation, exchange: Exchange) -> dict[str, int]:
        """Return how many events of each callback an exchange owes."""
        answer = exchange.answer
        if not isinstance(answer, Answer) or exchange.repeated or exchange.idle:
            return {}
        moment = Moment(operation.path, exchange.sent, answer)
        return {event.name: _number(event, answer, moment) for event in operation.events}

    def arrived(self, exchange: Exchange) -> int:
        """Return how many events of an exchange have arrived if the target keeps the contract.

        One that was sent to an ingest with a fault may have been lost, unless the answer has waited for it.
        """
        operation = self._operations.get(exchange.case.operation)
        if operation is None:
            return 0
        counts = self.owed(operation, exchange)
        return sum(
            counts.get(event.name, 0)
            for event in operation.events
            if owed.awaited(event) or not owed.unwell(event, exchange, operation)
        )

    def may_be_lost(self, exchange: Exchange) -> bool:
        """Whether each event of an exchange may have been sent without arriving, as its ingest had a fault."""
        return exchange.case.operation in self._operations and not self.arrived(exchange)

    def _until(self, known: _Known) -> float:
        return known.last + (self.quiet if known.settled else max(self.quiet, self._wait))

    def _learn(self, exchange: Exchange) -> None:
        """Take note of how late events are: first attempts, while no ingest fails."""
        well = not any(one.fault is not None for one in exchange.deliveries) and not exchange.case.of_the_world
        if well and isinstance(exchange.answer, Answer):
            late = [one.received - exchange.over for one in exchange.deliveries if one.attempt == 1]
            self._latest = min(self._wait, max((self._latest, *late)))
            # What a refused request seems to have sent late may be of another one.
            if not exchange.guessed and self.owes(exchange):
                self._latest_owed = min(self._wait, max((self._latest_owed, *late)))

    def _is_settled(self, exchange: Exchange) -> bool:
        """Return whether an exchange owes nothing that is not acknowledged, and no attempt may be made again."""
        taken = {one.identity for one in exchange.deliveries if one.acknowledged}
        if any(one.identity not in taken for one in exchange.deliveries):
            return False
        operation = self._operations.get(exchange.case.operation)
        if operation is None:
            return True
        if not isinstance(exchange.answer, Answer):
            return bool(taken)
        came = {name: len(sends) for name, sends in by_callback(operation, exchange.declared).items()}
        return all(came.get(name, 0) >= count for name, count in self.owed(operation, exchange).items())


def by_callback(operation: Operation, deliveries: Sequence[Delivery]) -> dict[str, list[Send]]:
    """Return the events of an exchange by their callbacks; of one callback, all are its."""
    only = operation.events[0].name if len(operation.events) == 1 else ""
    found: dict[str, list[Send]] = {}
    for send in sends_of(deliveries):
        found.setdefault(only or send[0].callback, []).append(send)
    return found


def _number(event: EventContract, answer: Answer, moment: Moment) -> int:
    if event.when is None or not event.when.owed or not event.ingest or not event.when.holds(answer.status, moment):
        return 0
    return event.when.number(moment) or 0
