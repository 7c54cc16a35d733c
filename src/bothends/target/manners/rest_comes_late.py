"""The body of a request that is refused comes after its answer, and then a second request over the same connection.

The second is written once, when the first is answered: over the same connection where the target keeps it, else over
a new one. Written behind a first one that is not answered yet, it might be executed though no answer to it comes
(RFC 9112, sections 9.3.2 and 9.6), and nobody could tell whether it may be sent again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.target.manners.line import QUIET
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

_LONGEST_WAIT = 0.5
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


async def _play(line: Line) -> None:
    line.one_by_one()
    length = _LENGTH.search(line.head)
    size = len(line.body) if line.asked == 1 else int(length[1]) if length else 0
    rest, second = line.body[:size], line.body[size:]
    line.write(line.head)
    await line.until(lambda: line.answered, _LONGEST_WAIT)
    if not line.ended:
        line.write(rest)
        await line.until(lambda: line.answered, line.time_limit)
    if line.asked > 1 and line.answered:
        await line.until(lambda: line.ended, QUIET)
        if line.ended:
            # The target ends the connection after its answer, as it may: what follows goes over another one.
            await line.again()
        line.next(second)
    await line.answers(line.time_limit)


MANNER = Manner(
    "the rest comes after the answer",
    "the head; after its answer, or half a second, the body, and a second request: over a new connection if need be",
    _play,
)
