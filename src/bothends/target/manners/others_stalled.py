"""Other clients have stalled, some within the head and some within the body: a good one must be served all the same."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

_OF_EACH = 3
_AHEAD = 0.05


async def _play(line: Line) -> None:
    for _ in range(_OF_EACH):
        await line.fellow(line.head[:-2])
        if line.body:
            await line.fellow(line.head + line.body[:-1])
    await asyncio.sleep(_AHEAD)  # a server that takes one connection after the other has taken theirs
    line.write(line.payload)
    await line.answers(line.time_limit)


MANNER = Manner(
    "other clients have stalled",
    "six connections stop within a request and stay open until this client, who does not, has its answer",
    _play,
)
