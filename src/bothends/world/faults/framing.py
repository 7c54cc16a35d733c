"""Faults of an answer's framing: lengths and chunks that are odd or wrong, and what is no HTTP."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.world.faults.base import fault_of

if TYPE_CHECKING:
    from bothends.world.faults.base import FaultContext
    from bothends.world.http import Reply

_CHUNK = 7
_MORE = 64
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
_NOISE = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"
_NO_HTTP = _NOISE + b"\x00\xff\x16\x03\x01\r\n\r\n"


def _announce_less(context: FaultContext) -> None:
    reply = context.reply()
    shorter = replace(reply, body=reply.body[: len(reply.body) // 2])
    context.begin(shorter.head(close=True) + reply.body, reply.status)
    context.connection.close()


def _announce_more(context: FaultContext) -> None:
    reply = context.reply()
    longer = replace(reply, body=reply.body + bytes(_MORE))
    context.begin(longer.head(close=True) + reply.body, reply.status)
    context.connection.close()


async def _answer_in_chunks(context: FaultContext) -> None:
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


async def _answer_without_length(context: FaultContext) -> None:
    reply = context.reply()
    if reply.status == HTTPStatus.NO_CONTENT:
        context.respond(reply)  # nothing has to tell the length of no body
        return
    await context.respond_in([unsized_head(reply, "connection: close", close=False) + reply.body])
    context.connection.close()


def _say(context: FaultContext, data: bytes, status: int | None = None) -> None:
    """Write bytes that are no whole answer, and close."""
    context.begin(data, status)
    context.connection.close()


fault_of(
    "announces-less",
    "the {upstream} announces less than it sends",
    "the right body with a Content-Length that is too small; then the connection ends",
    "The whole of the right body, more than `Content-Length` says, FIN. The ingest has stored the event.",
    tried="upstream-unclear/announces-less",
    family="upstream-*",
    in_words=True,
    may_store=True,
    plays=_announce_less,
)
fault_of(
    "announces-more",
    "the {upstream} announces more than it sends",
    "the right body with a Content-Length that is too large; then the connection ends",
    "Incomplete (RFC 9112 section 8), however complete its JSON looks. The ingest has stored the event.",
    tried="upstream-unclear/announces-more",
    family="upstream-*",
    in_words=True,
    may_store=True,
    plays=_announce_more,
)
fault_of(
    "answers-in-chunks",
    "the {upstream} answers in chunks",
    "the right answer in chunks; not a fault",
    "Small pieces (RFC 9112, section 7.1), with an extension and a trailer.",
    tried="upstream-odd/answers-in-chunks",
    family="",
    plays=_answer_in_chunks,
)
fault_of(
    "malformed-chunk",
    "the {upstream} answers in a malformed chunk",
    "200, then invalid bytes where a chunk should begin; then the connection ends",
    "A right head, noise in the place of the first chunk, FIN. The event is not stored.",
    tried="upstream-unclear/malformed-chunk",
    family="upstream-*",
    in_words=True,
    plays=partial(_say, data=_HEAD + _NOISE, status=200),
)
fault_of(
    "answers-without-length",
    "the {upstream} answers without a length",
    "the right answer, ended by the end of the connection; not a fault",
    "Its length is told by the end of the connection (RFC 9112, section 6.3).",
    tried="upstream-odd/answers-without-length",
    family="",
    plays=_answer_without_length,
)
fault_of(
    "speaks-no-http",
    "the {upstream} speaks no HTTP",
    "the request is read, and the answer is not HTTP; then the connection ends",
    "Noise, then FIN. The event is not stored.",
    tried="upstream-unclear/speaks-no-http",
    family="upstream-*",
    plays=partial(_say, data=_NO_HTTP),
)
