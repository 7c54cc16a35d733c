"""Exchanges of earlier batches, for which an event may still come: what is remembered of them is bounded.

Which of them are over, `past.py` says, which remembers more of them, and less of each.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.engine.tie.past import Past
    from bothends.records import Delivery, Exchange

REMEMBERED_EXCHANGES = 512
REMEMBERED_WAITING = 4096
"""Exchanges that are remembered beyond these, as an event of theirs has not come, or was not taken."""

REMEMBERED_BYTES = 1 << 16
"""What is remembered of the body of one exchange's answer."""

WAITING_BYTES = 1 << 12
"""What is remembered of the body of the answer of one that waits."""

REMEMBERED_DELIVERIES = 8
"""Deliveries that are remembered of one exchange: a target may send one caller's events for ever."""


class Earlier:
    """Remembers the exchanges of earlier batches.

    Attributes:
        recent: Those of late by their numbers, the latest last.
        waiting: Those before them of which an event has not come, or was not taken, by their numbers.
    """

    def __init__(self, operations: Mapping[str, Operation], past: Past, remembered: int) -> None:
        self._operations = operations
        self._past = past
        self._remembered = remembered  # how many, whether or not an event of theirs may still come
        self.recent: OrderedDict[int, Exchange] = OrderedDict()
        self.waiting: OrderedDict[int, Exchange] = OrderedDict()

    def __contains__(self, number: int) -> bool:
        """Return whether an exchange is remembered."""
        return number in self.recent or number in self.waiting

    def __getitem__(self, number: int) -> Exchange:
        return self.recent.get(number) or self.waiting[number]

    def __iter__(self) -> Iterator[Exchange]:
        """Yield all that are remembered, those of late last."""
        yield from self.waiting.values()
        yield from self.recent.values()

    def remember(self, exchanges: Iterable[Exchange]) -> None:
        """Remember exchanges, with what came for them; what is too much is forgotten."""
        for exchange in exchanges:
            few = len(exchange.deliveries) <= 1
            kept = exchange if few else replace(exchange, deliveries=_remembered(exchange.deliveries))
            self.recent[exchange.number] = kept = kept.cut(REMEMBERED_BYTES)
            self._past.take((kept,))
            self.recent.move_to_end(exchange.number)
            self.waiting.pop(exchange.number, None)
        while len(self.recent) > self._remembered:
            number, oldest = self.recent.popitem(last=False)
            self._past.cut(oldest, WAITING_BYTES)
            if self._waits(oldest):
                self.waiting[number] = oldest.cut(WAITING_BYTES)
        while len(self.waiting) > REMEMBERED_WAITING:
            self.waiting.popitem(last=False)

    def _waits(self, exchange: Exchange) -> bool:
        """Whether an event may still come of an exchange, or another attempt at one that nobody has taken."""
        taken = {delivery.identity for delivery in exchange.deliveries if delivery.acknowledged}
        if any(delivery.identity not in taken for delivery in exchange.deliveries):
            return True
        operation = self._operations.get(exchange.case.operation)
        if operation is None or not isinstance(exchange.answer, Answer):
            return False
        behind = [event for event in operation.events if event.delivery.answer != "after"]
        came = {delivery.callback for delivery in exchange.declared}
        owing = exchange.succeeded or any(event.when is not None and event.when.conditions for event in behind)
        return owing and (len(came) < len(behind) or operation.counts_events)


def _remembered(deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """Return what is remembered: the first, the latest, and the first attempt of each of the latest events.

    Without its first attempt, an event would look like one that another request has sent before.
    """
    first: dict[str, int] = {}
    for place, delivery in enumerate(deliveries):
        first.setdefault(delivery.identity, place)
    places = {0} if deliveries else set()
    for place in reversed(range(len(deliveries))):
        more = places | {place, first[deliveries[place].identity]}
        places = more if len(more) <= REMEMBERED_DELIVERIES else places
    return tuple(deliveries[place] for place in sorted(places))
