"""The mock's HTTP server: connections are served in order, and an end loses nothing that has begun."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import TYPE_CHECKING, cast

from bothends.errors import ContractError, MachineError
from bothends.mock.wire.body import Chunks
from bothends.mock.wire.destinations import is_of_this_machine
from bothends.mock.wire.head import BODY_LIMIT, HEAD_LIMIT, Head, Message, RefusedError, Reply, read_head

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[Message], Awaitable[Reply]]
    Refusal = Callable[[RefusedError], Reply]

_BACKLOG = 1024
_MOST_WAITING = 16
_READ_SECONDS = 60.0
"""How long a request may take to arrive; how long a connection may lie idle."""
_NEWCOMERS_SECONDS = 0.1
"""How long requests are still taken after an end was asked for: they may have been sent before."""
_MOST_REFUSED = 64 << 20
"""Bytes of a body that is too large which are read, so that its sender hears of the refusal."""


class HttpServer:
    """Listens on one port.

    Args:
        handler: Answers a request.
        refusal: Answers what is not HTTP.
        failed: Is told of what a handler raises; the answer is 500.
    """

    def __init__(self, handler: Handler, refusal: Refusal, failed: Callable[[BaseException], None]) -> None:
        self.handler = handler
        self.refusal = refusal
        self.failed = failed
        self.ending = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None
        self.host, self.port = "", 0
        self.reached_by_others = False

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            ContractError: The host is no address of this machine.
            MachineError: The port is in use.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self), host, port, backlog=_BACKLOG, reuse_address=True
            )
        except socket.gaierror as error:
            problem = f"cannot listen on {host}: {error.strerror}"
            raise ContractError(problem, expected="an address of this machine, such as 127.0.0.1") from error
        except OSError as error:
            problem = f"cannot listen on {host}:{port}: {error.strerror}"
            raise MachineError(problem, advice="Stop the program that uses the port, or give another --port") from error
        self.host = host
        addresses = [listening.getsockname() for listening in self._server.sockets]
        self.port = addresses[0][1]
        self.reached_by_others = not all(is_of_this_machine(address[0]) for address in addresses)

    @property
    def url(self) -> str:
        """The base URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def end(self) -> None:
        """Take no more connections, answer what has begun, and close the rest."""
        self.ending = True
        if self._server is None:
            return
        await asyncio.sleep(_NEWCOMERS_SECONDS)
        self._server.close()
        for connection in tuple(self._connections):
            connection.close_if_idle()
        while self.tasks:
            await asyncio.gather(*self.tasks, return_exceptions=True)
        for connection in tuple(self._connections):
            connection.close()
        self._server = None

    def abort(self) -> None:
        """Close all at once."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.abort()

    def opened(self, connection: _Connection) -> None:
        """Note a connection."""
        self._connections.add(connection)

    def closed(self, connection: _Connection) -> None:
        """Note that one has ended."""
        self._connections.discard(connection)


class _Connection(asyncio.Protocol):
    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._head: Head | None = None
        self._chunks: Chunks | None = None
        self._waiting: deque[tuple[Message, bool] | RefusedError] = deque()
        self._busy = False
        self._deaf = False
        self._ended = False
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None

    # asyncio's callbacks.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.opened(self)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 -- asyncio's signature
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None
        self._server.closed(self)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            self._drop(len(data))
            return
        self._data += data
        try:
            self._read()
        except RefusedError as refused:
            self._deaf = True
            self._data.clear()
            self._waiting.append(refused)
        self._next()

    def eof_received(self) -> bool:
        # A client may be done with sending, and still wait for its answer (RFC 9293 section 3.6).
        self._ended = True
        self._next()
        return self._busy or bool(self._waiting)

    # Reading.

    def _read(self) -> None:
        while self._data or self._head is not None:
            if self._head is None and not self._read_head():
                return
            head = self._head
            if head is None or not self._read_body(head):
                return
            self._head, self._chunks = None, None
            if not head.keep_alive:
                self._deaf = True
                self._data.clear()
                return

    def _read_head(self) -> bool:
        while self._data.startswith(b"\r\n"):  # RFC 9112 section 2.2: an empty line before a request is passed over
            del self._data[:2]
        end = self._data.find(b"\r\n\r\n", 0, HEAD_LIMIT + 4)
        if end < 0:
            if len(self._data) > HEAD_LIMIT:
                raise RefusedError(431, "the head is too long")
            return False
        self._head = read_head(bytes(self._data[:end]))
        del self._data[: end + 4]
        if self._head.length is None:
            self._chunks = Chunks()
        if self._head.expects and not self._data and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _read_body(self, head: Head) -> bool:
        if self._chunks is not None:
            whole = self._chunks.feed(self._data)
            if self._chunks.overrun:
                raise RefusedError(413, "the body is too large")
            if not whole:
                return False
            self._take(head, bytes(self._chunks.body))
            return True
        length = head.length or 0
        if length > BODY_LIMIT:
            raise RefusedError(413, "the body is too large")
        if len(self._data) < length:
            return False
        body = bytes(self._data[:length])
        del self._data[:length]
        self._take(head, body if length or any(name == "content-length" for name, _ in head.headers) else None)
        return True

    def _take(self, head: Head, body: bytes | None) -> None:
        self._waiting.append((Message(head.method, head.target, head.headers, body), head.keep_alive))
        if len(self._waiting) > _MOST_WAITING and self._transport is not None:
            self._transport.pause_reading()

    def _drop(self, count: int) -> None:
        """Read on what is not wanted: to close with bytes unread could destroy the answer (RFC 9112 section 9.6)."""
        self._dropped += count
        if self._dropped > _MOST_REFUSED:
            self.abort()

    # Answering.

    def _next(self) -> None:
        if self._busy:
            return
        if not self._waiting:
            if self._ended:
                self.close()
            return
        if self._timer is not None:
            self._timer.cancel()
        following = self._waiting.popleft()
        self._busy = True
        if isinstance(following, RefusedError):
            self._write(self._server.refusal(following), close=True, bodiless=False, linger=True)
            return
        message, keep_alive = following
        task = asyncio.get_running_loop().create_task(self._answer(message, keep_alive=keep_alive))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    async def _answer(self, message: Message, *, keep_alive: bool) -> None:
        try:
            reply = await self._server.handler(message)
        except Exception as error:  # noqa: BLE001 -- told, and answered as what it is
            self._server.failed(error)
            reply = self._server.refusal(RefusedError(500, "the mock failed"))
        close = not keep_alive or self._server.ending
        self._write(reply, close=close, bodiless=message.method == "HEAD")

    def _write(self, reply: Reply, *, close: bool, bodiless: bool, linger: bool = False) -> None:
        self._busy = False
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(reply.written(close=close, bodiless=bodiless))
        if not close:
            transport.resume_reading()
            self._watch()
            self._next()
            return
        self._deaf = True
        self._waiting.clear()
        if linger and transport.can_write_eof() and not self._ended:
            transport.write_eof()
            self._watch(1.0)
        else:
            transport.close()

    def _watch(self, seconds: float = _READ_SECONDS) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._late)

    def _late(self) -> None:
        if not self._busy:
            self.close()

    def close_if_idle(self) -> None:
        if not (self._busy or self._waiting or self._data or self._head):
            self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
