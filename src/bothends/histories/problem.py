"""One object's part of a history, as the checker sees it: operations on registers, and what each must have met.

A register is a set of members that each write sets together, or not at all: for the checker they are one value. As each
value is of one write, an operation that shows a value names the write that must be the last one before it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bothends.histories.history import Outcome, WriteKind
from bothends.histories.judged import INITIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from bothends.histories.history import Write
    from bothends.histories.judged import ObjectRecord


@dataclass(frozen=True, slots=True)
class Operation:
    """A request, as the checker sees it.

    Attributes:
        id: Its name in the history.
        begin: The first moment at which it can take effect.
        end: The last one; infinite where that is in doubt.
        sees: For each register that it shows, or that its precondition names, the write whose value is there when it
            takes effect.
        there: Whether the object must be there when it takes effect; None: it may or may not be.
        sets: The registers that it sets.
        makes: Whether it makes the object where it is not there; else it has no effect then.
        removes: Whether it removes the object.
        must: Whether it certainly takes effect.
        rests_on: Operations without which it says nothing: writes that it shows, the reading that gave it its tag.
    """

    id: str
    begin: float
    end: float
    sees: Mapping[str, str] = field(default_factory=dict)
    there: bool | None = None
    sets: frozenset[str] = frozenset()
    makes: bool = False
    removes: bool = False
    must: bool = True
    rests_on: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        """Whether it changes the object."""
        return bool(self.sets) or self.removes or self.makes


@dataclass(frozen=True)
class Problem:
    """What the checker is to find an order of.

    Attributes:
        recorded: All operations of the object, in the order in which they began.
        registers: The names of the registers.
        there: Whether the object was there before.
        torn: Operations of which no order can explain one, and why; the checker need not look further.
    """

    recorded: tuple[Operation, ...]
    registers: tuple[str, ...]
    there: bool
    torn: tuple[frozenset[str], str] | None = None

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Those that count, each with what is known of its end."""
        return tuple(_settled(self.recorded))

    def only(self, wanted: AbstractSet[str]) -> Problem:
        """Return the part of it that has these operations, and none that rests on others."""
        operations = tuple(each for each in self.recorded if each.id in wanted)
        while True:
            names = {each.id for each in operations}
            rest = tuple(each for each in operations if each.rests_on <= names)
            if len(rest) == len(operations):
                return replace(self, recorded=rest)
            operations = rest


def problem_of(record: ObjectRecord, *, preconditions: bool) -> Problem:
    """Return what the checker is to find an order of, for one object.

    Args:
        record: What the history has of it.
        preconditions: Whether `If-Match` and `If-None-Match: *` are promised to be kept.
    """
    writes = [write for write in record.writes if write.outcome is not Outcome.REFUSED]
    register = _registers(record, writes)
    tags = _tags(record) if preconditions else {}
    operations, torn = [], None
    for read in record.reads:
        sees: dict[str, str] = {}
        for member, writer in record.shown({} if read.absent else read.shows).items():
            if record.outcome(writer) is Outcome.REFUSED:
                torn = torn or (frozenset({read.id, writer}), f"{member!r} is as only a refused write had it")
            elif sees.setdefault(register[member], writer) != writer:
                both = frozenset({read.id, writer, sees[register[member]]} - {INITIAL})
                torn = torn or (both, "it shows parts of two writes that each set all of it")
        rests = frozenset(sees.values()) - {INITIAL}
        operations.append(Operation(read.id, read.begin, read.end, sees, there=not read.absent, rests_on=rests))
    operations += [_operation(write, record, register, tags, preconditions=preconditions) for write in writes]
    operations.sort(key=lambda each: (each.begin, each.end))
    names = tuple(sorted(set(register.values())))
    return Problem(tuple(operations), names, record.thing.initial is not None, torn)


def _registers(record: ObjectRecord, writes: Iterable[Write]) -> dict[str, str]:
    """Return the register that each judged member is in: the first member that is set by the same writes."""
    by: defaultdict[str, list[str]] = defaultdict(list)
    for write in writes:
        for member in write.sets:
            by[member].append(write.id)
    first: dict[tuple[str, ...], str] = {}
    return {member: first.setdefault(tuple(by[member]), member) for member in record.members}


def _tags(record: ObjectRecord) -> dict[str, tuple[str, dict[str, str]]]:
    """Return, for each strong tag that was seen, the reading that has it, and what that shows.

    A tag that two different contents had says nothing: that is another law's matter. The tag of a write's own answer is
    not used: an answer to PATCH may have that of a later state (RFC 9110 section 9.3.4 speaks of PUT alone).
    """
    tags: dict[str, tuple[str, dict[str, str]]] = {}
    doubtful: set[str] = set()
    for read in record.reads:
        if read.tag is None or read.absent or read.tag.startswith("W/"):
            continue
        shown = record.shown(read.shows)
        known = tags.setdefault(read.tag, (read.id, shown))[1]
        if any(known[member] != writer for member, writer in shown.items() if member in known):
            doubtful.add(read.tag)
    return {tag: seen for tag, seen in tags.items() if tag not in doubtful}


def _operation(
    write: Write,
    record: ObjectRecord,
    register: Mapping[str, str],
    tags: Mapping[str, tuple[str, Mapping[str, str]]],
    *,
    preconditions: bool,
) -> Operation:
    sees: dict[str, str] = {}
    rests: set[str] = set()
    there: bool | None = None
    if write.if_match is not None and write.if_match in tags and _is_news(write, register):
        reading, shown = tags[write.if_match]
        if all(record.outcome(writer) is not Outcome.REFUSED for writer in shown.values()):
            sees = {register[member]: writer for member, writer in shown.items()}
            rests, there = {reading, *sees.values()} - {INITIAL}, True
    elif preconditions and write.if_absent:
        there = False
    return Operation(
        write.id,
        write.begin,
        write.done,
        sees,
        there=there,
        sets=frozenset(register[member] for member in write.sets if member in register),
        makes=write.making,
        removes=write.kind is WriteKind.DELETE,
        must=write.outcome is Outcome.ACKNOWLEDGED,
        rests_on=frozenset(rests),
    )


def _is_news(write: Write, register: Mapping[str, str]) -> bool:
    """Whether what a write asks for cannot have been there already: then a success says nothing of its condition.

    RFC 9110 section 13.1.1 allows that success.
    """
    return write.kind is not WriteKind.DELETE and not register.keys().isdisjoint(write.sets)


def _settled(operations: Iterable[Operation]) -> list[Operation]:
    """Return operations without those that may be left out, each with what is known of its end.

    A write that is in doubt took effect if its value was seen, and by then; else it need not have. One that removes or
    makes the object may be why it is there or not, seen or unseen.
    """
    operations = tuple(operations)
    seen: dict[str, float] = {}
    known = {each.id: each for each in operations}
    pending = sorted((each for each in operations if each.must), key=lambda each: each.end)
    while pending:
        each = pending.pop()
        end = min(each.end, seen.get(each.id, math.inf))
        for writer in each.sees.values():
            if writer in known and end < seen.get(writer, math.inf):
                seen[writer] = end
                pending.append(known[writer])
    settled = []
    for each in operations:
        if each.id in seen:
            settled.append(replace(each, end=min(each.end, seen[each.id]), must=True))
        elif each.must or each.removes or each.makes:
            settled.append(each)
    return settled
