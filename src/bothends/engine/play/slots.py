"""Slots: what may be under way at once, and what starts next. Nothing here sends, waits, or knows the time.

A slot is one case, the state of the world that it needs, for whom that is (its own exchange, or everybody), and what it
follows. Two slots that *conflict* are not under way at once:

- A service has one state for everybody. A call to it has no identity: whose call meets a state is told by the step that
  is under way, so two steps need a state one after the other, and so do a state and a world that is well.
- A request that has met its state, and waits, goes on waiting when the world is put into another one.
- A fault for one exchange alone is told by that exchange's own requests. It needs no other state of the same service.
- A request of which nothing but the time tells whose its event is has its step to itself.

The scheduler starts the first slot in the order of the plan that conflicts with nothing under way, and has room.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.records import Case, Condition


class Room(NamedTuple):
    """Slots of one kind, of which only so many are under way at once."""

    name: str
    most: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a slot needs for as long as it is under way.

    Attributes:
        step: The place of its step: the cases of one step meet the states of services together, and are counted so.
        state: The states of services that hold for everybody; none: the world is well; None: it has met its own.
        own: The services that are faulty for its own exchange alone.
        in_turn: Whether no other step begins before this one has met its fault: a target that sends one event after
            the other would let those of the others wait.
        alone: Whether nothing but the time tells its event from others'.
    """

    step: int
    state: tuple[Condition, ...] | None = ()
    own: frozenset[str] = frozenset()
    in_turn: bool = False
    alone: bool = False

    @property
    def services(self) -> frozenset[str]:
        """The services that are faulty for everybody."""
        return frozenset(condition.subject for condition in self.state or ())


def conflicts(one: Claim, other: Claim) -> bool:
    """Return whether two slots must not be under way at once."""
    if one.own & other.services or other.own & one.services:
        return True
    if one.state is None or other.state is None:
        return False  # what waits sends nothing meanwhile
    if one.alone or other.alone or one.state != other.state:
        return True
    return one.step != other.step and (bool(one.state) or one.in_turn or other.in_turn)


@dataclass(frozen=True, slots=True)
class Slot:
    """One case that is played.

    Attributes:
        place: Its place in the order of what is played; the least starts first, of those that may.
        case: What is sent.
        claim: What it needs.
        room: With what it shares its turns.
        follows: The place of the slot that must be over before; None: of none.
        number: The number of its exchange.
    """

    place: int
    case: Case
    claim: Claim
    room: Room
    follows: int | None = None
    number: int = 0


class Scheduler:
    """Says which slot starts next.

    Attributes:
        left_out: The slots that were never started, and will not be.
    """

    def __init__(self, slots: Iterable[Slot]) -> None:
        """Take all that is played; what a slot follows stands before it."""
        self.left_out: list[Slot] = []
        self._waiting: dict[tuple[Claim, Room], list[tuple[int, Slot]]] = {}  # equal needs: equal answers
        self._behind: dict[int, list[Slot]] = {}
        self._under_way: dict[int, Slot] = {}
        self._claims: Counter[Claim] = Counter()
        self._taken: Counter[Room] = Counter()
        for slot in slots:
            if slot.follows is None:
                self._wait(slot)
            else:
                self._behind.setdefault(slot.follows, []).append(slot)

    @property
    def under_way(self) -> Sequence[Slot]:
        """What has started, and is not over."""
        return tuple(self._under_way.values())

    def next(self) -> Slot | None:
        """Return the slot that starts now; None: none may until one is over, or has met its state."""
        first: list[tuple[int, Slot]] | None = None
        for (claim, room), some in self._waiting.items():
            may = self._taken[room] < room.most and (first is None or some[0][0] < first[0][0])
            if may and not any(conflicts(claim, other) for other in self._claims):
                first = some
        if first is None:
            return None
        place, slot = heappop(first)
        if not first:
            del self._waiting[slot.claim, slot.room]
        self._under_way[place] = slot
        self._claims[slot.claim] += 1
        self._taken[slot.room] += 1
        return slot

    def met(self, step: int) -> None:
        """Take note that what is under way of a step has met its state, and waits."""
        for place, slot in self._under_way.items():
            if slot.claim.step == step:
                waits = replace(slot.claim, state=None)
                self._release(slot.claim)
                self._claims[waits] += 1
                self._under_way[place] = replace(slot, claim=waits)

    def over(self, slot: Slot, *, goes_on: bool = True) -> None:
        """Take note that a slot is over; what follows it is left out where that does not go on."""
        slot = self._under_way.pop(slot.place)
        self._release(slot.claim)
        self._taken[slot.room] -= 1
        for one in self._behind.pop(slot.place, ()):
            if goes_on:
                self._wait(one)
            else:
                self._leave_out(one)

    def stop(self) -> Sequence[Slot]:
        """Start nothing more: what is under way goes on; return what is left out."""
        before = len(self.left_out)
        waiting = sorted(entry for some in self._waiting.values() for entry in some)
        self._waiting.clear()
        for _, slot in waiting:
            self._leave_out(slot)
        for slot in tuple(self._under_way.values()):
            for one in self._behind.pop(slot.place, ()):
                self._leave_out(one)
        return self.left_out[before:]

    def _wait(self, slot: Slot) -> None:
        heappush(self._waiting.setdefault((slot.claim, slot.room), []), (slot.place, slot))

    def _leave_out(self, slot: Slot) -> None:
        self.left_out.append(slot)
        for one in self._behind.pop(slot.place, ()):
            self._leave_out(one)

    def _release(self, claim: Claim) -> None:
        self._claims[claim] -= 1
        if not self._claims[claim]:
            del self._claims[claim]
