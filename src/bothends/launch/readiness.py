"""Whether a target is ready: it answers a path, or its port accepts."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.client.client import Client
from bothends.records import Answer, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.clock import Clock

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.05
_LONGEST_PROBE = 2.0


async def until_ready(
    base_url: str, path: str | None, *, clock: Clock, limit: float, given_up: Callable[[], bool] = lambda: False
) -> str:
    """Wait until a target is ready.

    Args:
        base_url: The target's base URL.
        path: Path that it must answer with any status under 500; None: it need only accept connections.
        clock: The run's clock.
        limit: Seconds to wait.
        given_up: Asked before each probe whether there is nothing left to wait for.

    Returns:
        Empty when it is ready, else what the last probe saw, for a person to read.

    Raises:
        ContractError: The base URL is none.
    """
    deadline = clock.now() + limit
    pause = _FIRST_PAUSE
    seen = ""
    while not given_up():
        left = deadline - clock.now()
        if left <= 0:
            break
        async with Client(base_url, clock=clock, time_limit=min(left, _LONGEST_PROBE)) as client:
            told = await _probe(client, path)
        if not told:
            return ""
        # A probe that was cut off at the deadline tells less than the one before.
        seen = told if clock.now() < deadline else seen or told
        await asyncio.sleep(min(pause, max(0.0, deadline - clock.now())))
        pause = min(2 * pause, _LONGEST_PAUSE)
    return seen or "no request was sent"


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
