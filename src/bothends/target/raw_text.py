"""Requests as raw text: what stands in place of the target's address and the callers' sessions is filled in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.records import Credential

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.target.address import Address

COOKIE_MARKS = (b"@COOKIE@", b"@COOKIE2@")
"""Each stands for whole lines: what a caller shows in headers, cookies among them, which may be nothing."""
_PREFIX = b"@PREFIX@"
_TARGET = re.compile(rb"@PREFIX@([^ \r\n]*)")
_HEAD_END = b"\r\n\r\n"


def callers(raw: bytes) -> int:
    """Return how many callers a raw text is of: one for each request that is meant to be made of it."""
    return max((number for number, mark in enumerate(COOKIE_MARKS, 1) if mark in raw), default=1)


def fill(raw: bytes, address: Address, credentials: Sequence[Credential]) -> bytes:
    """Return a raw text as it is sent.

    Args:
        raw: The text with its marks; see `Request.raw`.
        address: Where it is sent.
        credentials: What each caller shows.
    """
    text = _with_queries(raw, credentials) if any(one.query for one in credentials) else raw
    text = text.replace(_PREFIX, address.prefix.encode()).replace(b"@HOST@", address.authority.encode())
    for mark, credential in zip(COOKIE_MARKS, credentials, strict=False):
        lines = "".join(f"{name}: {value}\r\n" for name, value in _headers(credential))
        text = text.replace(mark, lines.encode("latin-1", "replace"))
    rest = text.partition(_HEAD_END)[2]
    return text.replace(b"@REST@", str(len(rest)).encode())


def _headers(credential: Credential) -> Iterator[tuple[str, str]]:
    yield from credential.headers
    if credential.cookies:
        yield "Cookie", "; ".join(f"{name}={value}" for name, value in credential.cookies)


def _with_queries(raw: bytes, credentials: Sequence[Credential]) -> bytes:
    """Return a text in which each request has the query parameters of the caller whose mark it holds."""
    first, *requests = raw.split(_PREFIX)
    filled = [first]
    for request in requests:
        owner = next(
            (one for mark, one in zip(COOKIE_MARKS, credentials, strict=False) if mark in request), Credential()
        )
        filled.append(_PREFIX + _TARGET.sub(lambda found, o=owner: _signed(found, o), _PREFIX + request, count=1))  # type: ignore[misc]
    return b"".join(filled)


def _signed(found: re.Match[bytes], owner: Credential) -> bytes:
    return owner.target(found[1].decode("latin-1")).encode("latin-1")
