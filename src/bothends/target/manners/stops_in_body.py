"""The client stops in the middle of the body, keeps the connection for a while, and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    line.write(line.head + line.body[: len(line.body) // 2])
    await line.answers(PATIENCE)


MANNER = Manner("the client stops in the body", "the head and half the body, then silence, then a FIN", _play)
