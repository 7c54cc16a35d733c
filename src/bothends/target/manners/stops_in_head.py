"""The client stops in the middle of the head, keeps the connection for a while, and goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    # All but the empty line that ends the head: what is there could be taken for the whole.
    line.write(line.head[:-2])
    await line.answers(PATIENCE)


MANNER = Manner("the client stops in the head", "the head without its end, then silence, then a FIN", _play)
