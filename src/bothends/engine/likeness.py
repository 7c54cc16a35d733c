"""Tells how well an event and an exchange go together by what is in them.

An event that has the very values that an exchange has itself (those of its body, its path, its answer, as the
contract's `x-from` names them) is that exchange's: the id of an order that is answered and sent is in no other. One
that is an event of an operation, by its schema, is not another operation's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bothends.contract.runtime_expressions import Moment
from bothends.contract.schema import has_constants
from bothends.engine.callback_matching import is_expected
from bothends.laws.own_values import ANSWERED, OWN, UNKNOWN, own_value
from bothends.records import MISSING, Answer, json_equal, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract import Operation, Provenance
    from bothends.records import Delivery, Exchange


@dataclass(frozen=True, slots=True)
class Traits:
    """What an event says of itself.

    Attributes:
        operations: Those whose event it is, by its schema.
        claims: By operation, its values that an exchange of that operation must have itself.
        declared: Whether it has the constants of a callback's event: else it may be of anything that the target does.
        callers: By operation, its values that must be of the caller's session.
        callbacks: By operation, the names of the callbacks whose constants it has.
    """

    declared: bool = True
    operations: frozenset[str] = frozenset()
    claims: Mapping[str, tuple[Provenance, ...]] = field(default_factory=dict)
    callers: Mapping[str, tuple[Provenance, ...]] = field(default_factory=dict)
    callbacks: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Match(IntEnum):
    """How well an event and an exchange go together, the higher the better."""

    ANY = 0
    OPERATION = 1
    VALUES = 2
    """All that the exchange is known to have of the event's values is in it: others may have sent the same."""
    SURE = 3
    """And one of them is of its answer, which no other request was given."""


class Likeness:
    """Compares the events and the exchanges of one wave."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        """Take the contract's operations, by their ids."""
        self._operations = operations
        self._own: dict[tuple[int, str, bool], Any] = {}
        self._expects: dict[tuple[int, bool], bool] = {}

    def traits(self, delivery: Delivery) -> Traits:
        """Return what the event of a delivery says of itself."""
        # Of several in one array, each is looked at by itself.
        body = [delivery.event] if isinstance(delivery.payload, list) else delivery.event
        several = len(self._operations) > 1
        fitting: set[str] = set()
        claims: dict[str, tuple[Provenance, ...]] = {}
        callers: dict[str, tuple[Provenance, ...]] = {}
        for operation in self._operations.values():
            found = [claim for callback in operation.events for claim in callback.provenance(body)]
            own = tuple(claim for claim in found if claim.source.kind in OWN)
            if own:
                claims[operation.id] = own
            callers[operation.id] = tuple(claim for claim in found if claim.source.kind == "session")
            if several and any(callback.body.is_valid(body) for callback in operation.events):
                fitting.add(operation.id)
        events = [event for operation in self._operations.values() for event in operation.events]
        declared = not events or any(has_constants(event.body, body) for event in events)
        callbacks = {
            operation.id: frozenset(event.name for event in operation.events if has_constants(event.body, body))
            for operation in self._operations.values()
        }
        return Traits(declared, frozenset(fitting), claims, callers, callbacks)

    def callbacks(self, exchange: Exchange) -> int:
        """Return how many callbacks the operation of an exchange has; one where that is not known."""
        operation = self._operations.get(exchange.case.operation)
        return max(1, len(operation.events)) if operation is not None else 1

    def owes_one(self, exchange: Exchange) -> bool:
        """Return whether an exchange owes one event, whatever was asked."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None or len(operation.events) != 1 or exchange.case.expect.refused:
            return False
        when = operation.events[0].when
        return exchange.succeeded and when is not None and when.owed and not when.conditions

    def expects(self, exchange: Exchange, *, behind: bool = False) -> bool:
        """Return whether the answer of an exchange goes with an event.

        Args:
            exchange: The exchange.
            behind: Whether it must be one that may come behind the answer.
        """
        key = (exchange.number, behind)
        if key not in self._expects:
            self._expects[key] = self._find_expected(exchange, behind=behind)
        return self._expects[key]

    def _find_expected(self, exchange: Exchange, *, behind: bool) -> bool:
        operation, answer = self._operations.get(exchange.case.operation), exchange.answer
        if operation is None:
            return isinstance(answer, Answer) and answer.success and not behind
        events = [event for event in operation.events if not (behind and event.delivery.answer == "after")]
        moment = Moment(operation.path, exchange.sent, answer)
        return any(is_expected(event, moment) for event in events)

    @staticmethod
    def is_of_caller(traits: Traits, exchange: Exchange) -> bool | None:
        """Return whether an event is of the caller of an exchange; None: nobody knows.

        Where callers take turns, many exchanges are of one: it says whose an event is not.
        """
        claims = traits.callers.get(exchange.case.operation, ())
        if not claims or exchange.session is None:
            return None
        session = dict(exchange.session)
        return all(json_equal(resolve(session, claim.source.pointer), claim.value) for claim in claims)

    @staticmethod
    def repeats_an_answer(traits: Traits) -> bool:
        """Return whether an event has a value that must be of an answer."""
        return any(claim.source.kind == ANSWERED for claims in traits.claims.values() for claim in claims)

    def match(self, traits: Traits, exchange: Exchange) -> Match:
        """Return how well an event and an exchange go together."""
        operation = exchange.case.operation
        if traits.operations and operation not in traits.operations:
            return Match.ANY
        values = [(claim, self._value(claim, exchange)) for claim in traits.claims.get(operation, ())]
        known = [(claim, wanted) for claim, wanted in values if wanted is not UNKNOWN]
        if known and all(wanted is not MISSING and json_equal(wanted, claim.value) for claim, wanted in known):
            answered = any(claim.source.kind == ANSWERED for claim, _ in known)
            return Match.SURE if answered else Match.VALUES
        return Match.OPERATION if traits.operations else Match.ANY

    def _value(self, claim: Provenance, exchange: Exchange) -> Any:
        number = isinstance(claim.value, int | float)
        key = (exchange.number, claim.source.text, number)
        if key not in self._own:
            operation = self._operations[exchange.case.operation]
            self._own[key] = own_value(claim.source, exchange, operation, number=number)
        return self._own[key]
