"""Counts from which states of their objects operations were tried, as `x-transitions` declares them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.contract.requests import states_of
from bothends.engine.counts import counted
from bothends.records import NotProven, Weight, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_TRIED = counted("states that operations were tried in", "operation", "state")
_SEEN_INSTEAD = counted("states that were there in place of others", "operation", "state", "instead")
_MOST_NAMED = 6


def note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count an exchange from a state that its object was to be in."""
    look, looked = exchange.case.look, exchange.looked
    if look is None:
        return
    if looked is not None and looked.before == look.state:
        counts.add(_TRIED, operation.id, look.state)
    else:
        counts.add(_SEEN_INSTEAD, operation.id, look.state, "" if looked is None else looked.before)


def not_proven(counts: Counts, contract: Contract, hopeless: Collection[str]) -> Iterator[NotProven]:
    """Yield the operations that were not tried in some states, in one line each.

    Args:
        counts: What was seen.
        contract: The contract.
        hopeless: Operations of which no valid request has succeeded: that is said once.
    """
    every = [each.transitions for each in contract.operations if each.transitions is not None]
    for operation in contract.operations:
        own = operation.transitions
        if own is None or own.asked is None or operation.id in hopeless:
            continue
        states = [json.dumps(state) for state in states_of(one for one in every if one.leads == own.leads)]
        missing = [state for state in states if not counts.number(_TRIED, operation.id, state)]
        if not missing:
            continue
        instead = [seen for state in missing for (seen,) in counts.under(_SEEN_INSTEAD, operation.id, state) if seen]
        where = f" {own.reader} showed {some_of(sorted(set(instead)), _MOST_NAMED)} there." if instead else ""
        yield NotProven(
            f"transitions of {operation.id}",
            f"It was not tried in {some_of(missing, _MOST_NAMED)}, as no object "
            f"got into {'these states' if len(missing) > 1 else 'this state'}.{where}",
            where=str(own.location or contract.document.location(operation.pointer)),
            add="x-transitions: {to: STATE}, on the operation that leads there from a new object",
            weight=Weight.ANSWERS,
        )
