"""Starting: too early a request, an ingest or an upstream that is down, and what is needed left out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.engine.lifecycle.act import AROUND_STOP, Act, Scenario
from bothends.errors import TargetError
from bothends.laws.joint.drains import IN_FLIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_EARLY = 0.05
_MOST_EARLY = 40


async def _early(act: Act) -> None:
    starting = asyncio.ensure_future(act.start())
    for _ in range(_MOST_EARLY):
        await asyncio.sleep(_EARLY)
        if starting.done():
            break
        if act.target.port:
            act.connect()
            await act.exchanges(AROUND_STOP, count=1)
    await starting
    await act.exchanges(IN_FLIGHT, count=1)
    await act.settle()


def _down(part: Callable[[Act], str]) -> Callable[[Act], Coroutine[None, None, None]]:
    async def play(act: Act) -> None:
        given = [f"the {part(act)} is unreachable"]
        with act.world.given(*given):
            await act.start()
        await act.exchanges(IN_FLIGHT, given, count=1)
        await act.exchanges(IN_FLIGHT, count=1)

    return play


async def _lacking(act: Act) -> None:
    try:
        await act.start()
    except TargetError:
        return  # it refuses to start, which is the best that it can do
    await act.closed()
    await act.settle()


EARLY = Scenario(
    "requests-while-starting", "Requests before it is ready: refused, or served in full.", _early, starts=False
)
INGEST_DOWN = Scenario(
    "ingest-down-at-start",
    "The ingest is down when it starts: it starts, and recovers.",
    _down(lambda _: "ingest"),
    starts=False,
)
UPSTREAM_DOWN = Scenario(
    "upstream-down-at-start",
    "An upstream is down when it starts: it starts, and recovers.",
    _down(lambda act: act.upstreams[0] if act.upstreams else "ingest"),
    starts=False,
)
NO_SECRET = Scenario(
    "no-session-secret",
    "Started without the session secret: no request is let in.",
    _lacking,
    starts=False,
    without="world.session_secret",
)
NO_KEY = Scenario(
    "no-event-key",
    "Started without the event key: no event goes astray.",
    _lacking,
    starts=False,
    without="world.event_key",
)
