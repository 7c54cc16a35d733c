"""Histories of a right service, with events, a kill and a last reading, made by simulating one; and changed ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bothends.histories import Attempt, Event, EventState, Kill, Outcome, Promises, Read, Write, WriteKind
from tests.histories.simulated import CALLERS, Shape, Simulation, edited

if TYPE_CHECKING:
    from random import Random

    from bothends.histories import History
    from tests.histories.oracle import State

QUIET = 100.0
KINDS = (WriteKind.PUT, WriteKind.PATCH, WriteKind.PATCH)


@dataclass(frozen=True)
class Sort:
    """What a service does and promises.

    Attributes:
        shape: What is done to it.
        promises: What it promises.
        made: The state that events show.
        kill: Whether it is killed.
        lag: How long readings may show what was replaced.
    """

    shape: Shape
    promises: Promises
    made: Literal["current", "of-write", "change"] = "current"
    kill: bool = False
    lag: int = 0


@dataclass
class Effect:
    """What a write did: when, the state after it, its version."""

    at: float
    write: str
    state: State
    changed: dict[str, object] = field(default_factory=dict)


class Service(Simulation):
    """A right service."""

    def __init__(self, random: Random, sort: Sort) -> None:
        """Begin with nothing done."""
        super().__init__(random, sort.shape)
        self.sort = sort
        self.effects: list[Effect] = []
        self.past: list[tuple[float, State]] = [(-1e9, self.state)]
        self.at = 0.0

    def read(self, name: str, begin: float, end: float) -> None:
        """Read the object, or what it was before, as it is promised."""
        self.at = float(name[1:]) * 2
        now = self.state
        if self.sort.lag and self.random.random() < 0.5:
            old = [state for at, state in self.past if at <= self.at - self.sort.lag][-1:]
            self.state = old[0] if old else now
        super().read(name, begin, end)
        self.state = now

    def write(self, name: str, begin: float, end: float) -> None:
        """Change the object, and note when."""
        self.at = float(name[1:]) * 2
        super().write(name, begin, end)
        done = any(each.write == name for each in self.effects)
        write = self.writes[-1]
        if write.outcome is Outcome.ACKNOWLEDGED:
            made = write.if_absent and write.making and done
            self.writes[-1] = replace(write, owes=int(done), status=201 if made else write.status)

    def apply(self, write: Write) -> None:
        """Let a write take effect."""
        before = self.state
        super().apply(write)
        if before is not None or self.state is not None:
            state = None if self.state is None else dict(self.state)
            self.effects.append(Effect(self.at, write.id, state, dict(write.sets)))
            self.past.append((self.at, state))

    def events(self) -> tuple[Event, ...]:
        """Return the events of all that was done."""
        random, promised = self.random, self.sort.promises.event
        if promised is None:
            return ()
        events: list[Event] = []
        accepted = -1e9
        for version, effect in enumerate(self.effects, 1):
            made = effect.at + random.choice((0, 0, 1, 3, 6))
            state = effect.state
            if self.sort.made == "current":
                state = [state for at, state in self.past if at <= made][-1]
            arrived = made + random.choice((0, 0.5, 2, 5))
            if promised.order:
                arrived = max(arrived, accepted + 0.25)
            held = 9 if promised.readable else 0
            attempts = [Attempt(arrived, arrived + held + random.choice((0, 1, 3)))]
            if random.random() < 0.2:
                end = arrived + 1
                stored = random.random() < 0.5
                attempts = [Attempt(arrived, end, stored, acknowledged=False), Attempt(end + 1, end + 2)]
            accepted = attempts[-1].end or arrived
            shows = effect.changed if self.sort.made == "change" and effect.state else dict(state or {})
            events.append(
                Event(
                    f"e{version}",
                    "it",
                    tuple(attempts),
                    shows,
                    version if promised.version else None,
                    effect.write if random.random() < 0.4 else None,
                    ends=effect.state is None or state is None,
                )
            )
        if promised.coalesces:
            return tuple(each for each in events if each is events[-1] or random.random() < 0.6)
        return tuple(events)

    def history(self) -> History:
        """Return what was done and seen."""
        history = super().history()
        events = self.events()
        last = Read("last", "ann", "it", QUIET + 1, QUIET + 2, dict(self.state or {}), absent=self.state is None)
        history = replace(history, events=events, reads=(*history.reads, last), quiet=QUIET)
        return self.killed(history) if self.sort.kill else history

    def killed(self, history: History) -> History:
        """Return the same with a kill in between: who had no answer then has none."""
        at = 2.0 * self.random.randrange(7) + 1
        back = at + 0.5
        writes, reads = [], []
        for write in history.writes:
            if not write.begin < at < (at if write.end is None else write.end):
                writes.append(write)
            elif float(write.id[1:]) * 2 < at:
                writes.append(replace(write, end=None, status=None, owes=0))
            else:
                writes.append(replace(write, begin=back))
        for read in history.reads:
            if not read.begin < at < read.end:
                reads.append(read)
            else:
                reads.append(replace(read, end=at) if float(read.id[1:]) * 2 < at else replace(read, begin=back))
        kill = Kill(at, back, mercy=self.random.random() < 0.2)
        return replace(history, writes=tuple(writes), reads=tuple(reads), kills=(kill,))


def served(random: Random, sort: Sort) -> History:
    """Return a history of a right service."""
    return Service(random, sort).history()


def changed(random: Random, history: History) -> History:
    """Return a history in which one thing is another: of a write, a reading, an event."""
    conditional = [write for write in history.writes if write.if_match is not None or write.if_absent]
    if conditional and random.random() < 0.5:
        return twinned(random, history, random.choice(conditional))
    if not history.events or random.random() < 0.35:
        return edited(random, history)
    place = random.randrange(len(history.events))
    event = history.events[place]
    way = random.choice(("value", "value", "time", "time", "tie", "version", "lost", "ends"))
    if way == "value" and event.shows:
        member = random.choice(sorted(event.shows))
        values = [write.sets[member] for write in history.writes if member in write.sets]
        values += [(history.objects[0].initial or {}).get(member, event.shows[member])]
        event = replace(event, shows={**event.shows, member: random.choice(values)})
    elif way == "time":
        shift = random.choice((-9, -6, -3, 3, 6, 9))
        attempts = tuple(
            replace(each, begin=each.begin + shift, end=None if each.end is None else each.end + shift)
            for each in event.attempts
        )
        event = replace(event, attempts=attempts)
    elif way == "tie" and history.writes:
        event = replace(event, write=random.choice(history.writes).id)
    elif way == "version" and event.version is not None:
        event = replace(event, version=event.version + random.choice((-2, -1, 1, 2)))
    elif way == "lost":
        return replace(history, events=(*history.events[:place], *history.events[place + 1 :]))
    elif way == "ends" and event.ends:
        event = replace(event, ends=False)
    return replace(history, events=(*history.events[:place], event, *history.events[place + 1 :]))


def twinned(random: Random, history: History, one: Write) -> History:
    """Return a history in which another write has the condition that one has, and has its success too."""
    other = random.choice(history.writes)
    made = [
        replace(
            each,
            if_match=one.if_match,
            if_absent=one.if_absent,
            end=each.begin + 3 if each.end is None else each.end,
            status=201 if one.if_absent and each.whole else 200,
        )
        if each in (one, other)
        else each
        for each in history.writes
    ]
    return replace(history, writes=tuple(made))


_PATCHED = Shape(members=("a", "b"), kinds=KINDS)
_REMOVED = Shape(members=("a", "b"), kinds=(*KINDS, WriteKind.DELETE), spread=3)
_TAGGED = Shape(members=("a", "b"), kinds=(*KINDS, WriteKind.DELETE), tags=True)
_LONG = replace(_REMOVED, spread=9)
_SURE = replace(_PATCHED, doubtful=0.0)
_OWING = Promises(owes=True, every_write_owes=True, attempts=True, survives="kill")
_THREE = Shape(members=("a", "b", "c"), kinds=KINDS)
assert CALLERS

SORTS: dict[str, tuple[Sort, ...]] = {
    "one-order": (
        Sort(_PATCHED, Promises(consistency="strong")),
        Sort(_TAGGED, Promises(consistency="strong", preconditions=True)),
    ),
    "read-not-older": (
        Sort(_PATCHED, Promises(consistency="strong")),
        Sort(_PATCHED, Promises(consistency="own-writes")),
        Sort(_PATCHED, Promises(consistency="within", within_ms=4000), lag=3),
    ),
    "no-lost-update": (Sort(_TAGGED, Promises(preconditions=True)),),
    "gone-stays-gone": (
        Sort(_REMOVED, Promises(consistency="strong")),
        Sort(_REMOVED, Promises(consistency="strong", event=EventState(order=True))),
    ),
    "event-of-one-write": (
        Sort(_PATCHED, Promises(event=EventState())),
        Sort(_PATCHED, Promises(event=EventState(shown_as="of-write")), made="of-write"),
        Sort(_THREE, Promises(event=EventState(shown_as="of-write")), made="of-write"),
        Sort(_REMOVED, Promises(event=EventState())),
    ),
    "no-event-of-refused-write": (Sort(_REMOVED, Promises(event=EventState())),),
    "write-has-event": tuple(
        Sort(shape, replace(_OWING, event=event), made=event.shown_as, kill=kill)
        for shape, event, kill in (
            (_PATCHED, EventState(), False),
            (_PATCHED, EventState(shown_as="of-write"), True),
            (_PATCHED, EventState(shown_as="change"), False),
            (_PATCHED, EventState(coalesces=True), True),
            (_REMOVED, EventState(shown_as="of-write", coalesces=True), False),
        )
    ),
    "state-equals-events": tuple(
        Sort(_SURE, replace(_OWING, event=event, consistency="strong"), made=event.shown_as)
        for event in (
            EventState(version=True),
            EventState(coalesces=True),
            EventState(shown_as="of-write", version=True),
            EventState(shown_as="change", version=True),
        )
    ),
    "events-in-order": (
        Sort(_PATCHED, Promises(event=EventState(shown_as="of-write", order=True)), made="of-write"),
        Sort(_PATCHED, Promises(event=EventState(shown_as="of-write", order=True, version=True)), made="of-write"),
    ),
    "event-then-read": (
        Sort(replace(_PATCHED, spread=9), Promises(event=EventState(readable=True))),
        Sort(_LONG, Promises(event=EventState(readable=True, shown_as="of-write")), made="of-write", kill=True),
    ),
    "write-survives": (
        Sort(_PATCHED, Promises(keeps_state="kill"), kill=True),
        Sort(_REMOVED, Promises(keeps_state="stop"), kill=True),
    ),
}
"""For each law, the services whose histories prove it."""
