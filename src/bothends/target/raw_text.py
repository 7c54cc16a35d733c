"""Requests as raw text: what stands in place of the target's address and the callers' sessions is filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.target.address import Address

COOKIE_MARKS = (b"@COOKIE@", b"@COOKIE2@")
"""Each stands for a whole line: the `Cookie` header of a caller, or nothing where there is no cookie to send."""
_HEAD_END = b"\r\n\r\n"


def callers(raw: bytes) -> int:
    """Return how many callers a raw text is of: one for each request that is meant to be made of it."""
    return max((number for number, mark in enumerate(COOKIE_MARKS, 1) if mark in raw), default=1)


def fill(raw: bytes, address: Address, cookies: Sequence[Sequence[tuple[str, str]]]) -> bytes:
    """Return a raw text as it is sent.

    Args:
        raw: The text with its marks; see `Request.raw`.
        address: Where it is sent.
        cookies: Name and value pairs of each caller's session.
    """
    text = raw.replace(b"@PREFIX@", address.prefix.encode()).replace(b"@HOST@", address.authority.encode())
    for mark, pairs in zip(COOKIE_MARKS, cookies, strict=False):
        line = "; ".join(f"{name}={value}" for name, value in pairs)
        text = text.replace(mark, f"Cookie: {line}\r\n".encode("latin-1", "replace") if line else b"")
    rest = text.partition(_HEAD_END)[2]
    return text.replace(b"@REST@", str(len(rest)).encode())
