"""The client connects when the target has long been at work on others, and may be refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.target.manners.asks_later import LATER
from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    await line.until_at_work(PATIENCE)
    await asyncio.sleep(LATER)
    await line.again()
    if not line.over:
        line.write(line.payload)
        await line.answers(PATIENCE)


MANNER = Manner(
    "the client comes later",
    "no byte; when the target has been at work on others for a while, a new connection and all bytes at once",
    _play,
)
