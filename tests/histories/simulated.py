"""Histories of a right target, made by simulating one, and the same with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from bothends.histories import History, HistoryObject, Read, Write, WriteKind

CALLERS = ("ann", "bob", "eve")


def chance(seed: int) -> Random:
    """Return a generator that draws the same each time."""
    return Random(seed)  # noqa: S311 -- no secret


@dataclass(frozen=True)
class Shape:
    """What the histories have.

    Attributes:
        most: The largest number of operations.
        members: The members of the object.
        kinds: The kinds of writes, each as often as it stands here.
        doubtful: The share of writes that are in doubt.
        tags: Whether writes send preconditions.
        spread: By how much an interval reaches beyond the moment at which its operation takes effect.
    """

    most: int = 7
    members: tuple[str, ...] = ("a",)
    kinds: tuple[WriteKind, ...] = (WriteKind.PUT,)
    doubtful: float = 0.2
    tags: bool = False
    spread: int = 4


ONE_REGISTER = Shape()
TWO_MEMBERS = Shape(members=("a", "b"), kinds=(WriteKind.PUT, WriteKind.PATCH, WriteKind.PATCH))
REMOVED = Shape(members=("a", "b"), kinds=(WriteKind.PUT, WriteKind.PATCH, WriteKind.DELETE), spread=3)
CONDITIONAL = Shape(members=("a", "b"), kinds=(WriteKind.PUT, WriteKind.PATCH, WriteKind.PATCH), tags=True)
ALL_AT_ONCE = Shape(
    members=("a", "b"), kinds=(WriteKind.PUT, WriteKind.PATCH, WriteKind.PATCH, WriteKind.DELETE), tags=True
)
SHAPES = {
    "one register": ONE_REGISTER,
    "two members": TWO_MEMBERS,
    "removed": REMOVED,
    "conditional": CONDITIONAL,
    "all at once": ALL_AT_ONCE,
}


class Simulation:
    """One right target, and what its callers do."""

    def __init__(self, random: Random, shape: Shape) -> None:
        """Begin with an object that is there, or not."""
        self.random, self.shape = random, shape
        there = bool(shape.kinds == (WriteKind.PATCH,)) or random.random() < 0.6
        self.initial = {member: f"{member}0" for member in shape.members} if there else None
        self.state = dict(self.initial) if self.initial is not None else None
        self.version = 0
        self.writes: list[Write] = []
        self.reads: list[Read] = []

    def history(self) -> History:
        """Return what was done and seen."""
        count = self.random.randint(2, self.shape.most)
        for number in range(count):
            at = number * 2
            begin, end = at - self.random.randint(0, self.shape.spread), at + self.random.randint(0, self.shape.spread)
            if self.random.random() < 0.5:
                self.read(f"r{number}", begin, end)
            else:
                self.write(f"w{number}", begin, end)
        return History(
            CALLERS, (HistoryObject("it", self.initial),), tuple(self.writes), tuple(self.reads), quiet=100.0
        )

    def read(self, name: str, begin: float, end: float) -> None:
        """Read the object, or some of it."""
        state = self.state or {}
        shown = state if self.random.random() < 0.8 else {k: v for k, v in state.items() if self.random.random() < 0.5}
        tag = f'"{self.version}"' if self.shape.tags and state and shown == state else None
        caller = self.random.choice(CALLERS)
        self.reads.append(Read(name, caller, "it", begin, end, dict(shown), self.state is None, tag))

    def write(self, name: str, begin: float, end: float) -> None:
        """Change the object, or fail to."""
        random = self.random
        kind = random.choice(self.shape.kinds)
        sets: dict[str, Any] = {}
        if kind is not WriteKind.DELETE:
            named = self.shape.members if kind is not WriteKind.PATCH else [random.choice(self.shape.members)]
            sets = {member: f"{member}-{name}" for member in named}
        fate = random.random()
        status: int | None = 200
        if fate < self.shape.doubtful:
            status = random.choice((202, 500, 504, None))
        elif fate < self.shape.doubtful + 0.1:
            status = 409
        write = Write(name, random.choice(CALLERS), "it", kind, begin, None if status is None else end, status, sets)
        if self.shape.tags and random.random() < 0.5:
            write = replace(write, if_match=f'"{max(0, self.version - (random.random() < 0.2))}"')
        elif self.shape.tags and random.random() < 0.1:
            write = replace(write, if_absent=True)
        holds = (
            write.if_match in (None, f'"{self.version}"') and (write.if_match is None or self.state is not None)
        ) and (not write.if_absent or self.state is None)
        if not holds and status == 200:
            write = replace(write, status=412)
        takes_effect = holds and write.status != 409 and (write.status == 200 or random.random() < 0.6)
        if takes_effect:
            self.apply(write)
        self.writes.append(write)

    def apply(self, write: Write) -> None:
        """Let a write take effect."""
        if write.kind is WriteKind.DELETE:
            self.state = None
        elif self.state is None and not write.making:
            return
        else:
            self.state = dict(write.sets) if write.whole else {**(self.state or {}), **write.sets}
        self.version += 1


def right(random: Random, shape: Shape) -> History:
    """Return a history of a right target."""
    return Simulation(random, shape).history()


def edited(random: Random, history: History) -> History:
    """Return a history in which one thing is another: a value, a time, a status, a tag, what is there."""
    way = random.choice(("value", "value", "value", "read", "write", "write", "status", "absent"))
    if way in ("value", "read", "absent") and history.reads:
        place = random.randrange(len(history.reads))
        read = history.reads[place]
        if way == "absent":
            read = replace(read, absent=not read.absent, shows={}, tag=None)
        elif way == "read":
            shift = random.choice((-9, -6, -4, 4, 6, 9))
            read = replace(read, begin=read.begin + shift, end=read.end + shift)
        elif read.shows:
            member = random.choice(sorted(read.shows))
            values = [write.sets[member] for write in history.writes if member in write.sets]
            values += [(history.objects[0].initial or {}).get(member, read.shows[member])]
            read = replace(read, shows={**read.shows, member: random.choice(values)})
        return replace(history, reads=(*history.reads[:place], read, *history.reads[place + 1 :]))
    if history.writes:
        place = random.randrange(len(history.writes))
        write = history.writes[place]
        tags = [read.tag for read in history.reads if read.tag]
        if tags and random.random() < 0.4:
            write = replace(write, if_match=random.choice(tags), status=200, end=write.end or write.begin + 1)
        elif way == "status":
            write = replace(write, status=random.choice((200, 409)), end=write.end or write.begin + 1)
        else:
            shift = random.choice((-9, -6, -4, 4, 6, 9))
            write = replace(write, begin=write.begin + shift, end=None if write.end is None else write.end + shift)
        return replace(history, writes=(*history.writes[:place], write, *history.writes[place + 1 :]))
    return history
