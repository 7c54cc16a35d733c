"""Chunks that are not as RFC 9112 section 7.1 has them, and what may stand between them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families.raw_text import CHUNKED, OPEN, Text, chunked, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request

_LAST = b"0\r\n\r\n"
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def chunk_texts(right: Request, *, signed_in: bool) -> Iterator[Text]:
    """Yield broken chunks, odd ones, and trailers.

    Args:
        right: A good request.
        signed_in: Whether the operation asks for a session: a trailer can't bring one.
    """
    body = right.body or b""
    size, wide = len(body), f"{len(body):x}".encode()
    line = body + b"\r\n"
    why = "a chunk that is broken (RFC 9112 section 7.1)"
    for name, sent in {
        "chunk-size-no-number": b"zz\r\n" + line + _LAST,
        "chunk-size-prefixed": b"0x" + wide + b"\r\n" + line + _LAST,
        "chunk-size-negative": b"-" + wide + b"\r\n" + line + _LAST,
        "chunk-size-with-plus": b"+" + wide + b"\r\n" + line + _LAST,
        "chunk-size-with-underscore": b"0_" + wide + b"\r\n" + line + _LAST,
        "chunk-size-empty": b"\r\n" + line + _LAST,
        "chunk-size-beyond-64-bits": b"1" + wide.rjust(16, b"0") + b"\r\n" + line + _LAST,
        "chunk-longer-than-its-size": b"%x\r\n" % max(size - 3, 1) + line + _LAST,
        "chunk-shorter-than-its-size": b"%x\r\n" % (size + 3) + line + _LAST,
        "chunk-without-line-break": wide + b"\r\n" + body + _LAST,
    }.items():
        yield Text(name, raw_text(right, framing=(CHUNKED,), body=sent), why, never=True)
    for name, sent in {
        "chunk-size-in-upper-case": wide.upper() + b"\r\n" + line + _LAST,
        "chunk-size-with-zeros": b"0000" + wide + b"\r\n" + line + _LAST,
        "chunk-size-before-space": wide + b" \r\n" + line + _LAST,
        "chunk-line-feed-only": wide + b"\n" + body + b"\n0\n\n",
        "chunk-extension": wide + b';name="value";other\r\n' + line + _LAST,
        "chunk-extension-of-64-kib": wide + b";x=" + b"x" * 65_536 + b"\r\n" + line + _LAST,
        "chunks-of-one-byte": chunked(*(body[i : i + 1] for i in range(size))),
        "trailer": wide + b"\r\n" + line + b"0\r\nX-Checksum: 1\r\n\r\n",
        "trailer-of-64-kib": wide + b"\r\n" + line + b"0\r\nX-Long: " + b"x" * 65_536 + b"\r\n\r\n",
    }.items():
        yield Text(name, raw_text(right, framing=(CHUNKED,), body=sent), OPEN)
    if signed_in:
        # Some HTTP libraries hand trailers on as headers: that is theirs to mend, and for the user to know.
        why = "a trailer is no header: nobody is signed in by one (RFC 9110 section 6.5.1)"
        sent = chunked(body)[:-2] + b"@COOKIE@\r\n"
        raw = raw_text(right, cookie=b"", framing=(CHUNKED,), body=sent)
        yield Text("cookie-in-a-trailer", raw, why, statuses=_REFUSALS)
