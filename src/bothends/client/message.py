"""A request as bytes: what the client adds, and how the body is framed (RFC 9112)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bothends.errors import HarnessError
from bothends.records import Credential, changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.client.connector import Address
    from bothends.records import Request


# Requests as raw text: what stands in place of the target's address and the callers' sessions is filled in.

COOKIE_MARKS = (b"@COOKIE@", b"@COOKIE2@")
"""Each stands for whole lines: what a caller shows in headers, cookies among them, which may be nothing."""
_PREFIX = b"@PREFIX@"
_TARGET = re.compile(rb"@PREFIX@([^ \r\n]*)")
_HEAD_END = b"\r\n\r\n"


def callers(raw: bytes) -> int:
    """Return how many callers a raw text is of: one for each request that is meant to be made of it."""
    return max((number for number, mark in enumerate(COOKIE_MARKS, 1) if mark in raw), default=1)


def shows_credential(raw: bytes, caller: int) -> bool:
    """Return whether a raw text shows a caller's credential (from 0) in a head, where it is read: not in a body."""
    before, mark, _ = raw.partition(COOKIE_MARKS[caller])
    head = before[max(before.rfind(_PREFIX), 0) :]
    return bool(mark) and _HEAD_END not in head and b"\n\n" not in head


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


_CHUNK = 16_384
_USER_AGENT = "bothends"


def compose(request: Request, address: Address, cookies: Sequence[tuple[str, str]] = ()) -> tuple[Request, bytes]:
    """Return the request as it is sent, and its bytes.

    Added, each only where the request has none of its own: `Host`, `User-Agent`, `Accept: */*`, and
    `Content-Length` or `Transfer-Encoding` when there is a body. So a case can lie about its framing.
    Cookies join the request's own in one `Cookie` header (RFC 6265, section 5.4, allows no second).
    What is raw is sent as it is, its marks filled in, and the rest says what it was made from.
    Header values go out as Latin-1, or as UTF-8 where they don't fit it; the target as UTF-8.

    Args:
        request: The request; its target is put behind the address's prefix.
        address: Where it is sent.
        cookies: Name and value pairs.

    Raises:
        HarnessError: A line break in the head would make two messages of one.
    """
    own = {name.lower() for name, _ in request.headers}
    headers = [] if "host" in own else [("Host", address.authority)]
    if "user-agent" not in own:
        headers.append(("User-Agent", _USER_AGENT))
    if "accept" not in own:
        headers.append(("Accept", "*/*"))
    headers.extend(_with_cookies(request.headers, cookies) if cookies else request.headers)
    body = request.body
    if body is not None and "content-length" not in own and "transfer-encoding" not in own:
        length = ("Content-Length", str(len(body)))
        headers.append(("Transfer-Encoding", "chunked") if request.framing == "chunked" else length)
    sent = changed(request, target=address.prefix + request.target, headers=tuple(headers))
    if request.raw is not None:
        return sent, fill(request.raw, address, (Credential(cookies=tuple(cookies)),))
    if body is None:
        return sent, _head(sent)
    return sent, _head(sent) + (_chunked(body) if request.framing == "chunked" else body)


def _with_cookies(headers: Sequence[tuple[str, str]], cookies: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in headers if name.lower() != "cookie"]
    pairs = [value for name, value in headers if name.lower() == "cookie"]
    pairs.extend(f"{name}={value}" for name, value in cookies)
    return [*kept, ("Cookie", "; ".join(pairs))]


def _head(request: Request) -> bytes:
    lines = [f"{name}: {value}" for name, value in request.headers]
    text = "\r\n".join(lines)
    start = f"{request.method} {request.target} HTTP/1.1"
    breaks = max(len(lines) - 1, 0)
    if text.count("\r") != breaks or text.count("\n") != breaks or "\r" in start or "\n" in start:
        raise HarnessError(
            f"{request.method!r} {request.target!r} contains a line break, so it can't be sent as one HTTP message.",
            advice="Set the bytes of the request as `raw`.",
        )
    try:
        encoded = text.encode("latin-1")
    except UnicodeEncodeError:
        encoded = b"\r\n".join(_encode(line) for line in lines)
    return b"%b\r\n%b\r\n\r\n" % (start.encode("utf-8", "surrogatepass"), encoded)


def _encode(line: str) -> bytes:
    try:
        return line.encode("latin-1")
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogatepass")


def _chunked(body: bytes) -> bytes:
    """Frame the body as chunks (RFC 9112, section 7.1)."""
    pieces = [body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
