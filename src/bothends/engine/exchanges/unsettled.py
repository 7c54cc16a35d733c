"""Requests that are sent once more, alone, as their answer says nothing of what they are about.

- One that must not be executed met a failure of the target's own while others were under way. A target whose database
  is locked for a moment, or that has too few workers, answers a server error to whatever it is asked then. What it
  would have done with the request is not known.
- A valid one was refused, perhaps as a value in it was taken. It is sent with another value there.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.unique_values import with_others
from bothends.engine.exchanges.batches import Batch
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Collection

    from bothends.contract import Contract
    from bothends.engine.exchanges.played import Played
    from bothends.records import Exchange

MOST = 8
"""Requests of one operation that are sent once more, at most: a target may fail of itself, each time."""

MOST_TAKEN = 32
"""The same of those with a value that may be taken."""

_FAILURES = frozenset(
    (
        *(HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY),
        *(HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT),
    )
)
"""The others of their class refuse a method or a version, and will do so again (RFC 9110, section 15.6)."""


class Unsettled:
    """Holds what is sent once more."""

    def __init__(self, contract: Contract) -> None:
        """Hold nothing.

        Args:
            contract: Its operations that send events are asked again after a failure: of others, nothing more is asked.
        """
        self._operations = {operation.id: operation for operation in contract.operations}
        self._counts: Counter[str] = Counter()
        self._counts_of_taken: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._waiting: deque[Batch] = deque()

    def take(self, played: Played) -> None:
        """Take a batch that was played: of one case alone, all is known."""
        if played.batch.given or len(played.batch.cases) == 1:
            return
        for exchange in played.attributed.exchanges:
            case = exchange.case
            if self._is_unsettled(exchange) and case.label not in self._seen and self._counts[case.operation] < MOST:
                self._seen.add(case.label)
                self._counts[case.operation] += 1
                self._waiting.append(Batch((), (case,), concurrency=1))

    def take_refused(self, exchange: Exchange, places: Collection[str]) -> None:
        """Take a valid request that was refused, perhaps as the values in some members of its body were taken."""
        case, operation = exchange.case, self._operations[exchange.case.operation]
        label = f"{operation.id} {case.label}"
        if label in self._seen or self._counts_of_taken[operation.id] == MOST_TAKEN:
            return
        self._seen.add(label)
        other = with_others(operation, case.request, places, exchange.number)
        if other is not None:
            self._counts_of_taken[operation.id] += 1
            self._waiting.append(Batch(case.of_the_world, (replace(case, request=other),), concurrency=1))

    def next(self) -> Batch | None:
        """Return what is to be played now; None: nothing."""
        return self._waiting.popleft() if self._waiting else None

    def _is_unsettled(self, exchange: Exchange) -> bool:
        answer, expect = exchange.answer, exchange.case.expect
        failed = isinstance(answer, Answer) and answer.status in _FAILURES
        asked = bool(self._operations[exchange.case.operation].events) and expect.refused and expect.any_answer
        return failed and asked and not exchange.deliveries
