"""Plays steps together: each slot is sent as soon as it conflicts with nothing under way, in its state of the world.

A step is a batch that is in one state. Where several are played together, a call to an upstream has no identity, so two
states of one upstream can't hold at once. But a request that hangs goes on hanging when the world is put into another
state. So the next step is begun, in its own state, as soon as each case of the one before has met its own. All of them
expect the same answer: a target that tries again meets another of them, and nothing changes for it. Faults that are for
single exchanges hold whatever state the world is in, so they are begun first, and are under way beside the others.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bothends.engine.play.batches import Scope
from bothends.engine.play.slots import Scheduler
from bothends.engine.play.timeouts import TimeoutBudget
from bothends.records import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from bothends.engine.play.batches import Batch
    from bothends.engine.play.slots import Slot
    from bothends.records import Condition, Exchange
    from bothends.world import World

_LOOK_SECONDS = 0.002


@dataclass(slots=True)
class Step:
    """A batch in one state of the world, and what came of it.

    Attributes:
        place: Its place among those that are played together.
        batch: What is played.
        numbers: The numbers of its exchanges, in order of its cases.
        budget: Counts its waits for answers.
        made: Its exchanges that are over, by their numbers.
        beside: Those that were made beside them on purpose.
        fired: How often each of its states was met.
        unmet: Its exchanges that have not met a fault of their own, by their numbers.
        arrived: What each ingest had met when it began.
        state: What `changes` of the world's state was then.
        begun: Whether it has begun.
        left: How many of its slots are not over.
    """

    place: int
    batch: Batch
    numbers: Sequence[int]
    budget: TimeoutBudget = field(default_factory=TimeoutBudget)
    made: dict[int, Exchange] = field(default_factory=dict)
    beside: list[Exchange] = field(default_factory=list)
    fired: dict[Condition, int] | None = None
    unmet: frozenset[int] = frozenset()
    arrived: Mapping[str, int] = field(default_factory=dict)
    state: int = 0
    begun: bool = False
    left: int = 0

    @property
    def exchanges(self) -> list[Exchange]:
        """Its exchanges, in order of their numbers, and then those beside them."""
        return [*(self.made[number] for number in self.numbers if number in self.made), *self.beside]

    def met(self, exchange: Exchange) -> bool:
        """Return whether an exchange of it has met what it was to meet, as far as anyone knows."""
        return all((self.fired or {}).values()) and exchange.number not in self.unmet


class Together:
    """Plays the slots of steps, each as soon as it conflicts with nothing under way."""

    def __init__(  # noqa: PLR0913 -- what is played, and how
        self,
        world: World,
        steps: Sequence[Step],
        slots: Iterable[Slot],
        *,
        send: Callable[[Step, Slot], Awaitable[bool]],
        end: Callable[[Step], Awaitable[None]],
        until_met: bool = False,
    ) -> None:
        """Take what is played.

        Args:
            world: The world; it is well, and faults must be told by their exchanges where a step has its own.
            steps: The steps, in the order of their places.
            slots: Their slots.
            send: Makes the exchange of a slot; returns whether what follows it is to be played.
            end: Waits, in its own state of the world, for what comes of a step whose exchanges are over.
            until_met: Whether a step holds its state only until all of its cases have met it. Where one is over that
                has not, and is not answered, nothing more is begun: it waits for something else by now, and so would
                all others.
        """
        self._world = world
        self._steps = steps
        self._send = send
        self._end = end
        self._until_met = until_met
        every = tuple(slots)
        for slot in every:
            steps[slot.claim.step].left += 1
        self.scheduler = Scheduler(every)
        self._well = True
        self._holds: Step | None = None
        self._group = asyncio.TaskGroup()

    async def play(self) -> None:
        """Play them until all are over."""
        try:
            async with self._group:
                self._start()
        except BaseExceptionGroup as errors:
            # Each may have met the same; whose fault it is follows from the first.
            raise errors.exceptions[0] from None

    def _start(self) -> None:
        while (slot := self.scheduler.next()) is not None:
            step = self._steps[slot.claim.step]
            self._put_into_state(slot, step)
            if not step.begun:
                self._begin(slot, step)
            self._group.create_task(self._one(slot, step))

    def _put_into_state(self, slot: Slot, step: Step) -> None:
        """Put the world into the state that a slot needs, unless it is in it: what has met one is counted from then."""
        state = slot.claim.state or ()
        if (not state and self._well) or step is self._holds:
            return
        self._world.state.set(state)
        self._well, self._holds = not state, step

    def _begin(self, slot: Slot, step: Step) -> None:
        step.begun = True
        for number in step.numbers if slot.claim.own else ():
            for condition in step.batch.given:
                self._world.own_faults.arm(number, condition)
        step.arrived, step.state = self._world.services.arrivals(), self._world.state.changes
        if self._until_met:
            self._group.create_task(self._until_each_has_met(step))

    async def _one(self, slot: Slot, step: Step) -> None:
        goes_on = await self._send(step, slot)
        step.left -= 1
        if not step.left:
            await self._end(step)
            self._let_go(step)
        self.scheduler.over(slot, goes_on=goes_on)
        self._start()

    async def _until_each_has_met(self, step: Step) -> None:
        while step.fired is None and _fewest(self._world, step) < len(step.batch.cases):  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(_LOOK_SECONDS)
        self._let_go(step)
        self._start()

    def _let_go(self, step: Step) -> None:
        """Let a step hold no state of the world from now on: it has met its own, or it is over."""
        if not self._until_met or step.fired is not None:
            return
        if _fewest(self._world, step) < len(step.batch.cases) and _unanswered(step.exchanges):
            for slot in self.scheduler.stop():
                self._steps[slot.claim.step].left -= 1
        step.fired = {} if step.batch.scope is Scope.EXCHANGE else self._world.state.fired()
        self.scheduler.met(step.place)


def _unanswered(exchanges: Iterable[Exchange]) -> bool:
    return any(isinstance(each.answer, NoAnswer) and each.answer.kind == "timeout" for each in exchanges)


def _fewest(world: World, step: Step) -> int:
    """Return how often the least met of a step's states was met."""
    if step.batch.scope is Scope.EXCHANGE:
        return len(world.own_faults.met(step.numbers))
    return min(world.state.fired().values(), default=0)


def fired_of(steps: Iterable[Step], last: Mapping[Condition, int]) -> dict[Condition, int]:
    """Return how often each state was met in steps (none: one was played alone): several may have one of them.

    The `last` states hold at the end, and count since the last of these steps was begun.
    """
    fired: Counter[Condition] = Counter()
    for step in steps:
        fired.update(step.fired or {})
    return dict(fired) | {one: max(count, fired[one]) for one, count in last.items()}
