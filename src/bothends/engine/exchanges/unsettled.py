"""Requests that must not be executed, and met a failure of the target's own while others were under way.

A target whose database is locked for a moment, or that has too few workers, answers a server error to whatever it is
asked then. What it would have done with such a request is not known. So the request is sent once more, alone.
"""

from __future__ import annotations

from collections import Counter, deque
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.engine.exchanges.batches import Batch
from bothends.records import Answer

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.engine.exchanges.played import Played
    from bothends.records import Exchange

MOST = 8
"""Requests of one operation that are sent once more, at most: a target may fail of itself, each time."""

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
            contract: Tells which operations send events: of others, nothing more is asked.
        """
        self._sending = {operation.id for operation in contract.operations if operation.events}
        self._counts: Counter[str] = Counter()
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

    def next(self) -> Batch | None:
        """Return what is to be played now; None: nothing."""
        return self._waiting.popleft() if self._waiting else None

    def _is_unsettled(self, exchange: Exchange) -> bool:
        answer, expect = exchange.answer, exchange.case.expect
        failed = isinstance(answer, Answer) and answer.status in _FAILURES
        asked = exchange.case.operation in self._sending and expect.refused and expect.any_answer
        return failed and asked and not exchange.deliveries
