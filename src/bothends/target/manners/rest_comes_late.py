"""The body of a request that is refused comes after its answer, and then a second request over the same connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

_LONGEST_WAIT = 0.5
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


async def _play(line: Line) -> None:
    length = _LENGTH.search(line.head)
    second = line.body[int(length[1]) if length else 0 :]
    line.write(line.head)
    await line.until(lambda: line.answered, _LONGEST_WAIT)
    if not line.ended:
        line.write(line.body)
        await line.until(lambda: line.all_answered or line.ended, line.time_limit)
    if line.answered and not line.all_answered and line.ended:
        # The target ends the connection after its answer, as it may: what follows goes over another one.
        await line.again()
        line.write(second)
    await line.answers(line.time_limit)


MANNER = Manner(
    "the rest comes after the answer",
    "the head; after its answer, or half a second, the body, and a second request: over a new connection if need be",
    _play,
)
