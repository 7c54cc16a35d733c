"""The laws of what events show: a state that the object had, and nothing that was refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.laws.law import named, own_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.histories.history import Event, History, Write
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.laws.law import Breach, Undecided
    from bothends.histories.promises import Promises


def no_event_of_refused_write(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """G1a, aborted read: no event shows what only a refused write carried, unless refused answers owe events."""
    if promises.event is None or not promises.event.shows or promises.refusals_owe:
        return
    for record in own_records(history):
        for event in record.events:
            for member, writer in record.shown(event.shows).items():
                if record.outcome(writer) is Outcome.REFUSED:
                    why = f"an event shows {member!r} as only a refused write had it"
                    yield named(record.thing.id, (writer, event.id), why)


def event_of_one_write(history: History, promises: Promises) -> Iterator[Breach | Undecided]:
    """G1b and read skew: an event shows a state that some order of the writes has, begun before it arrived.

    With `of-write` it is that just after the tied write, with `current` that or a later one. In each order, what sets a
    member that is shown is before the write whose value it shows, or after the state: that makes "must be before"
    between writes that are shown, and there is an order unless that goes in a circle.
    """
    promised = promises.event
    if promised is None or not promised.shows or promised.shown_as == "change":
        return
    for record in own_records(history):
        for event in record.events:
            shown = record.shown(event.shows)
            tied = None if event.write is None else record.by_id.get(event.write)
            if not _is_of_a_state(event, tied, shown, record):
                continue
            tie = None if tied is None or tied.outcome is Outcome.REFUSED else tied.id
            circle = _Snapshot(record, shown, tie, last=promised.shown_as == "of-write").circle(event.arrived)
            if circle:
                yield named(record.thing.id, (*circle, event.id), "no order of the writes has the state that it shows")


def _is_of_a_state(event: Event, tied: Write | None, shown: Mapping[str, str], record: ObjectRecord) -> bool:
    """Whether an event shows what is there: no refused request, and no object that is gone."""
    if event.ends or not shown or (tied is not None and tied.kind is WriteKind.DELETE):
        return False
    return all(record.outcome(writer) is not Outcome.REFUSED for writer in shown.values())


class _Snapshot:
    """What must be before what, if a state is to have the values that are shown."""

    def __init__(self, record: ObjectRecord, shown: Mapping[str, str], tie: str | None, *, last: bool) -> None:
        self._record, self._shown, self._tie, self._last = record, shown, tie, last and tie is not None
        self._cores = list(dict.fromkeys((*shown.values(), *([tie] if tie is not None else []))))
        latest = max(self._begin(each) for each in self._cores)
        self._before = [
            write
            for write in record.writes
            if write.outcome is not Outcome.REFUSED and (write.done < latest or write.id in self._cores)
        ]

    def _begin(self, write: str) -> float:
        return self._record.by_id[write].begin if write else -math.inf

    def circle(self, arrived: float) -> list[str]:
        """Return writes of which each must be before the next, in a circle, or one that began too late, or none."""
        late = [each for each in self._cores if self._begin(each) > arrived]
        if late:
            return late[:1]
        edges = {one: {two: self._why(one, two) for two in self._cores} for one in self._cores}
        for start in self._cores:
            reached: dict[str, list[str]] = {start: []}
            pending = [start]
            while pending:
                one = pending.pop()
                for two, why in edges[one].items():
                    if why is not None and two == start:
                        return [*reached[one], one, *why]
                    if why is not None and two not in reached:
                        reached[two] = [*reached[one], one, *why]
                        pending.append(two)
        return []

    def _why(self, one: str, two: str) -> list[str] | None:
        """Return what has one write be before another one, between them; None: nothing does."""
        if self._record.precedes(one, two):
            return []
        for write in self._before:
            if write.id == two or not self._is_replaced(write, two):
                continue
            if write.id == one or self._record.precedes(one, write.id):
                return [] if write.id == one else [write.id]
        return None

    def _is_replaced(self, write: Write, by: str) -> bool:
        """Whether a write must be before another one, as that is the last one to set what it sets."""
        if self._last and by == self._tie:
            return True
        members = {member for member, writer in self._shown.items() if writer == by}
        return bool(members) and (write.kind is WriteKind.DELETE or not members.isdisjoint(write.sets))
