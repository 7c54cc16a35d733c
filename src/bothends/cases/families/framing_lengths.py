"""Lengths that are no numbers, that differ, or that are not those of the body."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families.raw_text import CHUNKED, OPEN, Text, raw_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request

_REFUSALS = tuple(HTTPStatus(status) for status in (400, 401, 408, 411, 413, 415, 422, 431, 501))
_MISSING = 2
_BEYOND = 10
_ARABIC_ZERO = 0x0660


def length_texts(right: Request) -> Iterator[Text]:
    """Yield lengths that are broken, and some that only look so (RFC 9110 section 8.6)."""
    size = len(right.body or b"")
    why = "a length that is none, or two that differ (RFC 9112 section 6.3)"
    for name, values in _broken(size).items():
        lines = [f"Content-Length: {value}".encode() for value in values]
        yield Text(name, raw_text(right, framing=lines), why, never=True, statuses=_REFUSALS)
    for name, values in {
        "length-twice": (f"{size}", f"{size}"),
        "length-twice-in-one-line": (f"{size}, {size}",),
        "length-with-spaces": (f"  {size}  ",),
        "length-with-zeros": (f"000{size}",),
    }.items():
        yield Text(name, raw_text(right, framing=[f"Content-Length: {value}".encode() for value in values]), OPEN)


def _broken(size: int) -> dict[str, tuple[str, ...]]:
    # What a lenient conversion makes a number of: Python's int(), JavaScript's Number(), C's strtol().
    digits = str(size)
    return {
        "lengths-differ": (digits, f"{size + _BEYOND}"),
        "lengths-differ-in-one-line": (f"{size}, {size + _BEYOND}",),
        "lengths-differ-by-one-less": (digits, f"{size - 1}"),
        "length-with-plus": (f"+{size}",),
        "length-negative": (f"-{size}",),
        "length-hexadecimal": (f"0x{size:x}",),
        "length-with-underscore": (f"0_{size}" if len(digits) == 1 else f"{digits[0]}_{digits[1:]}",),
        "length-fraction": (f"{size}.0",),
        "length-exponent": (f"{size}e0",),
        "length-word": ("many",),
        "length-two-numbers": (f"{size} {size}",),
        "length-beyond-64-bits": (f"{(1 << 64) + size}",),
        "length-in-other-digits": ("".join(chr(_ARABIC_ZERO + int(digit)) for digit in digits),),
    }


def cut_texts(right: Request) -> Iterator[Text]:
    """Yield messages that are shorter or longer than they say; what is there may be a right body by itself."""
    body = right.body or b""
    size = len(body)
    why = "a message that is not complete (RFC 9112 section 8)"
    for name, length, sent, ends in (
        ("ends-before-its-length", size + _BEYOND, body, True),
        ("waits-before-its-length", size + _BEYOND, body, False),
        ("ends-in-the-body", size, body[: size // 2], True),
        ("ends-before-the-body", size, b"", True),
    ):
        raw = raw_text(right, framing=(b"Content-Length: %d" % length,), body=sent)
        yield Text(name, raw, why, never=True, half_closed=ends)
    if size > _MISSING:
        why = "a body that its own length cuts: what is left is no right one, and the rest is no request"
        raw = raw_text(right, framing=(b"Content-Length: %d" % (size - _MISSING),))
        yield Text("length-too-short", raw, why, never=True)
    chunk = b"%x\r\n%b\r\n" % (size, body)
    why = "chunks without the last one (RFC 9112 section 8)"
    for name, sent, ends in (
        ("chunks-end-early", chunk, True),
        ("chunks-wait", chunk, False),
        ("chunks-end-without-line-break", chunk[:-2], True),
        ("chunks-end-in-the-last", chunk + b"0", True),
        ("chunks-end-in-a-chunk", b"%x\r\n%b" % (size + _BEYOND, body), True),
    ):
        yield Text(name, raw_text(right, framing=(CHUNKED,), body=sent), why, never=True, half_closed=ends)
