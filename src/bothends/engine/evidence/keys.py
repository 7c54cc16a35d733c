"""Counts what was seen of a key (`x-idempotency`), and says what of its promises was not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.openapi import X_IDEMPOTENCY
from bothends.engine.counts import counted
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Idempotency
    from bothends.engine.counts import Counts
    from bothends.records import Again, Exchange

_SEEN = counted("keys seen", "operation", "what")
_SAME, _BODY, _ERROR, _CALLER, _IN_FLIGHT = "same", "body", "error", "caller", "in-flight"


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange."""
    first, again = exchange.first, exchange.again
    if first is None or again is None or not isinstance(exchange.answer, Answer):
        return
    key = operation.idempotency
    if key is not None and again.at_once and exchange.answer.status == key.in_flight:
        counts.add(_SEEN, operation.id, _IN_FLIGHT)
    if first.succeeded or again.well:
        counts.add(_SEEN, operation.id, _what(again, failed=not first.succeeded))


def not_proven(counts: Counts, contract: Contract, hopeless: Collection[str] = ()) -> Iterator[NotProven]:
    """Yield what a whole run was to show of keys and did not.

    Args:
        counts: What was seen.
        contract: The contract.
        hopeless: Operations of which no valid request has succeeded: that is said once.
    """
    for operation in contract.operations:
        key = operation.idempotency
        if key is not None and operation.id not in hopeless and not operation.security.unplayable:
            yield from _of_key(counts, operation, key)


def _of_key(counts: Counts, operation: Operation, key: Idempotency) -> Iterator[NotProven]:
    seen = counts.words(_SEEN, operation.id)
    if _SAME not in seen:
        yield _told(operation, key, "", "No request succeeded and was sent again with its key.")
        return
    if operation.security.demanded and _CALLER not in seen:
        why = "Fewer than two callers are played, so it was not tested that a key belongs to its caller."
        yield _told(operation, key, "callers", why, add="callers: two of them, in the table of the security scheme")
    if key.conflict is not None and _BODY not in seen:
        why = "No other body is known that the contract certainly admits."
        yield _told(operation, key, "conflict", why, add="a second example of the request body")
    if key.in_flight is not None and _IN_FLIGHT not in seen:
        why = f"No request was answered {key.in_flight}: each came when the first was over, or waited for it."
        yield _told(operation, key, "in_flight", why)
    if key.errors and _ERROR not in seen:
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
    what = f"{X_IDEMPOTENCY} of {operation.id}{f': {part}' if part else ''}"
    return NotProven(what, why, where=str(key.location or ""), add=add, weight=Weight.EVENTS)
