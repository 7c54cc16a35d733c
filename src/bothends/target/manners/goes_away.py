"""The client closes the connection while the target is at work on its request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    line.write(line.payload)
    await line.until_at_work(PATIENCE)
    line.leave()


MANNER = Manner(
    "the client goes away after the request",
    "all bytes; when the target is seen to be at work on them, the connection is closed with a FIN",
    _play,
)
