"""The laws of when events are sent: those of one object in order, and none before what it shows can be read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.laws.law import named, own_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.histories.history import Event, History, Read
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.laws.law import Breach, Undecided
    from bothends.histories.promises import EventState, Promises


def events_in_order(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Monotonic writes, for events: none is first sent after one of a later write was accepted.

    Arrival is not emission: only where a receiver had the later one before the first byte of the earlier one, they were
    sent in the wrong order. What was stored and not acknowledged was accepted; what is sent again counts once.
    """
    promised = promises.event
    if promised is None or not promised.order or promised.shown_as != "of-write":
        return
    for record in own_records(history):
        for later in record.events:
            for earlier in record.events:
                if later.accepted < earlier.arrived and _precedes(record, earlier, later, promised):
                    why = "it was first sent after one of a later write was accepted"
                    yield named(record.thing.id, (later.id, earlier.id), why)


def _precedes(record: ObjectRecord, one: Event, other: Event, promised: EventState) -> bool:
    """Whether the write of one event is certainly before that of another one."""
    numbered = promised.version and one.version is not None and other.version is not None
    if numbered and (one.version != other.version or one.shows == other.shows):
        return (one.version or 0) < (other.version or 0)
    writers: list[tuple[str, str]] = []
    if one.write is not None and other.write is not None:
        writers = [(one.write, other.write)]
    elif promised.shows:
        before, after = record.shown(one.shows), record.shown(other.shows)
        writers = [(writer, after[member]) for member, writer in before.items() if member in after]
    if any(record.outcome(writer) is Outcome.REFUSED for pair in writers for writer in pair):
        return False
    # Two states that no order has, as each is older than the other in some member, have no order to be sent in.
    return any(record.precedes(*pair) for pair in writers) and not any(record.precedes(b, a) for a, b in writers)


def event_then_read(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Writes follow reads, from an event to a reading: while an event is held, a reading shows at least its state."""
    promised = promises.event
    if promised is None or not promised.readable or not promised.shows:
        return
    for record in own_records(history):
        for event in record.events:
            for read in record.reads:
                if _held(event, read) and not any(event.arrived <= kill.at <= read.end for kill in history.kills):
                    yield from _older(record, event, read)


def _held(event: Event, read: Read) -> bool:
    """Whether a reading began while an attempt at an event was neither answered nor given up."""
    return any(
        attempt.begin < read.begin < (math.inf if attempt.end is None else attempt.end) for attempt in event.attempts
    )


def _older(record: ObjectRecord, event: Event, read: Read) -> Iterator[Breach]:
    shown = record.shown(event.shows)
    if event.ends or any(record.outcome(writer) is Outcome.REFUSED for writer in shown.values()):
        return
    if read.absent:
        removals = (write for write in record.writes if write.kind is WriteKind.DELETE)
        removed = any(each.outcome is not Outcome.REFUSED and each.begin <= read.end for each in removals)
        if shown and not removed:
            yield named(record.thing.id, (*shown.values(), event.id, read.id), "what an event shows is not there yet")
        return
    for member, writer in record.shown(read.shows).items():
        if record.outcome(writer) is Outcome.REFUSED or member not in shown:
            continue
        if record.precedes(writer, shown[member]):
            why = f"{member!r} is older than in an event that had arrived"
            yield named(record.thing.id, (writer, shown[member], event.id, read.id), why)
