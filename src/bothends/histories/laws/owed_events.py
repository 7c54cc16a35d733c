"""The laws of what events there are: one for each write that owes it, and of the last state one that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.laws.law import Undecided, lost_until, named, own_records
from bothends.histories.promises import EventState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.histories.history import Event, History, Read, Write
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.laws.law import Breach
    from bothends.histories.promises import Promises

MOST_PAIRS = 1_000_000
"""How many pairs of a write and an event are looked at for one object: some seconds."""


def write_has_event(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Lost message (the dual write): each acknowledged write that changed a member has the events that it owes.

    With `coalesces`, any event at or after it will do. Else each event is of one write: there must be a way to give
    each write its own. What a kill may lose, by what is promised, is not demanded.
    """
    if not promises.owes or not promises.attempts:
        return
    promised = promises.event or EventState(shows=False)
    if history.quiet is None:
        yield Undecided("", "events had no time to arrive")
        return
    lost = lost_until(history, promises.survives)
    for record in own_records(history):
        owing = [
            write
            for write in record.writes
            if write.outcome is Outcome.ACKNOWLEDGED
            and write.owes
            and write.begin > lost
            and not write.sets.keys().isdisjoint(record.members)
        ]
        if len(owing) * len(record.events) > MOST_PAIRS:
            yield Undecided(record.thing.id, "too many writes and events")
            continue
        for write in _without(owing, record, promised):
            yield named(record.thing.id, (write.id,), "a write that was acknowledged has no event that shows it")


def _without(owing: Sequence[Write], record: ObjectRecord, promised: EventState) -> Iterator[Write]:
    """Yield writes for which no event is left, if each gets as many as it owes; whichever way they are given.

    They are given along augmenting paths (H. W. Kuhn, "The Hungarian method", 1955).
    """
    possible = {
        write.id: [number for number, event in enumerate(record.events) if _may_be_of(event, write, record, promised)]
        for write in owing
    }
    given: dict[int, str] = {}

    def find(write: str, tried: set[int]) -> bool:
        for number in possible[write]:
            if number not in tried:
                tried.add(number)
                if number not in given or find(given[number], tried):
                    given[number] = write
                    return True
        return False

    for write in owing:
        if promised.coalesces:
            if not possible[write.id]:
                yield write
        elif not all(find(write.id, set()) for _ in range(write.owes)):
            yield write


def _may_be_of(event: Event, write: Write, record: ObjectRecord, promised: EventState) -> bool:
    """Whether an event may be of a write, or with `coalesces` of one at or after it."""
    if event.arrived < write.begin:
        return False
    if event.write is not None and event.write != write.id:
        if not promised.coalesces:
            return False
        if promised.shown_as == "of-write" and record.precedes(event.write, write.id):
            return False
    shown = record.shown(event.shows) if promised.shows else {}
    exact = not promised.coalesces and promised.shown_as == "of-write"
    for member, writer in shown.items():
        if member in write.sets and writer != write.id and (exact or record.precedes(writer, write.id)):
            return False
    changes = not promised.coalesces and promised.shown_as == "change"
    return not (changes and shown) or not shown.keys().isdisjoint(write.sets)


def state_equals_events(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Divergence of a replica: when all is quiet, the event of the highest version shows what is read.

    Without versions, some event does. With `change`, that is so of each member by itself. A reading that may be an old
    one says nothing of the last state: it is demanded of those that `x-consistency` speaks of.
    """
    promised = promises.event
    if (
        promised is None
        or not promised.shows
        or not (promises.owes and promises.every_write_owes and promises.attempts)
    ):
        return
    if history.quiet is None:
        yield Undecided("", "events had no time to arrive")
        return
    lost = lost_until(history, promises.survives)
    for record in own_records(history):
        writes = [write for write in record.writes if write.outcome is not Outcome.REFUSED]
        why = _undecided(writes, lost)
        if why:
            yield Undecided(record.thing.id, why)
            continue
        for read in record.reads:
            quiet = read.begin > history.quiet + promises.slack and _is_newest(read, writes, promises)
            if writes and record.events and not read.absent and quiet:
                yield from _diverged(record, read, promised)


def _is_newest(read: Read, writes: Sequence[Write], promises: Promises) -> bool:
    """Whether a reading, when all is quiet, is promised to show the last state: without a promise, it may be a copy."""
    if promises.consistency == "own-writes":
        return all(write.caller == read.caller for write in writes)
    return promises.consistency is not None


def _undecided(writes: Sequence[Write], lost: float) -> str:
    """Return why the last state and the events cannot be compared; empty if they can."""
    if any(write.outcome is Outcome.IN_DOUBT for write in writes):
        return "a write is in doubt"
    if any(write.kind is WriteKind.DELETE for write in writes):
        return "it was removed"
    return "a kill may have lost its events" if any(write.begin <= lost for write in writes) else ""


def _diverged(record: ObjectRecord, read: Read, promised: EventState) -> Iterator[Breach]:
    seen = record.shown(read.shows)
    if any(_is_replaced(record, member, writer) for member, writer in seen.items()):
        return
    groups: list[Mapping[str, str]] = [seen]
    if promised.shown_as == "change":
        groups = [{member: writer} for member, writer in seen.items()]
    for wanted in groups:
        events = [event for event in record.events if not wanted.keys().isdisjoint(record.shown(event.shows))]
        if promised.version:
            versions = [event.version for event in events if event.version is not None]
            events = [event for event in events if versions and event.version == max(versions)]
        showing = [record.shown(event.shows) for event in events]
        if any(record.outcome(writer) is Outcome.REFUSED for shown in showing for writer in shown.values()):
            continue
        if showing and not any(
            all(shown.get(member, writer) == writer for member, writer in wanted.items()) for shown in showing
        ):
            why = "the last event does not show what is read" if promised.version else "no event shows what is read"
            yield named(record.thing.id, (*(event.id for event in events), read.id), why)


def _is_replaced(record: ObjectRecord, member: str, writer: str) -> bool:
    """Whether a value was replaced for sure: a reading of it is an old one, and says nothing of the last state."""
    if record.outcome(writer) is Outcome.REFUSED:
        return True
    return any(
        member in write.sets and write.outcome is Outcome.ACKNOWLEDGED and record.precedes(writer, write.id)
        for write in record.writes
    )
