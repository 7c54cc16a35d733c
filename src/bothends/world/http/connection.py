"""One connection from the target: requests are read one after another, and each is handed to the service.

Theory of operation. A request that has been read waits until the one before it is done with (pipelining,
RFC 9112 section 9.3.2), then the service gets it. The service, or a fault in its stead, ends it in one of
three ways: `reply` (or `write` and `done`), `reset` or `close`. If it does none of these, the target waits:
it hangs.

An answer that is given at once reaches a client that has half-closed (RFC 9293 section 3.6). Once the event
loop has seen the client's FIN, the connection is closed, whatever is still unanswered: a client that gave up
looks just so. At a strict listener it is answered first, as a server does that need not tell whether its client
has gone.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from bothends.world.http.message import RequestReader
from bothends.world.http.tls import Records, is_end

if TYPE_CHECKING:
    import ssl

    from bothends.clock import Clock
    from bothends.world.http.message import Received, Reply
    from bothends.world.http.tls import Trust

_PIPELINE_LIMIT = 16
_PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)
_PEEKED = 5
_LINGER_RESET = struct.pack("ii", 1, 0)
_LINGER_SECONDS = 1.0
"""How long what follows a refused request is read and dropped: to close with bytes unread could destroy the refusal
(RFC 9112 section 9.6)."""


class Service(Protocol):
    """What answers the requests of a listener."""

    def serve(self, received: Received, connection: Connection) -> None:
        """Begin to answer one request. Must not raise, and must not block."""
        ...


class Keeper(Protocol):
    """What keeps the connections of a listener while they are open."""

    def lost(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        ...

    def changed(self) -> None:
        """Note that a request has begun or ended."""
        ...


class Host(Protocol):
    """What a connection has come in at."""

    service: Service
    clock: Clock
    tls: ssl.SSLContext | None
    trust: Trust
    strict: bool
    draining: bool

    @property
    def connections(self) -> Keeper:
        """What keeps its connections."""
        ...

    def opened(self, connection: Connection) -> None:
        """Note a new connection."""
        ...

    def heard(self, connection: Connection) -> bool:
        """Return whether what a connection says is to be read."""
        ...

    def failed(self, exception: Exception) -> None:
        """Note that the service raised, which is the harness's own fault."""
        ...


