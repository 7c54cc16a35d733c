"""Lanes meet before they play: is what one target does seen in the world of another?

The first lane sends good requests, and goes on to play, while all others send nothing for a moment. If an event arrives
in another world, or another target knows an object that the first one has made, then the copies share something. If a
good request shows an error already, the run has one lane, which tells it at once.
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

from bothends.cases import plain_cases
from bothends.contract.requests import SAFE
from bothends.engine.play import LIMITS, Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.engine.play import Place
    from bothends.lanes.link import Link
    from bothends.records import Case, Exchange

LOOKS_FOR = 0.4
"""Seconds that a lane looks after the first one has begun to play, about."""

_UNREAD_SECONDS = 0.05
"""How long it takes to read what has come, seconds."""

_MOST = 8
"""Operations that are tried."""


class Attendance:
    """What one lane does at the meeting."""

    def __init__(self, link: Link, words: asyncio.Queue[tuple[str, Any]], *, sends: bool) -> None:
        """Take the link to the run, what the run has said, and whether this lane sends, while all others wait."""
        self._link = link
        self._words = words
        self._sends = sends

    async def __call__(self, place: Place) -> None:
        """Attend, and return when all may play."""
        before = place.world.services.arrived
        self._link.say("ready", place.base_url)
        if not self._sends:
            place.meanwhile()
        while (heard := await self._words.get())[0] != "play":
            what, value = heard
            if what == "send":
                self._link.say("made", await self._send(place))
            elif what == "look":
                self._link.say("seen", await self._seen(place, before, value))

    async def _send(self, place: Place) -> dict[str, Any]:
        """Send good requests of a few operations; return which objects are `known`, and whether a law is `broken`.

        `at` is when all was sent, by the clock of the machine, seconds.
        """
        made: list[Exchange] = []
        for case in _good(place, place.operations):
            made += await place.prepare(Batch((), (case,), concurrency=1))
        return {"known": place.ids.told(), "broken": place.breaks(made), "at": time.monotonic()}

    async def _seen(self, place: Place, before: int, made: dict[str, Any]) -> str:
        """Return what was seen of another target; empty: nothing."""
        # What this process did meanwhile is a part of the wait, but for what it has not read yet.
        await asyncio.sleep(max(_UNREAD_SECONDS, made["at"] + LIMITS.settle - time.monotonic()))
        if place.world.services.arrived > before:
            return "an event of one reaches the world of another"
        reading = [operation for operation in place.operations if operation.method in SAFE]
        with place.ids.given(made["known"]):
            for case in _good(place, (o for o in reading if o.id_places)):
                played = await place.prepare(Batch((), (case,), concurrency=1))
                if any(exchange.known and exchange.succeeded for exchange in played):
                    return f"{case.operation} finds with one what another has made"
        return ""


def _good(place: Place, operations: Iterable[Any]) -> Iterable[Case]:
    """Return one good case of each of a few operations: those that send events, then those that read objects."""

    def place_of(operation: Any) -> tuple[bool, bool, bool]:
        reads = operation.method in SAFE
        return not operation.events, not (reads and operation.id_places), reads

    wanted = sorted(operations, key=place_of)
    first: dict[str, Case] = {}
    for case in plain_cases(place.contract, "success"):
        first.setdefault(case.operation, case)
    return islice((first[operation.id] for operation in wanted if operation.id in first), _MOST)
