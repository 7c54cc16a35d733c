"""Requests as raw text, made from a good one with single lines changed: for what no good client sends.

The marks (`@HOST@` and the rest) are explained at `Request.raw`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bothends.cases.families import requests
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation
    from bothends.records import Expectation, Request

OWN_CONNECTION = "on a connection of its own"
HALF_CLOSES = "the client half-closes"
PATIENT = "the client waits for each answer"
HOST = b"Host: @HOST@"
COOKIE = b"@COOKIE@"
COOKIE_2 = b"@COOKIE2@"
CHUNKED = b"Transfer-Encoding: chunked"
BREAK = b"\r\n"
OPEN = "the server's choice: refused, or executed once"


@dataclass(frozen=True, slots=True)
class Text:
    """A message as raw text, and what may come of it.

    Attributes:
        name: The case's name.
        raw: The text.
        why: What says what may come of it.
        never: Whether it must not be executed.
        statuses: What HTTP asks for; another one is a warning. Empty: HTTP leaves it open.
        half_closed: Whether a FIN follows.
        patient: Whether each answer is waited for, as what is sent is whole.
        following: What may come of a second request.
    """

    name: str
    raw: bytes
    why: str
    never: bool = False
    statuses: tuple[int, ...] = ()
    half_closed: bool = False
    patient: bool = False
    following: Expectation | None = None


def raw_text(  # noqa: PLR0913 -- each is one line of the head, or the body
    request: Request,
    *,
    start: bytes | None = None,
    host: Sequence[bytes] = (HOST,),
    cookie: bytes = COOKIE,
    framing: Sequence[bytes] | None = None,
    more: Sequence[bytes] = (),
    body: bytes | None = None,
) -> bytes:
    """Return a request as text: a good one's, but for the parts that are given.

    The cookie is the mark for the caller's cookies, empty for none; the framing are the lines that tell the body's
    length.
    """
    line = start if start is not None else start_line(request)
    content = (request.body or b"") if body is None else body
    if framing is None:
        framing = () if request.body is None and body is None else (b"Content-Length: %d" % len(content),)
    own = [f"{name}: {value}".encode() for name, value in request.headers]
    lines = [line, *host, *own, *framing, *more]
    return BREAK.join(lines) + BREAK + cookie + BREAK + content


def start_line(request: Request, *, method: str = "", target: str = "", version: str = "HTTP/1.1") -> bytes:
    """Return the good request's line with a part of it changed; the base URL's path stands before any target."""
    return f"{method or request.method} @PREFIX@{target or request.target} {version}".encode()


def chunked(*pieces: bytes) -> bytes:
    """Return a body in chunks (RFC 9112, section 7.1)."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def raw_case(  # noqa: PLR0913, PLR0917 -- as many as a case has parts, in their order
    operation: Operation,
    family: str,
    name: str,
    request: Request,
    raw: bytes,
    expect: Expectation,
    *,
    behaviour: str = "",
    following: Expectation | None = None,
) -> Case:
    """Return a case that is sent as raw text; its client waits for an answer that HTTP asks for, if nothing is said."""
    behaviour = behaviour or (PATIENT if expect.statuses and not expect.refused else OWN_CONNECTION)
    raw_request = replace(request, raw=raw)
    return Case(operation.id, family, name, raw_request, expect=expect, behaviour=behaviour, following=following)


def right_request(operation: Operation) -> Request | None:
    """Return a request with a body that the contract certainly admits; None when none is known."""
    request = requests.admitted_request(operation)
    return request if request is not None and request.body else None
