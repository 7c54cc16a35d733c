"""The laws of what readings show: in one order, nothing older than was acknowledged, nothing of what is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.laws.law import Undecided, may_follow, named, own_records
from bothends.histories.order import Decision, order_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.histories.history import History, Read, Write
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.laws.law import Breach
    from bothends.histories.promises import Promises


def one_order(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Linearizability: some order of all writes and readings of an object explains what all saw."""
    if promises.consistency != "strong":
        return
    for record in own_records(history):
        verdict = order_of(record, preconditions=promises.preconditions)
        if verdict.decision is Decision.BROKEN:
            yield named(record.thing.id, verdict.operations, verdict.why)
        elif verdict.decision is Decision.UNDECIDED:
            yield Undecided(record.thing.id, verdict.why)


def read_not_older(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Stale read, or with `own-writes` read-your-writes: a reading shows nothing that an acknowledged write replaced.

    It began after the write was acknowledged, and the write whose value it shows had ended before that one began.
    """
    if promises.consistency is None:
        return
    for record in own_records(history):
        for read in record.reads:
            known = [write for write in record.writes if must_show(write, read, promises)]
            yield from older_values(record, read, known)


def must_show(write: Write, read: Read, promises: Promises) -> bool:
    """Whether a promise has a reading show at least a write."""
    if write.outcome is not Outcome.ACKNOWLEDGED or write.end is None:
        return False
    if promises.consistency == "own-writes":
        return write.caller == read.caller and write.end < read.begin
    return write.end + promises.slack < read.begin


def older_values(record: ObjectRecord, read: Read, writes: list[Write]) -> Iterator[Breach]:
    """Yield where a reading shows a value that was replaced by a write that it must show."""
    for member, writer in record.shown({} if read.absent else read.shows).items():
        if record.outcome(writer) is Outcome.REFUSED:
            continue
        later = [write for write in writes if member in write.sets and record.precedes(writer, write.id)]
        if later:
            why = f"{member!r} is older than a write that was acknowledged"
            yield named(record.thing.id, (writer, later[-1].id, read.id), why)


def gone_stays_gone(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Resurrection: after an acknowledged DELETE, a reading says that nothing is there, unless it may be made anew.

    With `order`, no event is of a write to it that began later either.
    """
    if promises.consistency != "strong":
        return
    for record in own_records(history):
        for removal in record.writes:
            if removal.kind is not WriteKind.DELETE or removal.outcome is not Outcome.ACKNOWLEDGED:
                continue
            for read in record.reads:
                if removal.done < read.begin and not read.absent and not _made_anew(record, removal, read.end):
                    yield named(record.thing.id, (removal.id, read.id), "it is read after its removal was acknowledged")
            if promises.event is not None and promises.event.order:
                yield from _events_of_what_is_gone(record, removal, shows=promises.event.shows)


def _made_anew(record: ObjectRecord, removal: Write, by: float) -> bool:
    """Whether something may have made an object anew after a removal."""
    return any(
        write.making and write.outcome is not Outcome.REFUSED and may_follow(write, removal) and write.begin <= by
        for write in record.writes
    )


def _events_of_what_is_gone(record: ObjectRecord, removal: Write, *, shows: bool) -> Iterator[Breach]:
    for event in record.events:
        shown = set(record.shown(event.shows).values()) if shows else set()
        for write in record.writes:
            if write.id != event.write and write.id not in shown:
                continue
            if write.outcome is Outcome.REFUSED or write.kind is not WriteKind.PATCH or write.making:
                continue
            if removal.done < write.begin and not _made_anew(record, removal, min(write.done, event.arrived)):
                why = "an event is of a write that began after the removal was acknowledged"
                yield named(record.thing.id, (removal.id, write.id, event.id), why)
