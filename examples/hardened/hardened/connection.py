"""A client's connection: what Sanic's protocol leaves to be done for answers to arrive, always.

- A body that nobody will read: an answer that is sent while the client still sends is lost, when the
  connection is closed with bytes unread (RFC 9112 section 9.6). So the connection is closed in steps:
  first our half, then, when the client has closed its own or some time has passed, the rest.
- A client that has closed its half still waits for its answer.
- A request whose first bytes have come before SIGTERM is one in flight.
"""

from __future__ import annotations

import re
from asyncio import CancelledError
from typing import TYPE_CHECKING, Any

from sanic.exceptions import BadRequest
from sanic.http import Http, Stage
from sanic.request import Request
from sanic.server import HttpProtocol

if TYPE_CHECKING:
    from sanic.compat import Header

UNREADABLE = "NONE"
"""Method of the request that Sanic makes up for one that it could not read."""
LINGER = 1.0
"""How long a client may take to see that its answer is there, seconds."""
_LONGEST_REST = 64 << 20
SHORT_BODY = 65_536
"""Up to here the rest of a refused body is read for the connection's sake, bytes."""

_DIGITS = re.compile(r"[0-9]{1,18}")
_HEXADECIMAL = 16
# White space may stand before an extension.
_CHUNK_SIZE = re.compile(r"[0-9A-Fa-f]{1,15}[ \t]*")
# A bare CR or LF, a NUL, a folded line, or space between a field's name and its colon.
_AMBIGUOUS = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00|\r\n[ \t]|\r\n[^:\r]*[ \t]:")


class ServedRequest(Request):
    """Sanic's request, which can also stand for one whose target is no URL."""

    def __init__(self, url_bytes: bytes, headers: Header, version: str, method: str, *others: Any, **more: Any) -> None:
        # Sanic makes up a request to answer one that it could not read, with the very target that it choked on.
        super().__init__(b"*" if method == UNREADABLE else url_bytes, headers, version, method, *others, **more)


class ServedHttp(Http):
    """Sanic's reading of HTTP/1.1, with the sizes of chunks as RFC 9112 section 7.1 has them."""

    # Sanic's metaclass leaves a class no dictionary.
    __slots__ = ()

    @staticmethod
    def _safe_int(value: str, base: int = 10) -> int:
        """Return a number; for `int` alone, `0x10` is one too.

        Raises:
            ValueError: It is none.
        """
        if base == _HEXADECIMAL and _CHUNK_SIZE.fullmatch(value) is None:
            raise ValueError(value)
        return int(Http._safe_int(value, base))  # noqa: SLF001 -- Sanic's own hook for a subclass


class Connection(HttpProtocol):
    """Sanic's HTTP/1.1 protocol, with an end in steps.

    Attributes:
        lingers: Whether bytes of the client's may be unread when the connection is to be closed.
    """

    # Sanic's metaclass leaves a class no dictionary.
    __slots__ = ("_ended", "_rest", "lingers")
    HTTP_CLASS = ServedHttp

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lingers = False
        self._ended = False
        self._rest: int | None = None

    def data_received(self, data: bytes) -> None:
        """Take bytes, or drop them when our half is closed."""
        if self._rest is None:
            super().data_received(data)
            return
        self._rest -= len(data)
        if self._rest < 0:
            super().close()

    def eof_received(self) -> bool:
        """Keep our half open when a request is not answered yet."""
        self._ended = True
        if self._rest is not None or not (self._has_request() or self.recv_buffer):
            return False
        self._data_received.set()
        return True

    async def receive_more(self) -> None:
        """Wait for bytes.

        Raises:
            BadRequest: The client has closed its half within a request.
        """
        if self._ended:
            if self.http is None or self.http.stage is Stage.IDLE:
                # Nothing is being asked: Sanic takes this as the connection's end.
                raise CancelledError
            raise BadRequest("The request is incomplete.")
        await super().receive_more()  # type: ignore[no-untyped-call]  # Sanic does not annotate it

    def close(self, timeout: float | None = None) -> None:
        """Close the connection, in steps where it `lingers`."""
        transport = self.transport
        if not self.lingers or self._ended or transport is None or transport.is_closing():
            super().close(timeout)
            return
        self.lingers = False
        self._rest = _LONGEST_REST
        transport.write_eof()
        transport.resume_reading()
        self.loop.call_later(LINGER, super().close)

    def close_if_idle(self) -> bool:
        """Close the connection when the server stops, unless something is being asked or answered."""
        if self.recv_buffer or self._rest is not None:
            return False
        return bool(super().close_if_idle())

    def _has_request(self) -> bool:
        return self.http is not None and self.http.stage is not Stage.IDLE


async def check_head(request: Request) -> None:
    """Refuse what Sanic takes, though two readers could understand it in two ways (RFC 9112 sections 3.2, 5.1, 6.3).

    Raises:
        BadRequest: The head is ambiguous.
    """
    headers = request.headers
    length = headers.get("content-length")
    clear = (
        (request.version != "1.1" or len(headers.getall("host", [])) == 1)
        and (request.version == "1.1" or "transfer-encoding" not in headers)
        and (length is None or _DIGITS.fullmatch(length.rstrip(" \t")) is not None)
        and _AMBIGUOUS.search(request.head) is None
    )
    if not clear:
        raise BadRequest("The head is ambiguous.")


def leave_body(request: Request, *, close: bool = False) -> None:
    """Arrange for an answer to be the last word on a request, whatever of its body is unread.

    A short rest is read after the answer, and the connection kept.

    Args:
        request: The request that is about to be answered.
        close: Whether the connection is to end all the same.
    """
    stream = request.stream
    if not isinstance(stream, Http):
        return
    unread: Any = stream.request_body
    long = unread == "chunked" or (stream.request_bytes_left or 0) > SHORT_BODY
    if unread and (long or stream.expecting_continue or close):
        # A client that waits for `100 Continue` gets the answer in its place, and need not send the body.
        stream.expecting_continue = False
        stream.request_body = None
        stream.keep_alive = False
    if not stream.keep_alive and isinstance(stream.protocol, Connection):
        stream.protocol.lingers = True
