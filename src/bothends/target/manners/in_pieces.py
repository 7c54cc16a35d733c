"""The body comes in a few pieces, each of which ends within a character of several bytes where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.target.manners.line import Line

_PIECES = 4
# Apart enough for each to be read by itself, and no slower than a bad network.
_PAUSE = 0.03
_CONTINUATION = 0b10


def cuts(body: bytes, pieces: int) -> Iterator[int]:
    """Yield where to cut a body, in order: before a byte that continues a character in UTF-8, if one is near.

    Args:
        body: What is cut.
        pieces: Into how many pieces.
    """
    for number in range(1, pieces):
        place = len(body) * number // pieces
        inside = (at for at in range(place, min(place + 8, len(body))) if body[at] >> 6 == _CONTINUATION)
        yield next(inside, place)


async def _play(line: Line) -> None:
    line.write(line.head)
    start = 0
    for end in (*cuts(line.body, _PIECES), len(line.body)):
        await line.until(lambda: line.answered, _PAUSE)
        line.write(line.body[start:end])
        start = end
    await line.answers(line.time_limit)


MANNER = Manner("the body comes in pieces", "the head, then the body in four pieces, cut within a character", _play)
