"""The batches of a plan have a head start: what goes on beside them begins a little later.

What the success path shows is told as soon as can be, so the first batch has the machine to itself. And a target that
is started for a scenario keeps a processor busy: a run that has the machine alone waits for that until it mostly waits.
"""

from __future__ import annotations

import asyncio
import contextlib

ALONE_SECONDS = 1.0
"""How long the first batch has the machine to itself, at most: before that, nothing begins beside the cases."""


class HeadStart:
    """Says when what goes on beside the batches may begin."""

    def __init__(self, *, has_company: bool) -> None:
        self._has_company = has_company  # other parts are played on this machine too, so it is never idle
        self._first = asyncio.Event()
        self._waits = asyncio.Event()

    def note_played(self) -> None:
        """Note that a batch is over."""
        self._first.set()

    def note_waiting(self) -> None:
        """Note that the run mostly waits from now on."""
        self._waits.set()

    async def over(self) -> None:
        """Wait until a first batch is over, or for a second; without company, until the run mostly waits as well."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._first.wait(), ALONE_SECONDS)
        if not self._has_company:
            await self._waits.wait()
