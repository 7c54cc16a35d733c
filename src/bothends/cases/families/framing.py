"""`framing`: messages whose end two parsers can see in different places, and messages that break off.

A broken message is refused, or the connection is closed; it is never executed, and no part of it becomes a request of
its own. What HTTP leaves to the server is executed once, or not at all. So is what breaks off behind a body that tells
its end itself, and what is a right body all the same.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.cases.families.family import Family, register
from bothends.cases.families.raw_text import (
    BREAK,
    CHUNKED,
    COOKIE_2,
    HALF_CLOSES,
    HOST,
    OPEN,
    PATIENT,
    Text,
    chunked,
    raw_case,
    raw_text,
    right_request,
    start_line,
)
from bothends.contract import admission
from bothends.contract.messages import MULTIPART

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Security
    from bothends.records import Case, Request


# What may be executed though its message is broken.

_ENDED = "a form that is whole: what follows its last part is ignored, so it may be taken (RFC 2046 section 5.1.1)"


def _tells_its_end(right: Request) -> bool:
    """Return whether a body says where it ends, so that a server may have read it before its message is complete."""
    return (right.header("content-type") or "").partition(";")[0].strip().lower() == MULTIPART


# Chunks that are not as RFC 9112 section 7.1 has them, and what may stand between them.

_LAST = b"0\r\n\r\n"
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def chunk_texts(right: Request, *, shown: str) -> Iterator[Text]:
    """Yield broken chunks, odd ones, and trailers.

    Args:
        right: A good request.
        shown: What a caller shows in headers, where the operation asks for it: a trailer can't contain it.
    """
    body = right.body or b""
    size, wide = len(body), f"{len(body):x}".encode()
    line = body + b"\r\n"
    why = "a broken chunk (RFC 9112 section 7.1)"
    for name, sent in {
        "chunk-size-no-number": b"zz\r\n" + line + _LAST,
        "chunk-size-prefixed": b"0x" + wide + b"\r\n" + line + _LAST,
        "chunk-size-negative": b"-" + wide + b"\r\n" + line + _LAST,
        "chunk-size-with-plus": b"+" + wide + b"\r\n" + line + _LAST,
        "chunk-size-with-underscore": b"0_" + wide + b"\r\n" + line + _LAST,
        "chunk-size-empty": b"\r\n" + line + _LAST,
        "chunk-size-beyond-64-bits": b"1" + wide.rjust(16, b"0") + b"\r\n" + line + _LAST,
        "chunk-longer-than-its-size": b"%x\r\n" % max(size - 3, 1) + line + _LAST,
    }.items():
        yield Text(name, raw_text(right, framing=(CHUNKED,), body=sent), why, never=True)
    ended = _tells_its_end(right)
    for name, sent in {
        "chunk-shorter-than-its-size": b"%x\r\n" % (size + 3) + line + _LAST,
        "chunk-without-line-break": wide + b"\r\n" + body + _LAST,
    }.items():
        yield Text(name, raw_text(right, framing=(CHUNKED,), body=sent), _ENDED if ended else why, never=not ended)
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
    if shown:
        # Some HTTP libraries pass trailers on as headers: that is their bug, and the user should know of it.
        why = "a trailer is not a header, so a credential in it does not count (RFC 9110 section 6.5.1)"
        sent = chunked(body)[:-2] + b"@COOKIE@\r\n"
        raw = raw_text(right, cookie=b"", framing=(CHUNKED,), body=sent)
        yield Text(f"{shown}-in-a-trailer", raw, why, statuses=_REFUSALS)


# Heads that are ambiguous: hosts, versions, transfer codings, and lines that are not as RFC 9112 has them.

_BAD = (HTTPStatus.BAD_REQUEST,)


def host_texts(right: Request) -> Iterator[Text]:
    """Yield what RFC 9112 section 3.2 wants to be answered 400; who answers otherwise is told so, no more."""
    why = "a request with no Host, with several, or with an invalid one (RFC 9112 section 3.2)"
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
    why = "not a request of this operation"
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


def head_texts(right: Request, *, shown: str) -> Iterator[Text]:
    """Yield heads with odd transfer codings and odd lines.

    Args:
        right: A good request.
        shown: What a caller shows in headers, where the operation asks for it: what hides in an odd line is none.
    """
    body = right.body or b""
    chunks = chunked(body)
    why = "an unknown transfer coding, or chunked that is not the last one (RFC 9112 section 6.1)"
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
    if shown:
        why = f"a {shown} that is not in a header of this request"
        yield Text(f"{shown}-in-the-body", _with_cookie_in_body(right), why, never=True)


def _with_cookie_in_body(right: Request) -> bytes:
    # The mark's line stands after the empty line that ends the head.
    return raw_text(right, cookie=b"", framing=(b"Content-Length: @REST@",), body=b"@COOKIE@" + (right.body or b""))


# Lengths that are no numbers, that differ, or that are not those of the body.

_LENGTH_REFUSALS = tuple(HTTPStatus(status) for status in (400, 401, 408, 411, 413, 415, 422, 431, 501))
_MISSING = 2
_BEYOND = 10
_ARABIC_ZERO = 0x0660


def length_texts(right: Request) -> Iterator[Text]:
    """Yield lengths that are broken, and some that only look so (RFC 9110 section 8.6)."""
    size = len(right.body or b"")
    why = "an invalid length, or two lengths that differ (RFC 9112 section 6.3)"
    for name, values in _broken(size).items():
        lines = [f"Content-Length: {value}".encode() for value in values]
        yield Text(name, raw_text(right, framing=lines), why, never=True, statuses=_LENGTH_REFUSALS)
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


def cut_texts(right: Request, fits: Callable[[bytes], bool]) -> Iterator[Text]:
    """Yield messages that are shorter or longer than they say; what is there may be a right body by itself.

    Args:
        right: A good request.
        fits: Returns whether something may be a right body of it.
    """
    body = right.body or b""
    size = len(body)
    ended = _tells_its_end(right)
    why = "an incomplete message (RFC 9112 section 8)"
    for name, length, sent, ends in (
        ("ends-before-its-length", size + _BEYOND, body, True),
        ("waits-before-its-length", size + _BEYOND, body, False),
        ("ends-in-the-body", size, body[: size // 2], True),
        ("ends-before-the-body", size, b"", True),
    ):
        raw = raw_text(right, framing=(b"Content-Length: %d" % length,), body=sent)
        whole = ended and sent == body
        yield Text(name, raw, _ENDED if whole else why, never=not whole, half_closed=ends)
    if size > _MISSING:
        why = "a body that its own length cuts: the first part is not valid, and the rest is not a request"
        raw = raw_text(right, framing=(b"Content-Length: %d" % (size - _MISSING),))
        right_too = fits(body[:-_MISSING])
        yield Text("length-too-short", raw, OPEN if right_too else why, never=not right_too)
    chunk = b"%x\r\n%b\r\n" % (size, body)
    why = _ENDED if ended else "a chunked body without its last chunk (RFC 9112 section 8)"
    for name, sent, ends in (
        ("chunks-end-early", chunk, True),
        ("chunks-wait", chunk, False),
        ("chunks-end-without-line-break", chunk[:-2], True),
        ("chunks-end-in-the-last", chunk + b"0", True),
        ("chunks-end-in-a-chunk", b"%x\r\n%b" % (size + _BEYOND, body), True),
    ):
        yield Text(name, raw_text(right, framing=(CHUNKED,), body=sent), why, never=not ended, half_closed=ends)


# Requests within a request, and requests that follow each other on one connection.

_LENGTH = b"Content-Length: @REST@"


def smuggled_texts(right: Request, fits: Callable[[bytes], bool]) -> Iterator[Text]:
    """Yield two framings at once, and bodies that look like a request (RFC 9112 section 11.2).

    Args:
        right: A good request.
        fits: Returns whether something may be a right body of it.
    """
    why = "two framings at once: refused, or read by its chunks alone (RFC 9112 section 6.1)"
    for name, framing, body in (
        ("both-framings", (_LENGTH, CHUNKED), chunked(right.body or b"")),
        ("both-framings-other-order", (CHUNKED, _LENGTH), chunked(right.body or b"")),
        ("length-nought-and-chunks", (b"Content-Length: 0", CHUNKED), chunked(right.body or b"")),
    ):
        yield Text(name, raw_text(right, framing=framing, body=body), why)
    inner = raw_text(right)
    why = "an unknown transfer coding together with a length (RFC 9112 section 6.1)"
    for name, coding in {
        "coding-unknown-beside-a-length": b"Transfer-Encoding: xchunked",
        "coding-with-space-beside-a-length": b"Transfer-Encoding : chunked",
        "coding-identity-beside-a-length": b"Transfer-Encoding: chunked, identity",
    }.items():
        body = chunked() + inner
        yield Text(name, raw_text(right, framing=(_LENGTH, coding), body=body), why, never=True)
    why = "a body is not a request, whatever it contains"
    # What stands before the first part of a form is ignored, as what follows the last one: the form is in the request.
    right_too = fits(inner)
    raw = raw_text(right, framing=(_LENGTH,), body=inner)
    yield Text("request-in-the-body", raw, OPEN if right_too else why, never=not right_too)


def following_texts(right: Request, success: tuple[int, ...], *, shown: str) -> Iterator[Text]:
    """Yield two requests of two callers, sent at once (RFC 9112 section 9.3.2).

    Args:
        right: A good request.
        success: The statuses of a success, and of an object that is another by now, or gone.
        shown: What a caller shows in headers, where the operation asks for it, so that one may lack it.
    """
    first, second = raw_text(right), raw_text(right, cookie=COOKIE_2)
    why = "pipelined requests: answered in order, each event with its own caller (RFC 9112 section 9.3.2)"
    good = expectations.odd(why, success)
    yield Text("two-in-a-row", first + second, why, statuses=success, patient=True, following=good)
    perhaps = expectations.odd("a valid request after a refused one: answered, or dropped with the connection")
    yield Text("line-break-between", first + b"\r\n" + second, why, following=perhaps)
    malformed = raw_text(right, body=b"{") + second
    yield Text("malformed-then-right", malformed, "a body that is not JSON", never=True, following=perhaps)
    no_end = raw_text(right, framing=(b"Content-Length: 1", b"Content-Length: 2")) + second
    why = "two lengths that differ (RFC 9112 section 6.3)"
    yield Text("broken-then-right", no_end, why, never=True, statuses=_BAD, following=perhaps)
    if shown:
        nobody = raw_text(right, cookie=b"") + second
        yield Text("signed-out-then-right", nobody, "the caller is signed out", never=True, following=perhaps)
    why = "two framings at once, then a second request: refused, or read by its chunks alone (RFC 9112 section 6.1)"
    ended = "after two framings at once the server closes the connection, whatever follows (RFC 9112 section 6.1)"
    for name, body in (("", chunked()), ("-after-a-body", chunked(right.body or b""))):
        raw = raw_text(right, framing=(_LENGTH, CHUNKED), body=body + second)
        yield Text(f"both-framings-and-a-request{name}", raw, why, following=expectations.odd(ended, _BAD))


FRAMING_NAME = "framing"
# Not those of half a line break, which a server may take, refuse, or wait for the rest of.
_FRAMING_QUICK = ("[!cl]*", "c[!h]*", "chunks-*", "chunk-[!l]*", "chunk-lo*", "length*", "line-b*")


def framing_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases, for an operation that takes a body."""
    del contract
    right = right_request(operation)
    if right is None:
        return

    def fits(body: bytes) -> bool:
        return not admission(operation, replace(right, body=body)).refusals

    shown = _shown(operation.security)
    success = tuple(sorted(operation.success_statuses | operation.absent_statuses))
    texts: list[Text] = [
        *host_texts(right),
        *version_texts(right),
        *length_texts(right),
        *head_texts(right, shown=shown),
        *chunk_texts(right, shown=shown),
        *cut_texts(right, fits),
        *smuggled_texts(right, fits),
        *following_texts(right, success, shown=shown),
    ]
    for text in texts:
        expect = expectations.never if text.never else expectations.odd
        behaviour = HALF_CLOSES if text.half_closed else PATIENT if text.patient else ""
        yield raw_case(
            operation,
            FRAMING_NAME,
            text.name,
            right,
            text.raw,
            expect(text.why, text.statuses),
            behaviour=behaviour,
            following=text.following,
        )


def _shown(security: Security) -> str:
    """Return what a caller shows in headers, `cookie` or `credential`; empty where nothing need be shown in them."""
    members = () if security.usual is None else security.usual.members
    places = {member.scheme.location for member in members}
    # What stands in the request line no header can lack.
    if not security.demanded or "query" in places:
        return ""
    return "credential" if places == {"header"} else "cookie"


FRAMING_FAMILY = register(
    Family(
        FRAMING_NAME,
        framing_cases,
        "messages whose end two parsers can see in different places, and messages that break off.\n\nA broken "
        "message is refused, or the connection is closed; it is never executed, and no part of it becomes a request "
        "of its own. What HTTP leaves to the server is executed once, or not at all.",
        _FRAMING_QUICK,
        after="routing",
    )
)
