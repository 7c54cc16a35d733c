"""A relay: cases that each take the target's whole patience are begun in turn, and waited for together.

A call to an upstream bears no identity, so two states of one upstream can't hold at once. But a request that
hangs goes on hanging when the world is put into another state. So the next case is begun, in its own state,
as soon as the one before has met its own; a crowd, as soon as all of it has. All of them are states of one
upstream, and all expect the same answer: a target that tries again meets another of them, and nothing changes
for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bothends.engine.waves import Wave
    from bothends.records import Condition, Exchange
    from bothends.world import World

    Made = list[Exchange]

_LOOK_SECONDS = 0.002


async def relayed(
    world: World, waves: Sequence[Wave], make: Callable[[Wave], Awaitable[Made]]
) -> tuple[list[Exchange], dict[Condition, int]]:
    """Begin each wave in its own state of the world, and wait until all are over.

    Args:
        world: Is left in the last state.
        waves: What is begun in turn.
        make: Makes a wave's exchanges, and returns them.

    Returns:
        All exchanges, and how often each state was met.
    """
    fired: dict[Condition, int] = {}
    tasks: list[asyncio.Task[Made]] = []
    async with asyncio.TaskGroup() as group:
        for wave in waves:
            world.set(wave.given)
            task = group.create_task(_made(make, wave))
            tasks.append(task)
            while not task.done() and min(world.fired().values(), default=0) < len(wave.cases):  # noqa: ASYNC110 -- there is no event of it
                await asyncio.sleep(_LOOK_SECONDS)
            fired |= world.fired()
    return [exchange for task in tasks for exchange in task.result()], fired


async def _made(make: Callable[[Wave], Awaitable[Made]], wave: Wave) -> Made:
    return await make(wave)