class Connection(asyncio.Protocol):
    """One accepted connection.

    Args:
        host: The listener that it came in at.
        sock: The accepted socket; kept, because asyncio's own handle can't peek.

    Attributes:
        abandoned: Whether nobody waits any more for the request that it is busy with.
        requests: How many requests it was handed, the one that it is busy with among them.
        idle_beside: How many others lay idle when it was opened, as far as they count.
    """

    def __init__(self, host: Host, sock: socket.socket) -> None:
        self._host = host
        self._socket = sock
        self._transport: asyncio.Transport | None = None
        self._records = None if host.tls is None else Records(host.tls)
        self._reader = RequestReader(host.clock, self._queue, self._continue, strict=host.strict)
        self._waiting: deque[tuple[Received, bool]] = deque()
        self._current: Received | None = None
        self._keep_alive = True
        self._half_closed = False
        self.abandoned = False
        self.requests = 0
        self.idle_beside = 0
        self._ended = asyncio.get_running_loop().create_future()

    # What the service and the faults use.

    @property
    def busy(self) -> bool:
        """Whether a request is being read or answered, and somebody still waits for its end."""
        return not self.abandoned and self.in_use

    @property
    def answering(self) -> bool:
        """Whether a request was read and is being answered."""
        return self._current is not None

    @property
    def in_use(self) -> bool:
        """Whether a request is being read or answered."""
        return self._current is not None or self._reader.reading or bool(self._waiting)

    @property
    def idle(self) -> bool:
        """Whether it has served, is kept open by both sides, and not even the kernel has anything of the peer's."""
        if self.requests == 0 or self.in_use or self.gone:
            return False
        try:
            self._socket.recv(1, _PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    @property
    def keep_alive(self) -> bool:
        """Whether the connection goes on after the answer to the request that it is busy with."""
        return self._keep_alive

    @property
    def unsent(self) -> int:
        """Bytes that were written and that the kernel has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    @property
    def gone(self) -> bool:
        """Whether the connection has ended, as far as the event loop has seen."""
        return self._transport is None or self._transport.is_closing()

    async def wait_gone(self) -> None:
        """Wait until the connection has ended, at either side."""
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
        left = not self._host.strict and self._peer_left()
        transport.write(data if self._records is None else self._records.written(data))
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
        self._keep_alive = self._keep_alive and not self._host.draining
        to_head = self._current is not None and self._current.method == "HEAD"
        whole = self.write(reply.written(close=not self._keep_alive, to_head=to_head))
        self.done()
        return whole

    def done(self) -> None:
        """Be done with the request: the next one is served, or the connection closes if it was the last."""
        refused = self._current is not None and bool(self._current.problem)
        self._current = None
        self.abandoned = False
        if not self._keep_alive and refused and self._host.strict:
            self._linger()
        elif not self._keep_alive:
            self.close()
        elif self._waiting:
            asyncio.get_running_loop().call_soon(self._next)
        elif self._half_closed:
            self.close()
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._host.connections.changed()

    def close(self) -> None:
        """Close after what was written, with FIN."""
        transport = self._transport
        if transport is None:
            return
        if self._records is not None and not transport.is_closing():
            transport.write(self._records.closing())
        transport.close()

    def _linger(self) -> None:
        """Say that no more will be sent, and close a little later."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._half_closed or not transport.can_write_eof():
            self.close()
            return
        transport.write_eof()
        asyncio.get_running_loop().call_later(_LINGER_SECONDS, self.close)

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
            peeked = self._socket.recv(_PEEKED, _PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return not peeked if self._records is None else is_end(peeked)

    # asyncio's callbacks.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._host.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        """Forget what was unfinished."""
        if self._records is not None and self._records.begun and not self._records.ready:
            self._host.trust.not_secured(self._records.problem)
        self._transport = None
        self._current = None
        self._reader.reading = False
        self._waiting.clear()
        if not self._ended.done():
            self._ended.set_result(None)
        self._host.connections.lost(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        records = self._records
        if records is not None:
            data = self._meant(records, data)
        if data and self._host.heard(self):
            self._reader.feed(data)
        if records is not None and (records.ended or records.problem) and self._transport is not None:
            self._transport.close()

    def eof_received(self) -> bool:
        """Take the peer's FIN; return whether it is to be answered all the same."""
        self._half_closed = self._host.strict and (self._current is not None or bool(self._waiting))
        return self._half_closed

    # The work.

    def _meant(self, records: Records, data: bytes) -> bytes:
        """Return what is meant by bytes from the wire, and answer what TLS itself asks."""
        meant, told = records.received(data)
        if told and self._transport is not None and not self._transport.is_closing():
            self._transport.write(told)
        if records.ready:
            self._host.trust.secured()
        return meant

    def _continue(self) -> None:
        self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _queue(self, received: Received, keep_alive: bool) -> None:  # noqa: FBT001 -- a callback
        self._waiting.append((received, keep_alive))
        if self._current is None:
            self._next()
        elif len(self._waiting) > _PIPELINE_LIMIT and self._transport is not None:
            self._transport.pause_reading()

    def _next(self) -> None:
        if self._current is not None or not self._waiting or self.gone:
            return
        self._current, self._keep_alive = self._waiting.popleft()
        if self.requests == 0 and self.idle_beside:
            self._current = replace(self._current, idle_beside=self.idle_beside)
        self.requests += 1
        try:
            self._host.service.serve(self._current, self)
        except Exception as exception:  # noqa: BLE001 -- reported as a fault of the harness when the world is next looked at
            self._host.failed(exception)
            self.abort()
