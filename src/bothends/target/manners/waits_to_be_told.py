"""The client asks whether to send its body, and waits a little for the word (RFC 9110, section 10.1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line

# A client must not wait for ever: there are servers that never say it.
_LONGEST_WAIT = 0.5


async def _play(line: Line) -> None:
    line.write(line.head)
    await line.until(lambda: line.told, _LONGEST_WAIT)
    if not line.answered:
        line.write(line.body)
    await line.answers(line.time_limit)


MANNER = Manner(
    "the client waits to be told to go on",
    "the head; after `100 Continue`, or half a second without it, the body; after a final answer, nothing more",
    _play,
)
