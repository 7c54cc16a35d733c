"""Waits for answers that do not come: side by side where that can be, and not without end.

Cases that each take the target's whole timeout are begun in turn, and waited for together: parallel timeouts.

A call to an upstream has no identity, so two states of one upstream can't hold at once. But a request that
hangs goes on hanging when the world is put into another state. So the next case is begun, in its own state,
as soon as the one before has met its own; a crowd, as soon as all of it has. All of them are states of one
upstream, and all expect the same answer: a target that tries again meets another of them, and nothing changes
for it. Faults of an ingest that are for single exchanges hold whatever state the world is in, so they are begun
first, and are under way beside those of an upstream.

Each unanswered request takes the whole time limit, so a target that has stopped to answer would hold a run for
hours. Requests that wait at the same time are one *wait*. A family whose requests are not answered, time after
time, is left out from then on; so is a fault that only a limit of the target's would end, of a part of the world
that the target has shown to have none for. After a few waits in a row, of whatever family, a good request tells
whether anyone is there still. And the waits of a run have an end in all.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bothends.conditions import kind_of
from bothends.records import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from bothends.engine.play.batches import Batch
    from bothends.records import Case, Condition, Exchange
    from bothends.world import World

    Made = list[Exchange]


_LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True)
class Step:
    """What came of one batch of parallel timeouts.

    Attributes:
        exchanges: Its exchanges.
        fired: How often each of its states was met.
        unmet: Its exchanges that have not met a fault of their own, by their numbers.
    """

    exchanges: Made
    fired: dict[Condition, int]
    unmet: frozenset[int] = frozenset()

    def met(self, exchange: Exchange) -> bool:
        """Return whether an exchange of it has met what it was to meet, as far as anyone knows."""
        return all(self.fired.values()) and exchange.number not in self.unmet


async def play_parallel_timeouts(
    world: World,
    batches: Sequence[Batch],
    make: Callable[[Batch, int], Awaitable[Made]],
    next_number: Callable[[], int],
) -> list[Step]:
    """Begin each batch in its own state of the world, and wait until all are over.

    Args:
        world: The world; faults must be told by their exchanges where a batch has its own.
        batches: The batches: those with faults of their own first.
        make: Makes the exchanges of a batch, the first of which has this number.
        next_number: Gives out the numbers of exchanges.

    Returns:
        What came of each. Where one has not met its state, and is not answered, there is nothing of those after it.
    """
    begun: list[_Begun] = []
    async with asyncio.TaskGroup() as group:
        for batch in batches:
            numbers = tuple(next_number() for _ in batch.cases)
            if batch.own_fault:
                for number in numbers:
                    world.arm(number, batch.given[0])
            else:
                world.set(batch.given)
            task = group.create_task(_made(make, batch, numbers[0]))
            while not task.done() and _fewest(world, batch, numbers) < len(batch.cases):  # noqa: ASYNC110 -- there is no event of it
                await asyncio.sleep(_LOOK_SECONDS)
            begun.append(_Begun(batch, numbers, task, {} if batch.own_fault else world.fired()))
            if task.done() and _fewest(world, batch, numbers) < len(batch.cases) and _unanswered(task.result()):
                break  # it waits for something else by now, and so would all others
    return [_over(one, world) for one in begun]


def _unanswered(exchanges: Made) -> bool:
    return any(isinstance(each.answer, NoAnswer) and each.answer.kind == "timeout" for each in exchanges)


class _Begun(NamedTuple):
    batch: Batch
    numbers: Sequence[int]
    task: asyncio.Task[Made]
    fired: dict[Condition, int]


def _fewest(world: World, batch: Batch, numbers: Sequence[int]) -> int:
    """Return how often the least met of a batch's states was met."""
    return len(world.met(numbers)) if batch.own_fault else min(world.fired().values(), default=0)


def _over(begun: _Begun, world: World) -> Step:
    batch, numbers, task, fired = begun
    if not batch.own_fault:
        return Step(task.result(), fired)
    met = world.met(numbers)
    for number in numbers:
        world.disarm(number)
    return Step(task.result(), {batch.given[0]: len(met)}, frozenset(numbers) - met)


