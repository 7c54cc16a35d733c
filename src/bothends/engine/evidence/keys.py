"""Counts what was seen of a key (`x-idempotency`), and says what of its promises was not proven."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.contract.idempotency import NAME
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.contract.idempotency import Idempotency
    from bothends.engine.events import Event
    from bothends.records import Again, Exchange

_SAME, _BODY, _ERROR, _CALLER, _IN_FLIGHT = "same", "body", "error", "caller", "in-flight"


class KeyTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {"_seen": Counter[tuple[str, str]]}

    def __init__(self, contract: Contract) -> None:
        """Begin with nothing seen."""
        self._contract = contract
        self._seen: Counter[tuple[str, str]] = Counter()

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange."""
        first, again = exchange.first, exchange.again
        operation = exchange.case.operation
        if first is None or again is None or not isinstance(exchange.answer, Answer):
            return
        key = self._contract.operation(operation).idempotency
        if key is not None and again.at_once and exchange.answer.status == key.in_flight:
            self._seen[operation, _IN_FLIGHT] += 1
        if first.succeeded or again.well:
            self._seen[operation, _what(again, failed=not first.succeeded)] += 1

    def not_proven(self, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
        """Yield what a whole run was to show of keys and did not.

        Args:
            hopeless: Operations of which no valid request has succeeded: that is said once.
        """
        for operation in self._contract.operations:
            if operation.id in hopeless:
                continue
            if operation.idempotency is not None and not operation.security.unplayable:
                yield from self._of_key(operation, operation.idempotency)

    def _of_key(self, operation: Operation, key: Idempotency) -> Iterator[NotProven]:
        if not self._seen[operation.id, _SAME]:
            yield _told(operation, key, "", "No request succeeded and was sent again with its key.")
            return
        if operation.security.demanded and not self._seen[operation.id, _CALLER]:
            why = "Fewer than two callers are played, so it was not tested that a key belongs to its caller."
            yield _told(operation, key, "callers", why, add="callers: two of them, in the table of the security scheme")
        if key.conflict is not None and not self._seen[operation.id, _BODY]:
            why = "No other body is known that the contract certainly admits."
            yield _told(operation, key, "conflict", why, add="a second example of the request body")
        if key.in_flight is not None and not self._seen[operation.id, _IN_FLIGHT]:
            why = f"No request was answered {key.in_flight}: each came when the first was over, or waited for it."
            yield _told(operation, key, "in_flight", why)
        if key.errors and not self._seen[operation.id, _ERROR]:
            why = "No request failed with an error of a service that its answer waits for."
            yield _told(operation, key, "errors", why)


def _what(again: Again, *, failed: bool) -> str:
    """Return what a request that was sent again shows."""
    if again.another_caller:
        return _CALLER
    if again.body is not None:
        return _BODY
    if again.well:
        return _ERROR if failed else ""
    return "" if again.key or again.at_once else _SAME


def _told(operation: Operation, key: Idempotency, part: str, why: str, *, add: str = "") -> NotProven:
    what = f"{NAME} of {operation.id}{f': {part}' if part else ''}"
    return NotProven(what, why, where=str(key.location or ""), add=add, weight=Weight.EVENTS)
