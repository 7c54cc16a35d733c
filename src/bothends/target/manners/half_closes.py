"""The client says that it sends no more, and waits for its answer: legal (RFC 9112, section 9.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.target.manners.line import PATIENCE
from bothends.target.manners.manner import Manner

if TYPE_CHECKING:
    from bothends.target.manners.line import Line


async def _play(line: Line) -> None:
    line.write(line.payload)
    line.half_close()
    await line.answers(PATIENCE)


MANNER = Manner("the client half-closes", "all bytes, then a FIN; the answer is waited for", _play)
