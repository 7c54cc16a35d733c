"""The body of the request comes in small pieces, with pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

_PIECES = 10
_PAUSE = 0.08


async def _play(line: Line) -> None:
    line.write(line.head)
    await line.drip(line.body, _PIECES, _PAUSE)
    await line.answers(PATIENCE)


MANNER = Manner("the body comes in drips", "the head, then the body in ten pieces over most of a second", _play)