def fired_of(steps: Iterable[Step], last: Mapping[Condition, int]) -> dict[Condition, int]:
    """Return how often each state was met: several batches may have one of them.

    Args:
        steps: What came of batches that waited together; none where one was played alone.
        last: How often the states that hold at the end were met since the last of these batches was begun.
    """
    fired: Counter[Condition] = Counter()
    for step in steps:
        fired.update(step.fired)
    return dict(fired) | {one: max(count, fired[one]) for one, count in last.items()}


async def _made(make: Callable[[Batch, int], Awaitable[Made]], batch: Batch, first: int) -> Made:
    return await make(batch, first)


IN_ROW = 3
"""Waits in a row, with no answer to anything between them, after which a target is asked whether it is there."""

IN_FAMILY = 2
"""Waits of one family, with no answer to any request of it between them, after which the rest of it is left out."""

AT_ONCE = 3
"""Requests of one family that are not answered, after which it is left out too, though they waited side by side."""

IN_ALL = 30
"""Waits of a run for answers that were due, for each operation, after which the rest of it is left out."""

SECONDS = 40.0
"""How long these may take together, for each operation; what comes first ends the run."""


@dataclass(slots=True)
class _Hanging:
    """What was not answered of one family since anything of it was."""

    waits: int = 0
    requests: int = 0
    until: float = 0.0


class TimeoutBudget:
    """Counts the waits for answers that did not come.

    Attributes:
        in_row: Waits since anything was answered last.
        in_all: Waits for answers that were due. Of a client that misbehaves, or where no answer is right as well,
            none is.
        waited: Seconds that these took together.
    """

    def __init__(self, operations: int = 1) -> None:
        """Start with none.

        Args:
            operations: Of how many operations the waits are: each has its share of them.
        """
        self._operations = max(1, operations)
        self.in_row = 0
        self.in_all = 0
        self.waited = 0.0
        self._until = 0.0
        self._due_until = 0.0
        self._hanging: dict[str, _Hanging] = {}
        self._without_limit: set[str] = set()

    def note(self, exchange: Exchange) -> None:
        """Take the outcome of an exchange that is over."""
        answer = exchange.answer
        family = exchange.case.family
        if not isinstance(answer, NoAnswer):
            self.in_row = 0
            self._hanging.pop(family, None)
            return
        if answer.kind != "timeout":
            return  # that it was cut off took no time
        if exchange.began >= self._until:  # else it waited beside another, which has counted
            self._until = exchange.ended
            self.in_row += 1
        if exchange.case.behaviour or exchange.case.expect.any_answer:
            return
        self.in_all += exchange.began >= self._due_until
        self.waited += max(0.0, exchange.ended - max(exchange.began, self._due_until))
        self._due_until = max(self._due_until, exchange.ended)
        given = exchange.case.of_the_world
        self._without_limit |= {given[0].subject} if len(given) == 1 else set()
        hanging = self._hanging.setdefault(family, _Hanging())
        hanging.requests += 1
        if exchange.began >= hanging.until:
            hanging.until = exchange.ended
            hanging.waits += 1

    def gives_up(self, case: Case) -> bool:
        """Return whether a case is to be left out, as it would not be answered either."""
        if any(one.subject in self._without_limit and kind_of(one.name).outlasts for one in case.of_the_world):
            return True
        hanging = self._hanging.get(case.family)
        return hanging is not None and (hanging.waits >= IN_FAMILY or hanging.requests >= AT_ONCE)

    def counted(self) -> tuple[int, float]:
        """Return how many waits there were in all, and how long they took."""
        return self.in_all, self.waited

    def started_anew(self, counted: tuple[int, float]) -> None:
        """Note that the target was started anew; what it was waited for since counts for nothing.

        Args:
            counted: What had been counted before.
        """
        self.in_row = 0
        self.in_all, self.waited = counted

    @property
    def tired(self) -> bool:
        """Whether nothing at all was answered for so long that there may be nobody."""
        return self.in_row >= IN_ROW

    @property
    def spent(self) -> bool:
        """Whether the run has waited long enough in all."""
        return self.waited >= SECONDS * self._operations or self.in_all >= IN_ALL * self._operations
