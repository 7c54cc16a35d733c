"""Tells whether an event has the very values that an exchange has itself: those of its body, its path, its answer.

It is what ties an event to its request where the contract's `x-from` names them: the id of an order that is answered
and sent, say, is in no other exchange.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.laws.own_values import OWN, UNKNOWN, own_value
from bothends.records import MISSING, json_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Operation, Provenance
    from bothends.records import Delivery, Exchange

Claims = dict[str, tuple["Provenance", ...]]
"""By operation, the values of an event that an exchange of that operation must have itself."""


class Likeness:
    """Compares the events and the exchanges of one wave."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        """Take the contract's operations, by their ids."""
        self._operations = operations
        self._own: dict[tuple[int, str, bool], Any] = {}

    def claims(self, delivery: Delivery) -> Claims:
        """Return what the event of a delivery has of an exchange's own."""
        found: Claims = {}
        for operation in self._operations.values():
            claims = [claim for callback in operation.events for claim in callback.provenance(delivery.event)]
            own = tuple(claim for claim in claims if claim.source.kind in OWN)
            if own:
                found[operation.id] = own
        return found

    def alike(self, claims: Claims, exchange: Exchange) -> bool:
        """Return whether an exchange has each of an event's values, as far as that can be told, and one at least."""
        known = [
            (c, w) for c in claims.get(exchange.case.operation, ()) if (w := self._value(c, exchange)) is not UNKNOWN
        ]
        return bool(known) and all(wanted is not MISSING and json_equal(wanted, c.value) for c, wanted in known)

    def _value(self, claim: Provenance, exchange: Exchange) -> Any:
        number = isinstance(claim.value, int | float)
        key = (exchange.number, claim.source.text, number)
        if key not in self._own:
            operation = self._operations[exchange.case.operation]
            self._own[key] = own_value(claim.source, exchange, operation, number=number)
        return self._own[key]
