"""Requests within a request, and requests that follow each other on one connection."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.raw_text import CHUNKED, COOKIE_2, Text, chunked, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request

_LENGTH = b"Content-Length: @REST@"
_BAD = (HTTPStatus.BAD_REQUEST,)


def smuggled_texts(right: Request) -> Iterator[Text]:
    """Yield two framings at once, and bodies that look like a request (RFC 9112 section 11.2)."""
    why = "two framings at once: refused, or by chunks alone (RFC 9112 section 6.1)"
    for name, framing, body in (
        ("both-framings", (_LENGTH, CHUNKED), chunked(right.body or b"")),
        ("both-framings-other-order", (CHUNKED, _LENGTH), chunked(right.body or b"")),
        ("length-nought-and-chunks", (b"Content-Length: 0", CHUNKED), chunked(right.body or b"")),
    ):
        yield Text(name, raw_text(right, framing=framing, body=body), why)
    inner = raw_text(right)
    why = "a coding that is not understood beside a length (RFC 9112 section 6.1)"
    for name, coding in {
        "coding-unknown-beside-a-length": b"Transfer-Encoding: xchunked",
        "coding-with-space-beside-a-length": b"Transfer-Encoding : chunked",
        "coding-identity-beside-a-length": b"Transfer-Encoding: chunked, identity",
    }.items():
        body = chunked() + inner
        yield Text(name, raw_text(right, framing=(_LENGTH, coding), body=body), why, never=True)
    why = "a body is no request, whatever it holds"
    yield Text("request-in-the-body", raw_text(right, framing=(_LENGTH,), body=inner), why, never=True)


def following_texts(right: Request, success: tuple[int, ...], *, signed_in: bool) -> Iterator[Text]:
    """Yield two requests of two callers, sent at once (RFC 9112 section 9.3.2).

    Args:
        right: A good request.
        success: The statuses of a success.
        signed_in: Whether the operation asks for a session, so that one may lack it.
    """
    first, second = raw_text(right), raw_text(right, cookie=COOKIE_2)
    why = "requests in a row: answered in their order, each event of its own caller (RFC 9112 section 9.3.2)"
    good = expectations.odd(why, success)
    yield Text("two-in-a-row", first + second, why, statuses=success, patient=True, following=good)
    perhaps = expectations.odd("a right request after one that is refused: read, or dropped with the connection")
    yield Text("line-break-between", first + b"\r\n" + second, why, following=perhaps)
    malformed = raw_text(right, body=b"{") + second
    yield Text("malformed-then-right", malformed, "a body that is no JSON", never=True, following=perhaps)
    no_end = raw_text(right, framing=(b"Content-Length: 1", b"Content-Length: 2")) + second
    why = "two lengths that differ (RFC 9112 section 6.3)"
    yield Text("broken-then-right", no_end, why, never=True, statuses=_BAD, following=perhaps)
    if signed_in:
        nobody = raw_text(right, cookie=b"") + second
        yield Text("signed-out-then-right", nobody, "nobody is signed in", never=True, following=perhaps)
    why = "two framings at once, and more: refused, or by chunks alone (RFC 9112 section 6.1)"
    ended = "after two framings at once the connection ends, whatever follows (RFC 9112 section 6.1)"
    for name, body in (("", chunked()), ("-after-a-body", chunked(right.body or b""))):
        raw = raw_text(right, framing=(_LENGTH, CHUNKED), body=body + second)
        yield Text(f"both-framings-and-a-request{name}", raw, why, following=expectations.odd(ended, _BAD))
