"""Waits for events that are owed and have not come: what is late is not lost.

A target may send one event after the other, and wait out its patience with the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.contract.runtime_expressions import Moment
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bothends.contract import EventContract, Operation
    from bothends.records import Exchange

LOOK_SECONDS = 0.1
LONGEST = 3.0
"""Seconds that are waited at most for what a batch is owed."""

_MOST_MISSES = 4
"""Batches in a row that lack events for good, after which nothing is waited for any more."""


IN_ALL = 20.0
"""Seconds that are waited at most in a whole run."""


class Overdue:
    """Tells whether there is anything to wait for."""

    def __init__(self, operations: Mapping[str, Operation], host: str) -> None:
        """Take what owes events.

        Args:
            operations: The operations under test, by their ids.
            host: Where the world is: what goes elsewhere arrives nowhere.
        """
        self._operations = operations
        self._host = host
        self._misses = 0
        self._left = IN_ALL

    @property
    def worth_it(self) -> bool:
        """Whether waiting has not been in vain each time, and there is time left for it."""
        return self._misses < _MOST_MISSES and self._left > 0

    def note(self, seconds: float, *, lacking: bool) -> None:
        """Take note of how waiting has ended, and how long it took."""
        self._left -= seconds
        self._misses = self._misses + 1 if lacking else 0

    def lacks(self, exchanges: Iterable[Exchange]) -> bool:
        """Return whether an exchange lacks an event that its answer owes."""
        return any(self._lacks(exchange) for exchange in exchanges)

    def _lacks(self, exchange: Exchange) -> bool:
        operation, answer = self._operations.get(exchange.case.operation), exchange.answer
        if operation is None or not isinstance(answer, Answer) or exchange.case.request.method != operation.method:
            return False
        if exchange.case.expect.refused:
            return False
        came = {delivery.callback for delivery in exchange.declared}
        moment = Moment(operation.path, exchange.sent, answer)
        faulty = {condition.subject for condition in exchange.case.given}
        for event in operation.events:
            if event.when is None or not event.ingest or event.ingest in faulty or came & {event.name, ""}:
                continue
            if event.when.holds(answer.status, moment) and self._arrives(event, moment):
                return True
        return False

    def _arrives(self, event: EventContract, moment: Moment) -> bool:
        """Return whether an exchange says to where an event goes, and that is in the world."""
        url = event.url.url(moment, "http://world.invalid", "")
        if url is None or event.url.whole is None:
            return url is not None
        return urlsplit(url).hostname == self._host.strip("[]")
