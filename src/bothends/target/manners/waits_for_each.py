"""The client sends all that it has at once, and waits for each answer for as long as a good client would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    line.write(line.payload)
    await line.answers(line.time_limit)


MANNER = Manner(
    "the client waits for each answer",
    "all bytes at once; all answers that were asked for are waited for, up to the time limit",
    _play,
)
