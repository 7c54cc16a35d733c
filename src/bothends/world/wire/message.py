"""What is read from a target and what is said to it: plain HTTP/1.1 messages."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

_REASONS = {status.value: status.phrase for status in HTTPStatus}


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
    def line(self) -> str:
        """Method and target."""
        return f"{self.method} {self.target}"

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None; the name is in lower case."""
        return next((value for key, value in self.headers if key == name), None)


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
        if self.status != HTTPStatus.NO_CONTENT:  # RFC 9110 section 8.6
            lines.append(f"content-length: {len(self.body)}")
        if close:
            lines.append("connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
