"""Requests within a request, and requests that follow each other on one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.raw_text import CHUNKED, COOKIE_2, Text, chunked, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request

_LENGTH = b"Content-Length: @REST@"


def smuggled_texts(right: Request) -> Iterator[Text]:
    """Yield two framings at once, and bodies that look like a request (RFC 9112 section 11.2)."""
    inner = raw_text(right)
    why = "two framings at once: refused, or by chunks alone, and then the connection ends (RFC 9112 section 6.1)"
    for name, framing, body in (
        ("both-framings", (_LENGTH, CHUNKED), chunked(right.body or b"")),
        ("both-framings-other-order", (CHUNKED, _LENGTH), chunked(right.body or b"")),
        ("both-framings-and-a-request", (_LENGTH, CHUNKED), chunked() + inner),
        ("both-framings-and-a-request-after", (_LENGTH, CHUNKED), chunked(right.body or b"") + inner),
        ("length-nought-and-a-request", (b"Content-Length: 0", CHUNKED), chunked(inner)),
    ):
        yield Text(name, raw_text(right, framing=framing, body=body), why)
    why = "a coding that is not understood beside a length (RFC 9112 section 6.1)"
    for name, coding in {
        "coding-unknown-beside-a-length": b"Transfer-Encoding: xchunked",
        "coding-with-space-beside-a-length": b"Transfer-Encoding : chunked",
        "coding-identity-beside-a-length": b"Transfer-Encoding: identity, chunked, identity",
    }.items():
        body = chunked() + inner
        yield Text(name, raw_text(right, framing=(_LENGTH, coding), body=body), why, never=True)
    why = "a body is no request, whatever it holds"
    yield Text("request-in-the-body", raw_text(right, framing=(_LENGTH,), body=inner), why, never=True)


def following_texts(right: Request, *, signed_in: bool) -> Iterator[Text]:
    """Yield two requests of two callers, sent at once (RFC 9112 section 9.3.2).

    Args:
        right: A good request.
        signed_in: Whether the operation asks for a session, so that one may lack it.
    """
    first, second = raw_text(right), raw_text(right, cookie=COOKIE_2)
    why = "two requests in a row: answered in their order, or the first one only; each event of its own caller"
    yield Text("two-in-a-row", first + second, why)
    broken = raw_text(right, body=b"{")
    yield Text("malformed-then-right", broken + second, why)
    no_end = raw_text(right, framing=(b"Content-Length: 1", b"Content-Length: 2"))
    yield Text("broken-then-right", no_end + second, why)
    yield Text("line-break-between", first + b"\r\n" + second, why)
    if signed_in:
        nobody = raw_text(right, cookie=b"")
        yield Text("signed-out-then-right", nobody + second, why)
