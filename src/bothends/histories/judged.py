"""Of each object, what can be judged: the members whose values say which write they are of.

A member is judged if each value of it that is seen was given by one write of the history, or by the state before it. A
member that shows another value changes without a write: a counter, a time, what a job moves. It is named, and why.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bothends.histories.history import Outcome, value_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.histories.history import Event, History, HistoryObject, Read, Write

INITIAL = ""
"""The name of what gave an object the state that it had before the history."""


@dataclass(frozen=True)
class ObjectRecord:
    """All that a history has of one object.

    Attributes:
        thing: The object.
        writes: Its writes, as they began.
        reads: Its readings, as they began.
        events: Its events, as they arrived.
    """

    thing: HistoryObject
    writes: tuple[Write, ...] = ()
    reads: tuple[Read, ...] = ()
    events: tuple[Event, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Write]:
        """Its writes by their names."""
        return {write.id: write for write in self.writes}

    @cached_property
    def _given(self) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
        """Which write gave each value of each member; and the members that are not judged."""
        initial = self.thing.initial or {}
        writers = {(member, value_key(value)): INITIAL for member, value in initial.items()}
        unjudged = dict(self.thing.unjudged)
        members = {member for write in self.writes for member in write.sets}
        for write in self.writes:
            for member, value in write.sets.items():
                if writers.setdefault((member, value_key(value)), write.id) != write.id:
                    unjudged.setdefault(member, "two writes gave it one value")
            if write.outcome is not Outcome.REFUSED and (write.whole or write.making):
                for member in members - write.sets.keys():
                    unjudged.setdefault(member, "a write that replaces the object says nothing of it")
        for shows in (*(read.shows for read in self.reads), *(event.shows for event in self.events)):
            for member, value in shows.items():
                if member in members and (member, value_key(value)) not in writers:
                    unjudged.setdefault(member, "it shows a value that no write gave")
        return writers, unjudged

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The members that are judged, in order."""
        if self.thing.shared:
            return ()
        members = {member for write in self.writes for member in write.sets}
        return tuple(sorted(members - self._given[1].keys()))

    @property
    def unjudged(self) -> Mapping[str, str]:
        """The members that are not judged, with the reasons."""
        return self._given[1]

    def writer(self, member: str, value: Any) -> str:
        """Return the write that gave a judged member a value, or `INITIAL`."""
        return self._given[0][member, value_key(value)]

    def shown(self, shows: Mapping[str, Any]) -> dict[str, str]:
        """Return the judged members that are shown, each with the write that gave its value."""
        return {member: self.writer(member, shows[member]) for member in self.members if member in shows}

    def outcome(self, write: str) -> Outcome:
        """Return what is known of a write; what gave the first state took effect."""
        return self.by_id[write].outcome if write else Outcome.ACKNOWLEDGED

    def precedes(self, one: str, other: str) -> bool:
        """Whether one write is before another one in each order: it had ended when the other one began."""
        if other in {one, INITIAL}:
            return False
        return one == INITIAL or self.by_id[one].done < self.by_id[other].begin


@dataclass(slots=True)
class _Parts:
    writes: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def records_of(history: History) -> Iterator[ObjectRecord]:
    """Yield what a history has of each of its objects."""
    parts: defaultdict[str, _Parts] = defaultdict(_Parts)
    for write in history.writes:
        parts[write.of].writes.append(write)
    for read in history.reads:
        parts[read.of].reads.append(read)
    for event in history.events:
        parts[event.of].events.append(event)
    for thing in history.objects:
        part = parts[thing.id]
        yield ObjectRecord(
            thing,
            tuple(sorted(part.writes, key=lambda each: each.begin)),
            tuple(sorted(part.reads, key=lambda each: each.begin)),
            tuple(sorted(part.events, key=lambda each: each.arrived)),
        )
