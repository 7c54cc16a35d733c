"""Whether a target is ready: it answers a path, or its port accepts.

Time in which this process did not run is nobody's delay: what waits may be starved of a processor, or have computed
something else meanwhile. It is measured, and does not count. And the last probe comes after the wait, not before it.
"""

from __future__ import annotations

import asyncio
import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.client import Client
from bothends.records import Answer, Request

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bothends.clock import Clock

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.05
_LONGEST_PROBE = 2.0
_LAST_PROBE = 0.5
"""Seconds that the last probe may take: the wait is over then."""
_TICK = 0.05


async def until_ready(
    base_url: str, path: str | None, *, clock: Clock, limit: float, given_up: Callable[[], bool] = lambda: False
) -> str:
    """Wait until a target is ready.

    Args:
        base_url: The target's base URL.
        path: Path that it must answer with any status under 500; None: it need only accept connections.
        clock: The run's clock.
        limit: Seconds to wait, without those in which this process did not run.
        given_up: Asked before each probe whether there is nothing left to wait for.

    Returns:
        Empty when it is ready, else what the last probe saw, for a person to read.

    Raises:
        ContractError: The base URL is none.
    """
    began = clock.now()
    pause = _FIRST_PAUSE
    seen = "nothing was asked"
    async with _standstill(clock) as stood_still:
        while not given_up():
            left = began + limit + stood_still() - clock.now()
            async with Client(base_url, clock=clock, time_limit=min(max(left, _LAST_PROBE), _LONGEST_PROBE)) as client:
                told = await _probe(client, path)
            if not told:
                return ""
            # A probe that was cut off at the end tells less than the one before.
            seen = told if left > _LAST_PROBE or seen == "nothing was asked" else seen
            if left <= 0:
                break
            left = began + limit + stood_still() - clock.now()
            await asyncio.sleep(min(pause, max(0.0, left)))
            pause = min(2 * pause, _LONGEST_PAUSE)
    return seen


@contextlib.asynccontextmanager
async def _standstill(clock: Clock) -> AsyncIterator[Callable[[], float]]:
    """Measure for how long this event loop stands still: by how much it is late when it has nothing to wait for."""
    lost = 0.0
    last = clock.now()

    def seconds() -> float:
        """Return what was lost so far; what is late now is late already."""
        return lost + max(0.0, clock.now() - last - _TICK)

    async def tick() -> None:
        nonlocal lost, last
        while True:
            await asyncio.sleep(_TICK)
            lost = seconds()
            last = clock.now()

    ticking = asyncio.ensure_future(tick())
    try:
        yield seconds
    finally:
        ticking.cancel()


async def _probe(client: Client, path: str | None) -> str:
    if path is None:
        refusal = await client.connect()
        return "" if refusal is None else f"{client.base_url} accepts no connection: {refusal.detail}"
    answer = (await client.send(Request("GET", path))).answer
    if not isinstance(answer, Answer):
        return f"GET {client.base_url}{path} gets no answer ({answer.kind}): {answer.detail}"
    if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return ""
    return f"GET {client.base_url}{path} answers {answer.status}"
