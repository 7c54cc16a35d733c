"""Heads that are ambiguous: hosts, versions, transfer codings, and lines that are not as RFC 9112 has them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families.raw_text import BREAK, CHUNKED, HOST, OPEN, Text, chunked, raw_text, start_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Request

_BAD = (HTTPStatus.BAD_REQUEST,)


def host_texts(right: Request) -> Iterator[Text]:
    """Yield what RFC 9112 section 3.2 wants to be answered 400; who answers otherwise is told so, no more."""
    why = "a request with no Host, or several, or one that is none (RFC 9112 section 3.2)"
    for name, lines in {
        "no-host": (),
        "two-hosts": (HOST, b"Host: example.org"),
        "same-host-twice": (HOST, HOST),
    }.items():
        yield Text(name, raw_text(right, host=lines), why, statuses=_BAD)
    for name, line in {
        "host-of-another": b"Host: example.org",
        "host-empty": b"Host:",
        "host-with-space": b"Host: a b",
        "host-with-path": HOST + b"/x",
        "host-with-user": b"Host: user@" + b"@HOST@",
    }.items():
        yield Text(name, raw_text(right, host=(line,)), OPEN)


def version_texts(right: Request) -> Iterator[Text]:
    """Yield other versions, and upgrades to other protocols."""
    http_10 = start_line(right, version="HTTP/1.0")
    yield Text("http-1.0", raw_text(right, start=http_10), OPEN)
    yield Text("http-1.0-without-host", raw_text(right, start=http_10, host=()), OPEN)
    for version in ("HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/0.9", "http/1.1", "HTTP/1.10", "ICY"):
        name = f"version-{version.lower().replace('/', '-')}"
        name = "version-in-lower-case" if version == "http/1.1" else name
        yield Text(name, raw_text(right, start=start_line(right, version=version)), OPEN)
    why = "no request of this operation"
    target = right.target.encode()
    yield Text("http-0.9", b"GET @PREFIX@" + target + BREAK, why, never=True)
    yield Text("http-2-preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), why, never=True)
    yield Text("tls-hello", b"\x16\x03\x01\x00\x05hello", why, never=True)
    yield Text("garbage", b"\x00\xff\x00\xff garbage\r\n\r\n", why, never=True)
    for name, lines in {
        "upgrade-websocket": (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
        "upgrade-h2c": (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
    }.items():
        yield Text(name, raw_text(right, more=lines), OPEN)


def head_texts(right: Request, *, signed_in: bool) -> Iterator[Text]:
    """Yield heads with odd transfer codings and odd lines.

    Args:
        right: A good request.
        signed_in: Whether the operation asks for a session: then one that hides in an odd line is none.
    """
    body = right.body or b""
    chunks = chunked(body)
    why = "a transfer coding that is not understood, or not the last one (RFC 9112 section 6.1)"
    broken: dict[str, tuple[bytes, ...]] = {
        "coding-unknown": (b"Transfer-Encoding: xchunked",),
        "coding-identity-last": (b"Transfer-Encoding: chunked, identity",),
        "coding-with-space-before-colon": (b"Transfer-Encoding : chunked",),
        "coding-gzip": (b"Transfer-Encoding: gzip",),
    }
    for name, lines in broken.items():
        yield Text(name, raw_text(right, framing=lines, body=chunks), why, never=True)
    odd: dict[str, tuple[bytes, ...]] = {
        "coding-in-upper-case": (b"Transfer-Encoding: CHUNKED",),
        "coding-folded": (b"Transfer-Encoding:\r\n chunked",),
        "coding-twice": (b"Transfer-Encoding: chunked, chunked",),
        "coding-in-two-lines": (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        "coding-after-tab": (b"Transfer-Encoding:\tchunked",),
        "coding-quoted": (b'Transfer-Encoding: "chunked"',),
    }
    for name, lines in odd.items():
        yield Text(name, raw_text(right, framing=lines, body=chunks), OPEN)
    http_10 = start_line(right, version="HTTP/1.0")
    yield Text("coding-in-http-1.0", raw_text(right, start=http_10, framing=(CHUNKED,), body=chunks), OPEN)
    for name, lines in {
        "folded-line": (b"X-Folded: a\r\n b",),
        "space-before-colon": (b"X-Space : a",),
        "no-colon": (b"X-No-Colon",),
        "no-name": (b": a",),
        "bare-carriage-return": (b"X-Bare: a\rb",),
        "bare-line-feed": (b"X-Bare: a\nX-Other: b",),
        "nul-in-value": (b"X-Nul: a\x00b",),
        "colon-twice": (b"X-Colon:: a",),
    }.items():
        yield Text(name, raw_text(right, more=lines), OPEN)
    yield Text("empty-lines-before", BREAK + BREAK + raw_text(right), OPEN)
    yield Text("line-feeds-only", raw_text(right).replace(BREAK, b"\n"), OPEN)
    if signed_in:
        why = "a cookie that is no header of this request"
        yield Text("cookie-in-the-body", _with_cookie_in_body(right), why, never=True)


def _with_cookie_in_body(right: Request) -> bytes:
    # The mark's line stands after the empty line that ends the head.
    return raw_text(right, cookie=b"", framing=(b"Content-Length: @REST@",), body=b"@COOKIE@" + (right.body or b""))
