"""Faults of an answer's framing: lengths and chunks that are odd or wrong, and what is no HTTP."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.world.faults.base import Fault, fault

if TYPE_CHECKING:
    from bothends.world.faults.base import FaultContext
    from bothends.world.http import Reply


@fault("announces-less", tried="upstream-unclear/announces-less")
class AnnouncesLess(Fault):
    """The whole of the right body, more than `Content-Length` says, FIN. The ingest has stored the event."""

    pattern = "the {upstream} announces less than it sends"
    about = "the right body with a Content-Length that is too small; then the connection ends"
    family = "upstream-*"
    in_words = True
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Answer, and close."""
        reply = context.reply()
        shorter = replace(reply, body=reply.body[: len(reply.body) // 2])
        context.begin(shorter.head(close=True) + reply.body, reply.status)
        context.connection.close()


_MORE = 64


@fault("announces-more", tried="upstream-unclear/announces-more")
class AnnouncesMore(Fault):
    """The whole of the right body, less than `Content-Length` says, FIN. The ingest has stored the event.

    RFC 9112 section 8: such a message is incomplete, however complete its JSON looks.
    """

    pattern = "the {upstream} announces more than it sends"
    about = "the right body with a Content-Length that is too large; then the connection ends"
    family = "upstream-*"
    in_words = True
    may_store = True

    async def play(self, context: FaultContext) -> None:
        """Answer, and close."""
        reply = context.reply()
        longer = replace(reply, body=reply.body + bytes(_MORE))
        context.begin(longer.head(close=True) + reply.body, reply.status)
        context.connection.close()


_CHUNK = 7


@fault("answers-in-chunks", tried="upstream-odd/answers-in-chunks")
class AnswersInChunks(Fault):
    """The right answer, chunked in small pieces (RFC 9112, section 7.1), with an extension and a trailer."""

    pattern = "the {upstream} answers in chunks"
    about = "the right answer in chunks; not a fault"
    family = ""

    async def play(self, context: FaultContext) -> None:
        """Answer."""
        reply = context.reply()
        if reply.status == HTTPStatus.NO_CONTENT:
            context.respond(reply)  # RFC 9112 section 6.1: it has no transfer coding, as it has no body
            return
        head = unsized_head(reply, "transfer-encoding: chunked", close=not context.connection.keep_alive)
        chunks = [reply.body[at : at + _CHUNK] for at in range(0, len(reply.body), _CHUNK)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
        await context.respond_in([head + body + b"0\r\n\r\n"])


def unsized_head(reply: Reply, line: str, *, close: bool) -> bytes:
    """Return the head of an answer with another line in the place of `Content-Length`."""
    lines = reply.head(close=close).split(b"\r\n")
    return b"\r\n".join(line.encode() if one.startswith(b"content-length:") else one for one in lines)


_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
_NOISE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"


@fault("malformed-chunk", tried="upstream-unclear/malformed-chunk")
class MalformedChunk(Fault):
    """A right head, noise in the place of the first chunk, FIN. The event is not stored."""

    pattern = "the {upstream} answers in a malformed chunk"
    about = "200, then invalid bytes where a chunk should begin; then the connection ends"
    family = "upstream-*"
    in_words = True

    async def play(self, context: FaultContext) -> None:
        """Answer and close."""
        context.begin(_HEAD + _NOISE, 200)
        context.connection.close()


@fault("answers-without-length", tried="upstream-odd/answers-without-length")
class AnswersWithoutLength(Fault):
    """The right answer; its length is told by the end of the connection (RFC 9112, section 6.3)."""

    pattern = "the {upstream} answers without a length"
    about = "the right answer, ended by the end of the connection; not a fault"
    family = ""

    async def play(self, context: FaultContext) -> None:
        """Answer, and close."""
        reply = context.reply()
        if reply.status == HTTPStatus.NO_CONTENT:
            context.respond(reply)  # nothing has to tell the length of no body
            return
        await context.respond_in([unsized_head(reply, "connection: close", close=False) + reply.body])
        context.connection.close()


_NO_HTTP = _NOISE + b"\x00\xff\x16\x03\x01\r\n\r\n"


@fault("speaks-no-http", tried="upstream-unclear/speaks-no-http")
class SpeaksNoHttp(Fault):
    """Noise, then FIN. The event is not stored."""

    pattern = "the {upstream} speaks no HTTP"
    about = "the request is read, and the answer is not HTTP; then the connection ends"
    family = "upstream-*"

    async def play(self, context: FaultContext) -> None:
        """Make noise, and close."""
        context.begin(_NO_HTTP)
        context.connection.close()
