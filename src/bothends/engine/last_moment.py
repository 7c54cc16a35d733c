"""The moment between the end of a target's connections and the end of its process.

The system closes what a process had open before it tells that the process has ended. On a busy machine the two are
some milliseconds apart: who looks in between sees a target that runs, and that left a request unanswered.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.records import NoAnswer

if TYPE_CHECKING:
    from bothends.engine.player import Played
    from bothends.launch import Target

EACH = 0.25
"""Seconds that are waited at most after a wave."""

IN_ALL = 1.0
"""Seconds that are waited at most in a run: a target may leave each request unanswered, and live."""

_PAUSE = 0.005
_CUT_OFF = {"closed", "reset", "refused"}


class LastMoment:
    """Waits for the end of a target that seems to be about to end."""

    def __init__(self) -> None:
        """Start with all the time that there is."""
        self.left = IN_ALL

    async def over(self, played: Played, target: Target) -> None:
        """Wait for a moment where a good client was cut off, until the target has ended."""
        if not any(_cut_off(exchange.answer) and not exchange.case.manner for exchange in played.attributed.exchanges):
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        until = began + min(EACH, self.left)
        while target.died() is None and loop.time() < until:  # noqa: ASYNC110 -- a process's end is no event
            await asyncio.sleep(_PAUSE)
        self.left -= loop.time() - began


def _cut_off(answer: object) -> bool:
    return isinstance(answer, NoAnswer) and answer.kind in _CUT_OFF
