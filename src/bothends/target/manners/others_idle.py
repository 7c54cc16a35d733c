"""Other clients are connected and ask for nothing: a server has room for them, and serves the one that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

# Servers are set up for a hundred connections and more: fewer than that is no more than they promise.
_FELLOWS = 64


async def _play(line: Line) -> None:
    for _ in range(_FELLOWS):
        await line.fellow(b"")
    await line.afresh()  # the last to come
    if not line.over:
        line.write(line.payload)
        await line.answers(line.time_limit)


MANNER = Manner(
    "other clients are idle",
    "sixty-four connections over which nothing is sent, until this client has its answer",
    _play,
)
