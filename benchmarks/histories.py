"""What it takes to judge histories: 10,000 operations on 100 objects, and 10,000 on one object with 16 callers.

    python benchmarks/histories.py

One write of twenty is in doubt. Each figure is in seconds of processor, with the memory that was taken at most; so is
one of half as many operations, to show how both grow. The limits: 2 s for 100 objects, 10 s for one.
"""

from __future__ import annotations

import random
import time
import tracemalloc

from bothends.histories import Decision, History, HistoryObject, Read, Write, WriteKind, order_of, records_of

MANY, ONE = 2.0, 10.0
_READS, _PATCHES, _DOUBTFUL, _EFFECTIVE = 0.5, 0.7, 0.05, 0.5


def main() -> int:
    """Measure, and print the table; 1 where a limit is passed."""
    print(f"{'':<44}{'s':>7}{'MiB':>7}{'right':>7}{'broken':>7}{'undecided':>10}{'limit':>7}")
    wrong = 0
    for members, kinds in ((("a",), "PUT"), (("a", "b", "c"), "PATCH"), (("a", "b", "c"), "PATCH, one reading wrong")):
        for objects, callers, limit in ((100, 4, MANY), (1, 16, ONE)):
            for count in (5_000, 10_000):
                history = simulated(count, objects, callers, members, patched=kinds != "PUT")
                if "wrong" in kinds:
                    history = spoilt(history)
                seconds, memory, said = _measured(history)
                name = f"{count} operations, {objects} objects, {kinds}"
                counts = "".join(
                    f"{said.count(each):>{width}}" for each, width in zip(Decision, (7, 7, 10), strict=True)
                )
                print(f"{name:<44}{seconds:>7.2f}{memory:>7.0f}{counts}{limit:>7.0f}", flush=True)
                wrong += seconds > limit
    return int(wrong > 0)


def _measured(history: History) -> tuple[float, float, list[Decision]]:
    before = time.process_time()
    said = [order_of(record).decision for record in records_of(history)]
    seconds = time.process_time() - before
    tracemalloc.start()
    for record in records_of(history):
        order_of(record)
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return seconds, memory, said


def simulated(count: int, objects: int, callers: int, members: tuple[str, ...], *, patched: bool) -> History:
    """Return what callers did, each one request after the other, to objects of a right target."""
    chance = random.Random(1)  # noqa: S311 -- no secret
    names = [f"o{number}" for number in range(objects)]
    states = {name: {member: f"{member}-first" for member in members} for name in names}
    free = dict.fromkeys(range(callers), 0.0)
    writes, reads = [], []
    moments = []
    for number in range(count):
        caller = min(free, key=free.__getitem__)
        begin = free[caller] + chance.random() * 0.1
        free[caller] = end = begin + 0.5 + chance.random()
        moments.append((begin + (end - begin) * chance.random(), begin, end, number, caller))
    for _, begin, end, number, caller in sorted(moments):
        name = chance.choice(names)
        if chance.random() < _READS:
            reads.append(Read(f"r{number}", f"c{caller}", name, begin, end, dict(states[name])))
            continue
        named = [chance.choice(members)] if patched and chance.random() < _PATCHES else members
        sets = {member: f"{member}{number}" for member in named}
        status, takes_effect = 200, True
        if chance.random() < _DOUBTFUL:
            status, takes_effect = 500, chance.random() < _EFFECTIVE
        if takes_effect:
            states[name] |= sets
        kind = WriteKind.PUT if named is members else WriteKind.PATCH
        writes.append(Write(f"w{number}", f"c{caller}", name, kind, begin, end, status, sets))
    things = tuple(HistoryObject(name, {member: f"{member}-first" for member in members}) for name in names)
    return History(tuple(f"c{each}" for each in range(callers)), things, tuple(writes), tuple(reads))


def spoilt(history: History) -> History:
    """Return a history in which a reading in the middle shows one member as an old reading did."""
    reads = list(history.reads)
    late, early = len(reads) // 2, len(reads) // 4
    early = next(place for place in range(early, late) if reads[place].of == reads[late].of)
    member = min(reads[late].shows)
    shows = {**reads[late].shows, member: reads[early].shows[member]}
    old = reads[late]
    reads[late] = Read(old.id, old.caller, old.of, old.begin, old.end, shows)
    return History(history.callers, history.objects, history.writes, tuple(reads))


if __name__ == "__main__":
    raise SystemExit(main())
