"""Says which promises of several requests about one object no run has looked at: `x-state` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.openapi import X_CONSISTENCY, X_IDEMPOTENCY, X_PAGES, X_STATE
from bothends.contract.terms import X_DELIVERY
from bothends.records import NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract

_NO_HISTORY = "No history was played: what several requests about one object show, and its events, was not compared."
_NO_KILL = "The target was not killed, so what is there after its restart was not read."


def histories_not_proven(contract: Contract) -> Iterator[NotProven]:
    """Yield what is promised of histories."""
    for operation in contract.operations:
        if operation.consistency is not None:
            where = str(operation.consistency.location or "")
            yield NotProven(f"{X_CONSISTENCY} of {operation.id}", _NO_HISTORY, where=where, weight=Weight.ANSWERS)
        for event in operation.events:
            if event.state is not None:
                where = str(event.state.location or "")
                yield NotProven(f"{X_STATE} of {event.name}", _NO_HISTORY, where=where, weight=Weight.EVENTS)
            if event.delivery.survives is not None:
                what, where = f"{X_DELIVERY}.survives of {event.name}", str(event.location or "")
                yield NotProven(what, _NO_KILL, where=where, weight=Weight.EVENTS)
    if contract.settings.target.keeps_state is not None:
        where = f"{contract.settings.file} target.keeps_state"
        yield NotProven("[target] keeps_state", _NO_KILL, where=where, weight=Weight.RUN)


def notes_on_histories(contract: Contract) -> Iterator[str]:
    """Yield what is promised and read, and what no law judges yet."""
    for operation in contract.operations:
        if operation.pages is not None:
            yield f"{X_PAGES} of {operation.id} is not looked at: no law judges it yet."
        key = operation.idempotency
        if key is not None and key.survives is not None:
            yield f"{X_IDEMPOTENCY}.survives of {operation.id} is not looked at: no law judges it yet."
