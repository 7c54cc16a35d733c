"""SIGTERM: idle, with requests that wait for an upstream, after an acknowledgement, twice, and with newcomers."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

from bothends.contract.settings import SERVES_IN_FLIGHT
from bothends.engine.lifecycle.act import AROUND_STOP, CROWD, Act, Scenario
from bothends.laws.promises import IN_FLIGHT
from bothends.records import Condition

_GOES = "the client resets after the request"
_NEWCOMERS = ("the client asks later", "the client comes later")


async def _idle(act: Act) -> None:
    await act.exchanges(IN_FLIGHT, count=1)
    act.send_signal(signal.SIGTERM)
    await act.ended()


async def _waiting_for(act: Act, signals: int = 1, state: str = "", newcomers: int = 0) -> None:
    part = act.part
    given = [Condition.of(state, part) if state else act.slow(part)]
    later = [replace(act.case(AROUND_STOP, given), manner=manner) for manner in _NEWCOMERS * newcomers]
    case = act.case(IN_FLIGHT, given, "" if state else SERVES_IN_FLIGHT)
    work = asyncio.ensure_future(act.play([*(case,) * CROWD, *later]))
    under_way = await act.in_flight(part)
    for _ in range(signals if under_way else 0):
        act.send_signal(signal.SIGTERM)
        await asyncio.sleep(act.slow_ms / 1000 / 8)
    await work
    if under_way:
        await act.ended()
    await act.settle()


async def _slow(act: Act) -> None:
    await _waiting_for(act)


async def _twice(act: Act) -> None:
    await _waiting_for(act, signals=2)


async def _stuck(act: Act) -> None:
    await _waiting_for(act, state="stores-and-hangs")


async def _gone(act: Act) -> None:
    part = act.part
    case = act.case(AROUND_STOP, [act.slow(part)])
    work = asyncio.ensure_future(act.play([replace(case, manner=_GOES)] * CROWD))
    under_way = await act.in_flight(part)
    if under_way:
        act.send_signal(signal.SIGTERM)
    await work
    if under_way:
        await act.ended()
    await act.settle()
    act.nothing_dropped()


async def _newcomers(act: Act) -> None:
    await _waiting_for(act, newcomers=2)


async def _acknowledged(act: Act) -> None:
    work = act.begin(IN_FLIGHT)
    # The very moment when the first event has been acknowledged, and its answer may not have been given.
    acknowledged = await act.until(lambda: work.done() or act.world.witnessed > 0, "an event was acknowledged")
    act.send_signal(signal.SIGTERM)
    await work
    if acknowledged:
        await act.ended()
    await act.settle()


IDLE = Scenario("sigterm-idle", "SIGTERM while nothing is in flight: it ends in order.", _idle)
UPSTREAM = Scenario(
    "sigterm-during-upstream",
    "SIGTERM while requests wait for an upstream: they are answered.",
    _slow,
    part="upstream",
)
INGEST = Scenario(
    "sigterm-during-ingest", "SIGTERM while requests wait for the ingest: they are answered.", _slow, part="ingest"
)
TWICE = Scenario("sigterm-twice", "SIGTERM, and once more, while requests wait for the ingest.", _twice, part="ingest")
ACKNOWLEDGED = Scenario(
    "sigterm-after-acknowledgement",
    "SIGTERM between an acknowledgement and its answer.",
    _acknowledged,
    part="ingest",
)
STUCK = Scenario(
    "sigterm-with-a-stuck-ingest",
    "SIGTERM while the ingest has stored, and will never answer: time runs out.",
    _stuck,
    part="ingest",
)
GONE = Scenario(
    "sigterm-and-gone-clients",
    "SIGTERM while requests are at work whose clients have gone: each has its event, where the target promises so.",
    _gone,
    promise=SERVES_IN_FLIGHT,
    part="upstream",
)
NEWCOMERS = Scenario(
    "sigterm-and-newcomers",
    "SIGTERM, then requests over connections old and new: refused, or served.",
    _newcomers,
    part="ingest",
)
