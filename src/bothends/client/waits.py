"""How long a client waits for what comes back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.client.heard import Hearing
    from bothends.clock import Clock

LEAVES_AFTER = 0.7
"""Seconds after which a client goes that need not get an answer, at least."""
QUIET = 0.15
"""Seconds without a byte after the answers that were asked for: then no more are waited for."""
_POLL = 0.01


class Waits:
    """Waits for what is heard over one line, until that is over.

    Attributes:
        time_limit: Seconds within which a good client must have its answer.
        least_wait: Seconds after which a client goes that need not get an answer.
        began: When the first byte could be sent; by the clock, seconds.
    """

    def __init__(
        self, heard: Hearing, clock: Clock, *, time_limit: float, least_wait: float, at_work: Callable[[], bool]
    ) -> None:
        """Wait for nothing yet; `at_work` tells whether the target is seen to be at work on the request.

        Any client waits `least_wait` seconds where the target has not answered yet.
        """
        self.time_limit = time_limit
        self.least_wait = min(max(LEAVES_AFTER, least_wait), max(LEAVES_AFTER, time_limit))
        self.began = clock.now()
        self._heard = heard
        self._clock = clock
        self._at_work = at_work

    async def until(self, true: Callable[[], bool], seconds: float) -> None:
        """Wait until something is so, the connection has ended, or time has passed."""
        deadline = self._clock.now() + seconds
        while not (true() or self._heard.over or self._clock.now() >= deadline):  # noqa: ASYNC110 -- what is waited for is not ours to signal
            await asyncio.sleep(_POLL)

    async def until_at_work(self, seconds: float) -> None:
        """Wait until the target is seen to be at work on the request, has answered it, or time has passed."""
        await self.until(lambda: self._at_work() or self._heard.answered, seconds)

    async def for_answers(self, seconds: float) -> None:
        """Wait for the answers that were asked for, and a little for those that were not.

        While the target is seen to be at work, nobody leaves: it will answer, though a busy machine may make it late.
        What it has executed would seem not to be.

        Args:
            seconds: How long the target may do nothing that is seen.
        """
        heard = self._heard
        deadline = self.began + max(self.time_limit, seconds)
        last = self._clock.now()
        while not (heard.answered or heard.over) and self._clock.now() < min(last + seconds, deadline):
            await asyncio.sleep(_POLL)
            last = self._clock.now() if self._at_work() else last
        await self.until(lambda: heard.all_answered, last + seconds - self._clock.now())
        while not heard.over and heard.answered:
            seen = heard.reader.received
            await self.until(lambda seen=seen: heard.reader.received != seen, QUIET)  # type: ignore[misc]  # mypy#12557
            if heard.reader.received == seen:
                return
