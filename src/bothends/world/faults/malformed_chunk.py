"""The upstream breaks off in a chunk that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
_NOISE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"


@fault("malformed-chunk")
class MalformedChunk(Fault):
    """A right head, noise in the place of the first chunk, FIN. The event is not stored."""

    pattern = "the {upstream} answers in a malformed chunk"
    about = "200, then noise where a chunk should begin; then the connection ends"
    family = "upstream-*"
    in_words = True

    async def play(self, turn: Turn) -> None:
        """Answer and close."""
        turn.begin(_HEAD + _NOISE, 200)
        turn.connection.close()
