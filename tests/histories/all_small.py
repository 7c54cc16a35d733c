"""Every history of a few operations on one object, but for those that differ only in names.

Of times, only this counts: which operation ended before which other one began. So the ways in which a few operations
overlap are finite: 3 of two operations, 19 of three, 207 of four.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING

from bothends.histories import History, HistoryObject, Read, Write, WriteKind

if TYPE_CHECKING:
    from collections.abc import Iterator

Times = tuple[tuple[int, int], ...]


@dataclass(frozen=True, order=True)
class Sketch:
    """An operation without its times.

    Attributes:
        kind: Of a write, what it is; empty: a reading.
        members: The members that a write sets.
        doubtful: Whether a write is in doubt.
        saw: Of a reading, what it shows: for each member, the number of the write, from 0, or -1 for the first value.
        absent: Of a reading, whether it shows that nothing is there.
    """

    kind: str = ""
    members: tuple[str, ...] = ()
    doubtful: bool = False
    saw: tuple[tuple[str, int], ...] = ()
    absent: bool = False


@cache
def overlaps(count: int) -> tuple[Times, ...]:
    """Return one example of each way in which operations can overlap."""
    intervals = [(begin, end) for begin in range(count) for end in range(begin, count)]
    found: dict[frozenset[tuple[int, int]], Times] = {}
    for times in product(intervals, repeat=count):
        before = frozenset(
            (one, other) for one, other in product(range(count), repeat=2) if times[one][1] < times[other][0]
        )
        found.setdefault(before, times)
    return tuple(found.values())


def every_history(count: int, members: tuple[str, ...]) -> Iterator[History]:
    """Yield every history of so many operations: PUT, PATCH of one member, DELETE, in doubt or not, and readings."""
    writes = [Sketch(WriteKind.PUT, members, doubtful) for doubtful in (False, True)]
    writes += [Sketch(WriteKind.DELETE, (), doubtful) for doubtful in (False, True)]
    if len(members) > 1:
        writes += [Sketch(WriteKind.PATCH, (one,), doubtful) for one in members for doubtful in (False, True)]
    for number in range(count + 1):
        for chosen in combinations_with_replacement(writes, number):
            choices = [
                [(member, -1), *((member, place) for place, each in enumerate(chosen) if member in each.members)]
                for member in members
            ]
            reads = [Sketch(absent=True), *(Sketch(saw=saw) for saw in product(*choices))]
            for seen in combinations_with_replacement(reads, count - number):
                for times in overlaps(count):
                    yield from _histories((*chosen, *seen), times, members)


def _histories(sketches: tuple[Sketch, ...], times: Times, members: tuple[str, ...]) -> Iterator[History]:
    writes, reads = [], []
    for number, (each, (begin, end)) in enumerate(zip(sketches, times, strict=True)):
        if each.kind:
            sets = {member: f"{member}{number}" for member in each.members}
            status = 500 if each.doubtful else 200
            writes.append(Write(f"w{number}", "ann", "it", WriteKind(each.kind), begin, end, status, sets))
        else:
            shows = {member: f"{member}{place}" for member, place in each.saw}
            reads.append(Read(f"r{number}", "ann", "it", begin, end, shows, each.absent))
    initial = {member: f"{member}-1" for member in members}
    sees_first = any(place == -1 for each in sketches for _, place in each.saw)
    for there in (True, False) if not sees_first else (True,):
        thing = HistoryObject("it", initial if there else None)
        yield History(("ann",), (thing,), tuple(writes), tuple(reads), quiet=9.0)
