"""Steps that are played together: each exchange is made in the state of the world that its step needs."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.play.batches import Batch, Scope
from bothends.engine.play.slots import Claim, Room, Slot
from bothends.engine.play.steps import Step, Together
from bothends.records import Case, Request
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bothends.records import Condition
    from bothends.world import World

HANGS, WRONG = conditions("the settings hangs", "the ingest answers 500")
(STALLS,) = conditions("the settings stalls in the body")
STEPS = st.lists(
    st.tuples(st.sampled_from([(HANGS,), (STALLS,), (), WRONG]), st.integers(1, 3), st.booleans()), max_size=5
)


@dataclass
class Recorded:
    """What the parts of the world are told: the state, whose faults are their own, and how often each was met.

    Attributes:
        given: The states that hold for everybody.
        own: The faults that are for single exchanges, by their numbers.
        changes: How often it was put into a state.
    """

    given: tuple[Condition, ...] = ()
    own: dict[int, Condition] = field(default_factory=dict)
    changes: int = 0
    _fired: Counter[Condition] = field(default_factory=Counter)
    _met: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Stand for each of the parts."""
        self.state = self.own_faults = self.services = self

    def set(self, state: Iterable[Condition]) -> None:
        """Put it into a state: what is counted starts anew."""
        self.given, self.changes = tuple(state), self.changes + 1
        self._fired.clear()

    def arm(self, number: int, condition: Condition) -> None:
        """Take a fault that is for one exchange alone."""
        self.own[number] = condition

    def meet(self, number: int) -> None:
        """Count a call, or a delivery, of an exchange."""
        if number in self.own:
            self._met.add(number)
        self._fired.update(self.given)

    def fired(self) -> dict[Condition, int]:
        """Return how often each state was met."""
        return {one: self._fired[one] for one in self.given}

    def met(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return which exchanges have met their own fault."""
        return frozenset(number for number in numbers if number in self._met)

    def arrivals(self) -> dict[str, int]:
        """Return that nothing has come."""
        return {}


def made(kinds: Sequence[tuple[object, int, bool]]) -> tuple[list[Step], list[Slot]]:
    """Return the steps of some states with as many cases, and their slots: those with faults of their own first."""
    numbers, places = itertools.count(1), itertools.count()
    steps: list[Step] = []
    slots: list[Slot] = []
    for state, count, in_turn in sorted(kinds, key=lambda kind: kind[0] != WRONG):
        own = state == WRONG
        states = cast("tuple[Condition, ...]", (WRONG,) if own else state)
        case = Case("op", "family", "name", Request("POST", "/"), states)
        batch = Batch(states, (case,) * count, scope=Scope.EXCHANGE if own else Scope.SERVICE)
        step = Step(len(steps), batch, [next(numbers) for _ in range(count)])
        claim = Claim(step.place, own=frozenset({"ingest"}), in_turn=True) if own else Claim(step.place, states)
        room = Room(f"{step.place}", 1 if in_turn else count)
        slots += [Slot(next(places), case, claim, room, number=number) for number in step.numbers]
        steps.append(step)
    return steps, slots


@given(STEPS, st.lists(st.integers(0, 4), min_size=15, max_size=15), st.booleans())
def test_each_exchange_begins_in_its_own_state_and_is_played_once(
    kinds: Sequence[tuple[object, int, bool]],
    turns: Sequence[int],
    until_met: bool,  # noqa: FBT001 -- Hypothesis gives it by its place
) -> None:
    """However long each takes, and whether it waits on when it has met its state or is over without."""
    steps, slots = made(kinds)
    world = Recorded()
    took = dict(zip((slot.number for slot in slots), turns, strict=False))
    sent: list[int] = []
    ended: list[int] = []

    async def send(step: Step, slot: Slot) -> bool:
        assert world.given == (() if step.batch.scope is Scope.EXCHANGE else step.batch.given)
        assert (slot.number in world.own) == (step.batch.scope is Scope.EXCHANGE)
        sent.append(slot.number)
        if took[slot.number]:
            world.meet(slot.number)
        for _ in range(took[slot.number]):
            await asyncio.sleep(0)
        return True

    async def end(step: Step) -> None:
        await asyncio.sleep(0)
        ended.append(step.place)

    together = Together(cast("World", world), steps, slots, send=send, end=end, until_met=until_met)
    asyncio.run(together.play())
    assert [slot.number for slot in slots] == sorted(sent)
    assert [step.place for step in steps] == sorted(ended)
    assert all(step.begun for step in steps)


def test_requests_that_wait_are_under_way_together_whatever_their_state() -> None:
    """All have begun before the first is over: those with faults of their own, and those of two states of a service."""
    steps, slots = made([((HANGS,), 2, False), ((STALLS,), 1, False), (WRONG, 2, False)])
    world = Recorded()
    begun: list[int] = []

    async def whole() -> None:
        every = asyncio.Event()

        async def send(_step: Step, slot: Slot) -> bool:
            begun.append(slot.number)
            world.meet(slot.number)
            if len(begun) == len(slots):
                every.set()
            await every.wait()
            return True

        async def end(_step: Step) -> None:
            """Wait for nothing."""

        async with asyncio.timeout(60):
            await Together(cast("World", world), steps, slots, send=send, end=end, until_met=True).play()

    asyncio.run(whole())
    assert [1, 2, 3, 4, 5] == begun
    assert [{}, {HANGS: 2}, {STALLS: 1}] == [step.fired for step in steps]


def test_a_fault_of_its_own_begins_when_the_one_before_is_met() -> None:
    """A target that sends one event after the other would let all others wait behind the first."""
    steps, slots = made([(WRONG, 2, False), (WRONG, 1, False)])
    world = Recorded()
    begun: list[int] = []

    async def send(step: Step, slot: Slot) -> bool:
        assert not step.place or world.met(steps[0].numbers) == {1, 2}
        begun.append(slot.number)
        await asyncio.sleep(0.01 * slot.number)
        world.meet(slot.number)
        return True

    async def end(_step: Step) -> None:
        """Wait for nothing."""

    asyncio.run(Together(cast("World", world), steps, slots, send=send, end=end, until_met=True).play())
    assert [1, 2, 3] == begun


def test_what_comes_of_a_step_is_awaited_in_its_own_state() -> None:
    """The next state begins only then: an event of the one before would meet it."""
    steps, slots = made([((HANGS,), 1, False), ((STALLS,), 1, False)])
    world = Recorded()
    states: list[tuple[Condition, ...]] = []

    async def send(_step: Step, _slot: Slot) -> bool:
        return True

    async def end(step: Step) -> None:
        await asyncio.sleep(0.01)
        states.append(world.given)
        assert world.changes == step.state

    asyncio.run(Together(cast("World", world), steps, slots, send=send, end=end).play())
    assert [(HANGS,), (STALLS,)] == states
