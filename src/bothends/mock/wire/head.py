"""The head of a request, read by the letter of RFC 9112: what two readers could take in two ways is refused."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

HEAD_LIMIT = 64 << 10
"""Most bytes of a request line and its headers."""

BODY_LIMIT = 8 << 20
"""Most bytes of a body: what is longer is refused."""

TARGET_LIMIT = 16 << 10

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINE = re.compile(rb"(%b) ([!-~]+) HTTP/([0-9])\.([0-9])" % _TOKEN)
_HEADER = re.compile(rb"(%b):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)" % _TOKEN)
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_ABSOLUTE = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class RefusedError(Exception):
    """A request that is not as HTTP has it.

    Args:
        status: The status of the answer.
        reason: Why, for a person to read.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """A request that was read whole.

    Attributes:
        method: The method, as received.
        target: Path and query, as received; of the absolute form, what follows the authority.
        headers: Name and value pairs in order, names in lower case.
        body: The body, its transfer coding undone; None: there is none.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None = None

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query, without its question mark."""
        return self.target.partition("?")[2]

    def all(self, name: str) -> list[str]:
        """Return the values of a header, whose name is in lower case, in order."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whose name is in lower case; None: it is not there."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request.

    Attributes:
        method: The method.
        target: The target in origin form.
        headers: As in `Message`.
        length: Bytes of the body; None: it comes in chunks.
        keep_alive: Whether the connection may go on after the answer.
        expects: Whether the client waits for leave to send its body.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    length: int | None
    keep_alive: bool
    expects: bool


def read_head(data: bytes) -> Head:
    """Read a head, without the empty line at its end.

    Raises:
        RefusedError: It is not as RFC 9112 has it, or asks for what there is not.
    """
    first, *lines = data.split(b"\r\n")
    line = _LINE.fullmatch(first)
    if line is None:
        raise RefusedError(400, "the request line is malformed")
    if line[3] != b"1":
        raise RefusedError(505, "only HTTP/1.0 and HTTP/1.1 are spoken")
    if len(line[2]) > TARGET_LIMIT:
        raise RefusedError(414, "the target is too long")
    headers = tuple(map(_header, lines))
    old = line[4] == b"0"
    named: dict[str, list[str]] = {}
    for name, value in headers:
        named.setdefault(name, []).append(value)
    _check_host(named.get("host", ()), old=old)
    length = _length(named, old=old)
    method = line[1].decode()
    target = _origin_form(line[2].decode(), method)
    options = [each.strip().lower() for value in named.get("connection", ()) for each in value.split(",")]
    keep_alive = "close" not in options and (not old or "keep-alive" in options)
    expected = [value.strip().lower() for value in named.get("expect", ())]
    if any(value != "100-continue" for value in expected):
        raise RefusedError(417, "an expectation other than 100-continue")
    return Head(method, target, headers, length, keep_alive, bool(expected) and not old)


def _header(line: bytes) -> tuple[str, str]:
    match = _HEADER.fullmatch(line)
    if match is None:
        raise RefusedError(400, "a header line is malformed")
    return match[1].lower().decode(), match[2].rstrip(b" \t").decode("latin-1")


def _check_host(hosts: list[str] | tuple[()], *, old: bool) -> None:
    # RFC 9112 section 3.2: exactly one; HTTP/1.0 did not know it.
    if len(hosts) > 1 or (not hosts and not old):
        raise RefusedError(400, "not exactly one Host")
    if hosts and _HOST.fullmatch(hosts[0].encode("latin-1")) is None:
        raise RefusedError(400, "Host is malformed")


def _length(named: dict[str, list[str]], *, old: bool) -> int | None:
    codings, lengths = named.get("transfer-encoding"), named.get("content-length")
    if codings is not None:
        # RFC 9112 section 6.1: both, or a coding in HTTP/1.0, may be an attempt to smuggle a request.
        if lengths is not None or old:
            raise RefusedError(400, "the length of the body is told in two ways")
        if len(codings) > 1 or codings[0].strip().lower() != "chunked":
            raise RefusedError(501, "a transfer coding other than chunked")
        return None
    if lengths is None:
        return 0
    if len(lengths) > 1 or _LENGTH.fullmatch(lengths[0].encode("latin-1")) is None:
        raise RefusedError(400, "Content-Length is malformed")
    return int(lengths[0])


def _origin_form(target: str, method: str) -> str:
    if target.startswith("/"):
        return target
    absolute = _ABSOLUTE.match(target)
    if absolute is not None:
        rest = target[absolute.end() :]
        return rest if rest.startswith("/") else f"/{rest}"
    if target == "*" and method == "OPTIONS":
        return target
    raise RefusedError(400, "the target is in a form that its method does not have")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; what frames it is added.

    Attributes:
        status: HTTP status.
        headers: Name and value pairs.
        body: The body.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def written(self, *, close: bool, bodiless: bool = False) -> bytes:
        """Return the bytes of it.

        Args:
            close: Whether the connection ends with it.
            bodiless: Whether only its head is sent: HEAD was asked for.
        """
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}", f"Date: {_date(int(time.time()))}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status not in _NO_BODY:
            lines.append(f"Content-Length: {len(self.body)}")
        if close:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        return head if bodiless or self.status in _NO_BODY else head + self.body


class _LastDate:
    """The date of the last answer, as text: it changes once a second."""

    second = 0
    text = ""


def _date(second: int) -> str:
    if second != _LastDate.second:
        _LastDate.second, _LastDate.text = second, formatdate(second, usegmt=True)
    return _LastDate.text
