"""What a contract promises of the objects that an operation reads, as the laws of histories ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.histories import EventState, Promises

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import EventContract, Operation
    from bothends.contract.settings import TargetSettings

_CONDITION = "if-match"


_LESS = (None, "stop", "kill", "all")
"""What events survive, the least first."""


def promises_of(
    reader: Operation, writers: Sequence[Operation], events: Sequence[EventContract], target: TargetSettings
) -> Promises:
    """Return what is promised.

    Args:
        reader: The operation that reads the object.
        writers: All operations that change it.
        events: The events that are about it.
        target: The `[target]` table.
    """
    whens = [event.when for event in events]
    consistency = reader.consistency
    return Promises(
        owes=bool(whens) and all(when is not None and when.owed for when in whens),
        # An event without a condition on the status is one of a success.
        refusals_owe=any(when is None or "status" in dict(when.conditions) for when in whens),
        every_write_owes=bool(writers) and all(_always_owes(each, events) for each in writers),
        event=_state(events),
        # No ingest fails in a history: the first attempt arrives.
        attempts=True,
        survives=min((event.delivery.survives for event in events), key=_LESS.index, default=None),
        keeps_state=target.keeps_state,
        consistency=None if consistency is None else consistency.kind,
        within_ms=0 if consistency is None else consistency.within_ms,
        preconditions=any(one.name.lower() == _CONDITION for each in writers for one in each.parameters),
    )


def _always_owes(operation: Operation, events: Sequence[EventContract]) -> bool:
    """Whether each success of an operation owes an event about the object."""
    return any(
        event.when is not None and event.when.owed and not event.when.conditions and event.when.single
        for event in operation.events
        if event in events
    )


def _state(events: Sequence[EventContract]) -> EventState | None:
    """Return what all events about an object promise; None: nothing that is so of each of them."""
    terms = [event.state for event in events if event.state is not None]
    if not terms or len({one.shown_as for one in terms}) > 1:
        return None
    return EventState(
        shows=all(one.shows is not None for one in terms),
        shown_as=terms[0].shown_as,
        coalesces=any(one.coalesces for one in terms),
        version=all(one.version is not None for one in terms),
        # When the first byte of an attempt arrives is not known, only when all of it was read.
        order=False,
        readable=all(one.readable for one in terms),
    )
