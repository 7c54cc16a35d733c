"""Counts the events that no callback declares, with a few of the places where they came, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.requests import SAFE
from bothends.engine.counts import counted
from bothends.records import NotProven, Weight, count_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_EVENTS = counted("undeclared events", "operation")
_EXCHANGES = counted("exchanges with undeclared events", "operation")
_AT = counted("undeclared events at", "operation", "place", of_the_target=True)
_INGESTS = counted("undeclared events at an ingest", "operation", "ingest")
_MAY_SEND = counted("successes that may have sent an undeclared event")
_MOST_PLACES = 3
_MOST_MEMBERS = 4


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange."""
    if exchange.succeeded and _may_send(operation):
        counts.add(_MAY_SEND)
    undeclared = {one.identity for one in exchange.deliveries if one.undeclared or not operation.events}
    if undeclared:
        counts.add(_EVENTS, operation.id, times=len(undeclared))
        counts.add(_EXCHANGES, operation.id)
    for one in exchange.deliveries:
        if one.identity in undeclared:
            counts.add(_INGESTS, operation.id, one.ingest)
            place = f"{one.method} {one.path}{_members_of(one.event)}"
            known = counts.under(_AT, operation.id)
            counts.add(_AT, operation.id, place, times=(place,) in known or len(known) < _MOST_PLACES)


def not_proven(counts: Counts, contract: Contract, unexplained: int) -> Iterator[NotProven]:
    """Yield the lines on events that no callback declares: one line where one says it all.

    Args:
        counts: What was seen.
        contract: The contract.
        unexplained: How many events arrived that belong to no exchange, and contain nothing of the run.
    """
    operations = [each for each in contract.operations if counts.number(_EVENTS, each.id)]
    if counts.number(_MAY_SEND):
        # What only reads is rather beside an event than its cause, where something has changed without a callback.
        beside = [each for each in operations if each.method in SAFE]
        operations = [each for each in operations if each not in beside]
        unexplained += sum(counts.number(_EVENTS, each.id) for each in beside)
    if len(operations) == 1:
        yield _of(counts, contract, operations[0], unexplained)
        return
    yield from (_of(counts, contract, operation, 0) for operation in operations)
    if unexplained:
        yield NotProven(
            "unexplained events",
            f"{count_of(unexplained, 'event')} arrived that no callback declares, or without any value of a request.",
            add="callbacks: one for each event that the target sends, or send no other events during the run",
            weight=Weight.EVENTS,
        )


def _of(counts: Counts, contract: Contract, operation: Operation, unexplained: int) -> NotProven:
    count, exchanges = counts.number(_EVENTS, operation.id), counts.number(_EXCHANGES, operation.id)
    more = f", and {unexplained:,} more that belong to no known request" if unexplained else ""
    lacks = "at addresses that no callback has" if operation.events else "and the contract declares no callback"
    frequent = sorted(counts.under(_AT, operation.id).items(), key=lambda each: -each[1])
    ingests = counts.under(_INGESTS, operation.id)
    (ingest,) = max(ingests, key=lambda each: (ingests[each], each))
    places = "; ".join(place for (place,), _ in frequent[:_MOST_PLACES])
    return NotProven(
        f"events of {operation.id}",
        f"{count_of(count, 'event')} arrived in {count_of(exchanges, 'exchange')}{more}, {lacks}. Such as: {places}.",
        where=str(contract.document.location(operation.pointer)),
        add=f"callbacks: {{NAME: {{'{{{ingest}}}/…': {{post: {{requestBody: …}}}}}}}}",
        weight=Weight.EVENTS,
    )


def _may_send(operation: Operation) -> bool:
    """Return whether an operation changes something, and the contract says of no event that it sends one."""
    return operation.method not in SAFE and not operation.events


def _members_of(event: object) -> str:
    """Return what an event has in it, in words: its members' names, as their values may be secrets."""
    names = list(event) if isinstance(event, dict) else []
    more = ", …" if len(names) > _MOST_MEMBERS else ""
    return f" with {', '.join(names[:_MOST_MEMBERS])}{more}" if names else ""
