"""The head of the request comes in small pieces, with pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

_PIECES = 10
_PAUSE = 0.08


async def _play(line: Line) -> None:
    await line.drip(line.head, _PIECES, _PAUSE)
    line.write(line.body)
    await line.answers(PATIENCE)


MANNER = Manner("the head comes in drips", "the head in ten pieces over most of a second, then the body", _play)
