"""The client has a connection, and asks nothing over it until the target has long been at work on others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

LATER = 0.2
"""Seconds for which the target has been at work on others when the client asks."""


async def _play(line: Line) -> None:
    await line.until_at_work(PATIENCE)
    await asyncio.sleep(LATER)
    if not line.over:
        line.write(line.payload)
        await line.answers(PATIENCE)


MANNER = Manner(
    "the client asks later",
    "a connection; when the target has been at work on others for a while, and has not ended it, all bytes at once",
    _play,
)
