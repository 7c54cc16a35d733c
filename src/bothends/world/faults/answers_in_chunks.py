"""The upstream gives the right answer in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.world.faults.fault import Fault
from bothends.world.faults.registry import fault

if TYPE_CHECKING:
    from bothends.world.faults.fault import Turn
    from bothends.world.wire import Reply

_CHUNK = 7


@fault("answers-in-chunks")
class AnswersInChunks(Fault):
    """The right answer, chunked in small pieces (RFC 9112, section 7.1), with an extension and a trailer."""

    pattern = "the {upstream} answers in chunks"
    about = "the right answer in chunks, which is no fault"
    family = ""

    async def play(self, turn: Turn) -> None:
        """Answer."""
        reply = turn.honest()
        head = unsized_head(reply, "transfer-encoding: chunked", close=not turn.connection.keep_alive)
        chunks = [reply.body[at : at + _CHUNK] for at in range(0, len(reply.body), _CHUNK)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        await turn.reply_in([head + body + b"0\r\n\r\n"])


def unsized_head(reply: Reply, line: str, *, close: bool) -> bytes:
    """Return the head of an answer with another line in the place of `Content-Length`."""
    lines = reply.head(close=close).split(b"\r\n")
    return b"\r\n".join(line.encode() if one.startswith(b"content-length:") else one for one in lines)
