"""The client has a connection for itself, and reads all that comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    line.write(line.payload)
    await line.answers(PATIENCE)


MANNER = Manner(
    "on a connection of its own",
    "all bytes at once; every answer that comes is read, asked for or not, until nothing more comes",
    _play,
)
