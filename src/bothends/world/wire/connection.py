"""One connection from the target: requests are read one after another, and each is handed to the service.

Theory of operation. llhttp tells the parts of a request through the `on_…` methods. A request that has
been read waits until the one before it is done with (pipelining, RFC 9112 section 9.3.2), then the
service gets it. The service, or a fault in its stead, ends it in one of three ways: `reply` (or `write`
and `done`), `reset` or `close`. If it does none of these, the target waits: it hangs.

An answer that is given at once reaches a client that has half-closed (RFC 9293 section 3.6). Once the event
loop has seen the client's FIN, the connection is closed, whatever is still unanswered: a client that gave up
looks just so.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

import httptools

from bothends.world.wire.message import Received, Reply

if TYPE_CHECKING:
    from bothends.clock import Clock

BODY_LIMIT = 8 << 20
HEADERS_LIMIT = 64 << 10
_PIPELINE_LIMIT = 16
_PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)
_LINGER_RESET = struct.pack("ii", 1, 0)


class Service(Protocol):
    """What answers the requests of a listener."""

    def serve(self, received: Received, connection: Connection) -> None:
        """Begin to answer one request. Must not raise, and must not block."""
        ...


class Host(Protocol):
    """What keeps a listener's connections."""

    service: Service
    clock: Clock

    def opened(self, connection: Connection) -> None:
        """Note a new connection."""
        ...

    def lost(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        ...

    def changed(self) -> None:
        """Note that a request has begun or ended."""
        ...

    def failed(self, exception: Exception) -> None:
        """Note that the service raised, which is the harness's own fault."""
        ...


@dataclass(slots=True)
class _Draft:
    """What has been read of a request so far."""

    target: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    headers_read: bool = False
    headers_size: int = 0
    body: list[bytes] = field(default_factory=list)
    size: int = 0


class Connection(asyncio.Protocol):
    """One accepted connection.

    Args:
        host: The listener that it came in at.
        sock: The accepted socket; kept, because asyncio's own handle can't peek.

    Attributes:
        abandoned: Whether nobody waits any more for the request that it is busy with.
    """

    def __init__(self, host: Host, sock: socket.socket) -> None:
        self._host = host
        self._socket = sock
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Received, bool]] = deque()
        self._current: Received | None = None
        self._draft = _Draft()
        self._reading = False
        self._deaf = False
        self._keep_alive = True
        self.abandoned = False
        self._ended = asyncio.get_running_loop().create_future()

    # What the service and the faults use.

    @property
    def busy(self) -> bool:
        """Whether a request is being read or answered, and somebody still waits for its end."""
        return not self.abandoned and (self._current is not None or self._reading or bool(self._waiting))

    @property
    def gone(self) -> bool:
        """Whether the connection has ended, as far as the event loop has seen."""
        return self._transport is None or self._transport.is_closing()

    async def wait_gone(self) -> None:
        """Wait until the connection has ended, whoever ended it."""
        await asyncio.shield(self._ended)

    def write(self, data: bytes) -> bool:
        """Write bytes as they are.

        Returns:
            Whether the kernel took all of them while the peer still listened. False does not say that
            nothing was sent.
        """
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        left = self._peer_left()
        transport.write(data)
        if left:
            # On FIN alone, a close and a half-close look the same. A peer that has closed answers what was
            # written with RST (RFC 9293 section 3.10.7.1), which a loopback delivers within the call.
            return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and not transport.is_closing()
        return transport.get_write_buffer_size() == 0 and not transport.is_closing()

    def reply(self, reply: Reply) -> bool:
        """Write an answer, and be done with the request.

        Returns:
            Whether it was written whole while the peer still listened.
        """
        head = reply.head(close=not self._keep_alive)
        bodiless = self._current is not None and self._current.method == "HEAD"
        whole = self.write(head if bodiless else head + reply.body)
        self.done()
        return whole

    def done(self) -> None:
        """Be done with the request: the next one is served, or the connection closes if it was the last."""
        self._current = None
        self.abandoned = False
        if not self._keep_alive:
            self.close()
        elif self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._host.changed()

    def close(self) -> None:
        """Close after what was written, with FIN."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once; what was not written yet is dropped."""
        if self._transport is not None:
            self._transport.abort()

    def reset(self) -> None:
        """Close at once with RST: the peer sees ECONNRESET."""
        if self._transport is not None and not self._transport.is_closing():
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            self._transport.abort()

    def _peer_left(self) -> bool:
        """Whether the peer has closed its side, even when the event loop has not looked yet."""
        try:
            return self._socket.recv(1, _PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    # asyncio's callbacks.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._host.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        """Forget what was unfinished."""
        self._transport = None
        self._current = None
        self._reading = False
        self._waiting.clear()
        if not self._ended.done():
            self._ended.set_result(None)
        self._host.lost(self)

    def data_received(self, data: bytes) -> None:
        """Parse, and hand on what is complete."""
        if self._deaf:
            return
        rest = data
        while rest:
            try:
                self._parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = b"" if self._deaf else self._without_offer() + rest[upgrade.args[0] :]
                continue
            except httptools.HttpParserError as error:
                self._broken(400, f"not HTTP/1.1: {error}")
            break
        if self._reading and not self._draft.headers_read:
            self._draft.headers_size += len(data)
            if self._draft.headers_size > HEADERS_LIMIT:
                self._broken(431, "headers over 64 KiB")

    # llhttp's callbacks.

    def on_message_begin(self) -> None:
        """Start on a request."""
        self._reading = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the request target."""
        self._draft.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which is not told apart (RFC 9110 section 6.5)."""
        if not self._draft.headers_read:
            self._draft.headers.append((name.lower().decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """Let a client that waits for it send its body (RFC 9110 section 10.1.1)."""
        self._draft.headers_read = True
        if ("expect", "100-continue") in self._draft.headers:
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a part of the body, up to the limit."""
        if self._draft.size <= BODY_LIMIT:
            self._draft.body.append(body)
        self._draft.size += len(body)

    def on_message_complete(self) -> None:
        """Queue the request; one that offers an upgrade is read again without the offer."""
        if self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT":
            return
        problem, status = ("body over 8 MiB", 413) if self._draft.size > BODY_LIMIT else ("", 0)
        self._queue(problem, status, keep_alive=self._parser.should_keep_alive() and not self._parser.should_upgrade())

    # The work.

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

    def _broken(self, status: int, problem: str) -> None:
        self._queue(problem, status, keep_alive=False)

    def _queue(self, problem: str, status: int, *, keep_alive: bool) -> None:
        draft, self._draft = self._draft, _Draft()
        received = Received(
            method=self._parser.get_method().decode("latin-1") if draft.target else "",
            target=draft.target.decode("latin-1"),
            headers=tuple(draft.headers),
            body=b"".join(draft.body),
            at=self._host.clock.now(),
            problem=problem,
            status=status,
        )
        self._reading = False
        self._deaf = not keep_alive
        self._waiting.append((received, keep_alive))
        if self._current is None:
            self._next()
        elif len(self._waiting) > _PIPELINE_LIMIT and self._transport is not None:
            self._transport.pause_reading()

    def _next(self) -> None:
        if self._current is not None or not self._waiting or self.gone:
            return
        self._current, self._keep_alive = self._waiting.popleft()
        try:
            self._host.service.serve(self._current, self)
        except Exception as exception:  # noqa: BLE001 -- reported as a fault of the harness when the world is next looked at
            self._host.failed(exception)
            self.abort()
