"""The law of what is kept over a kill: writes that were acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.laws.law import Undecided, lost_until, may_follow, named, own_records
from bothends.histories.laws.readings import older_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.histories.history import History, Read
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.laws.law import Breach
    from bothends.histories.promises import Promises


def write_survives(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """Durability: what was acknowledged before a kill is read after it, when all is quiet, unless a later write is."""
    if promises.keeps_state is None or not history.kills:
        return
    if history.quiet is None:
        yield Undecided("", "it was not waited until all is quiet")
        return
    lost = lost_until(history, promises.keeps_state)
    for record in own_records(history):
        for read in record.reads:
            kills = [kill.at for kill in history.kills if kill.back is not None and kill.back < read.begin]
            if read.begin > history.quiet + promises.slack and kills:
                yield from _lost(record, read, lost, max(kills))


def _lost(record: ObjectRecord, read: Read, lost: float, kill: float) -> Iterator[Breach]:
    known = [
        write
        for write in record.writes
        if write.outcome is Outcome.ACKNOWLEDGED and write.done < kill and write.begin > lost
    ]
    yield from older_values(record, read, known)
    removals = [write for write in record.writes if write.kind is WriteKind.DELETE]
    removals = [write for write in removals if write.outcome is not Outcome.REFUSED and write.begin <= read.end]
    for write in known if read.absent else ():
        if write.making and not any(may_follow(removal, write) for removal in removals):
            yield named(record.thing.id, (write.id, read.id), "what it made is not there after the restart")
