"""Tells which valid requests were refused before any request of their operation had succeeded.

What such a request is about may not have been there yet: a list of tags before the first image is pushed, a report
before the first sale, a service that is warming up. The contract says of a valid request that it succeeds; of when that
begins it says nothing. So that accuses nobody: the request is sent once more, alone, as soon as another one of its
operation has succeeded, and is judged then.

If it gets the very same answer then, neither an account that is full nor what another one had made is the reason: there
was nothing of that kind yet when it was refused first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.judge.disturbed import REFUSALS
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.contract import Contract
    from bothends.records import Exchange


_MOST = 4096
"""Cases whose answers are remembered."""


class Early:
    """Says which exchanges are not judged by their status, as nothing of their operation had succeeded before."""

    def __init__(self, contract: Contract) -> None:
        """Begin with no success."""
        self._operations = {operation.id: operation for operation in contract.operations}
        self._first: dict[str, float] = {}
        self._answers: dict[tuple[str, str], set[int | None]] = {}  # what was said, by operation and case

    def note(self, exchanges: Iterable[Exchange]) -> None:
        """Note when a request of each operation has succeeded first."""
        for one in exchanges:
            if one.succeeded:
                name = one.case.operation
                self._first[name] = min(one.ended, self._first.get(name, one.ended))

    def is_over(self, operation: str) -> bool:
        """Return whether a request of an operation has succeeded."""
        return operation in self._first

    def among(self, exchanges: Sequence[Exchange]) -> frozenset[int]:
        """Return the numbers of those that were refused early, whatever had been played with them."""
        early = [one for one in exchanges if self._is_early(one)]
        for one in early:
            if len(self._answers) < _MOST:
                self._answers.setdefault((one.case.operation, one.case.label), set()).add(_said(one))
        return frozenset(one.number for one in early)

    def refused_again(self, exchanges: Sequence[Exchange]) -> frozenset[int]:
        """Return the numbers of those that get the answer that they had got before any had succeeded."""
        return frozenset(
            one.number
            for one in exchanges
            if self.is_over(one.case.operation)
            and _said(one) in self._answers.get((one.case.operation, one.case.label), ())
        )

    def _is_early(self, exchange: Exchange) -> bool:
        case, answer, expect = exchange.case, exchange.answer, exchange.case.expect
        if case.of_the_world or case.repeat > 1 or exchange.again is not None or exchange.deliveries:
            return False
        if not isinstance(answer, Answer) or answer.status not in REFUSALS or expect.allows(answer.status):
            return False
        if exchange.began >= self._first.get(case.operation, float("inf")):
            return False
        success = self._operations[case.operation].success_statuses
        return bool(expect.statuses) and expect.statuses <= success and not (expect.any_answer or expect.refused)


def _said(exchange: Exchange) -> int | None:
    """Return what tells an answer from others; None: there is none."""
    answer = exchange.answer
    return hash((answer.status, answer.body)) if isinstance(answer, Answer) else None
