"""The client never reads its answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

_SECONDS = 0.7


async def _play(line: Line) -> None:
    line.read_no_more()
    line.write(line.payload)
    await asyncio.sleep(_SECONDS)
    line.reset()


MANNER = Manner("the client never reads", "all bytes; nothing is read, and at last the connection is broken off", _play)
