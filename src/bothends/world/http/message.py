"""What is read from a target and what is said to it: plain HTTP/1.1 messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

import httptools

from bothends.world.http.strict import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.clock import Clock


_REASONS = {status.value: status.phrase for status in HTTPStatus}
# RFC 9110 section 8.6: the one has no length, and the other would have that of an answer which nobody has made.
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it was read.

    Attributes:
        method: HTTP method as received; empty when it could not be read.
        target: The request target as received: path and query.
        headers: Name and value pairs in order, names in lower case, both as Latin-1 (RFC 9110 section 5.5).
        body: The body with its transfer coding undone; cut when there is a `problem`.
        at: When it had been read, seconds since the epoch.
        problem: Why it could not be read whole; empty when it was.
        status: HTTP status that says so; 0 when there is no problem.
        idle_beside: How many connections of the target lay idle, open at both ends, when the one that this came
            on was opened; 0 of any request but its first.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float
    problem: str = ""
    status: int = 0
    idle_beside: int = 0

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, without its question mark."""
        return self.target.partition("?")[2]

    @property
    def line(self) -> str:
        """Method and target."""
        return f"{self.method} {self.target}"

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; the name is in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        """Return the values of a header in order; the name is in lower case."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to be written. `Content-Length` is added.

    Attributes:
        status: HTTP status code.
        headers: Name and value pairs in order.
        body: The body.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def head(self, *, close: bool = False) -> bytes:
        """Return the status line and the headers, with the empty line that ends them.

        Args:
            close: Whether the connection ends with this answer.
        """
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}"]
        lines.extend(f"{name}: {value}" for name, value in self.headers)
        if self.status not in _NO_BODY:
            lines.append(f"content-length: {len(self.body)}")
        if close:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def written(self, *, close: bool = False, to_head: bool = False) -> bytes:
        """Return all of it as it is sent, the head alone to HEAD; `close` as for `head`."""
        head = self.head(close=close)
        return head if to_head or self.status in _NO_BODY else head + self.body


# Makes requests of the bytes of one connection, with llhttp.

BODY_LIMIT = 8 << 20
"""Most bytes of a body that are kept."""

HEADERS_LIMIT = 64 << 10
"""Most bytes of a request line and its headers; of trailers and what frames chunks too, with some for each chunk."""

_LIMITS = (HEADERS_LIMIT, BODY_LIMIT)
# A chunk of one byte takes six on the wire; what is over that is framing without end.
_FRAMING = 8


@dataclass(slots=True)
class _Draft:
    """What has been read of a request so far."""

    target: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    headers_read: bool = False
    headers_size: int = 0
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    framing: int = 0


class RequestReader:
    """Reads requests one after another.

    Args:
        clock: The run's clock.
        on_request: Gets each request, and whether the connection may go on after its answer.
        on_expect: Is called when a client waits for leave to send its body.
        strict: Whether a head that two readers may take in two ways is refused, and what is too long before all of it
            has come; else such a request is as the parser has it.

    Attributes:
        reading: Whether a request has begun and is not complete.
    """

    def __init__(
        self,
        clock: Clock,
        on_request: Callable[[Received, bool], None],
        on_expect: Callable[[], None],
        *,
        strict: bool = False,
    ) -> None:
        self.reading = False
        self._strict = strict
        self._clock = clock
        self._on_request = on_request
        self._on_expect = on_expect
        self._parser = httptools.HttpRequestParser(self)
        self._draft = _Draft()
        self._deaf = False
        self._offered = False

    def feed(self, data: bytes) -> None:
        """Parse, and hand on what is complete."""
        if self._deaf:
            return
        rest = data
        first = self._draft
        while rest:
            try:
                self._parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = self._without_offer() + rest[upgrade.args[0] :] if self._offered else b""
                continue
            except httptools.HttpParserError as error:  # of what was refused in a callback, that is said already
                self._broken(400, f"not HTTP/1.1: {error}")
            break
        # Where another request has ended in this data, it is not all of the one that has begun.
        if self.reading and self._draft is first:
            self._check_bounds(len(data))

    def _check_bounds(self, size: int) -> None:
        """Break off where headers, trailers or chunk extensions go on without end: the parser keeps what it reads."""
        draft = self._draft
        if not draft.headers_read:
            draft.headers_size += size
            if draft.headers_size > HEADERS_LIMIT:
                self._broken(431, "headers over 64 KiB")
            return
        draft.framing += size
        if draft.framing > HEADERS_LIMIT * 2 + draft.size * _FRAMING:
            self._broken(400, "trailers, or what frames chunks, over 64 KiB")

    # llhttp's callbacks.

    def on_message_begin(self) -> None:
        """Start on a request."""
        self.reading = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        self._draft.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which is not told apart (RFC 9110 section 6.5)."""
        if not self._draft.headers_read:
            self._draft.headers.append((name.lower().decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Let a client that waits for it send its body (RFC 9110 section 10.1.1)."""
        draft = self._draft
        draft.headers_read = True
        if self._strict:
            version = self._parser.get_http_version()
            refusal = refusal_of(self._parser.get_method(), draft.target, version, draft.headers, _LIMITS)
            if refusal is not None:
                self._refuse(*refusal)
        expected = any(name == "expect" and value.lower() == "100-continue" for name, value in draft.headers)
        if expected and self._parser.get_http_version() != "1.0":
            self._on_expect()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, up to the limit."""
        if self._draft.size <= BODY_LIMIT:
            self._draft.body += body
        self._draft.size += len(body)
        if self._strict and self._draft.size > BODY_LIMIT:
            self._refuse(413, "body over 8 MiB")

    def on_message_complete(self) -> None:
        """Queue the request; one that offers an upgrade is read again without the offer."""
        upgrade = self._parser.should_upgrade()
        self._offered = upgrade and self._parser.get_method() != b"CONNECT"
        if self._offered:
            return
        problem, status = ("body over 8 MiB", 413) if self._draft.size > BODY_LIMIT else ("", 0)
        self._hand_on(problem, status, keep_alive=self._parser.should_keep_alive() and not upgrade)

    def _without_offer(self) -> bytes:
        """Return the head that was read, less its offer to upgrade, for a new parser.

        Java's HttpClient offers h2c with each request. An offer may be ignored (RFC 9110 section 7.8), but
        the parser stops at it, before the body.
        """
        draft, self._draft = self._draft, _Draft()
        lines = [f"{self._parser.get_method().decode()} {draft.target.decode('latin-1')} HTTP/1.1"]
        for name, value in draft.headers:
            if name == "connection":
                value = ", ".join(part for part in value.split(",") if part.strip().lower() != "upgrade")  # noqa: PLW2901 -- less the offer
            if name != "upgrade":
                lines.append(f"{name}: {value}")
        self._parser = httptools.HttpRequestParser(self)
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _refuse(self, status: int, problem: str) -> None:
        """Break off in a callback of the parser, which is not to go on."""
        self._broken(status, problem)
        raise ValueError(problem)

    def _broken(self, status: int, problem: str) -> None:
        if not self._deaf:  # what follows the last request of a connection is none
            self._hand_on(problem, status, keep_alive=False)

    def _hand_on(self, problem: str, status: int, *, keep_alive: bool) -> None:
        draft, self._draft = self._draft, _Draft()
        received = Received(
            method=self._parser.get_method().decode("latin-1") if draft.target else "",
            target=draft.target.decode("latin-1"),
            headers=tuple(draft.headers),
            body=bytes(draft.body),
            at=self._clock.now(),
            problem=problem,
            status=status,
        )
        self.reading = False
        self._deaf = not keep_alive
        self._on_request(received, keep_alive)
