"""One TCP connection to a target, and the exchanges on it, one after the other."""

from __future__ import annotations

import asyncio
import errno
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.errors import HarnessError
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from bothends.clock import Clock
    from bothends.target.address import Address
    from bothends.target.response import ResponseReader

_READ = 65_536
_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one request on a connection came to.

    Attributes:
        answer: The answer, or why there is none.
        began: When the first byte was sent; by the clock, seconds.
        ended: When the outcome was known; by the clock, seconds.
    """

    answer: Answer | NoAnswer
    began: float
    ended: float


class Connection(asyncio.Protocol):
    """Writes a request and reads its response at the same time.

    A target may answer and close before it has read the whole request. So the answer counts whenever
    it is whole, whatever became of the writing; what the kernel had received before a reset is read.

    Attributes:
        number: Counts the client's connections, from 1.
        usable: Whether another request may be sent on it.
        uses: How many requests were sent on it.
        lost: Done when the connection is gone.
    """

    def __init__(self, number: int, sock: socket.socket, clock: Clock, *, secure: bool) -> None:
        """Wrap a connected socket; the transport owns it."""
        self.number = number
        self.usable = True
        self.uses = 0
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket = sock
        self._clock = clock
        self._secure = secure
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._settled: asyncio.Future[Answer | NoAnswer] | None = None
        self._ended = 0.0
        self._idle_since = clock.now()

    async def ask(self, payload: bytes, reader: ResponseReader, time_limit: float) -> Outcome:
        """Send a request and wait for what it comes to; cancelling it drops the connection.

        Args:
            payload: The request's bytes.
            reader: Reads the response.
            time_limit: Seconds until the answer must be whole.
        """
        assert self._transport is not None  # noqa: S101 -- set before `connect` returns
        loop = asyncio.get_running_loop()
        self.uses += 1
        self._reader = reader
        self._settled = loop.create_future()
        timer = loop.call_later(time_limit, self._expire, time_limit)
        began = self._clock.now()
        try:
            self._transport.write(payload)
            answer = await self._settled
        except asyncio.CancelledError:
            self._reader = None
            self.drop()
            raise
        finally:
            timer.cancel()
        return Outcome(answer, began, self._ended)

    def fresh_enough(self, patience: float) -> bool:
        """Return whether it can be used again: idle no longer than this, seconds, and nothing came meanwhile."""
        if not self.usable or self._clock.now() - self._idle_since > patience:
            return False
        try:
            # The loop may not have seen yet that the target has closed: ask the kernel.
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:  # reset meanwhile: no longer of use, and nothing is lost with it
            return False
        return False

    def stop(self) -> None:
        """Take what has come as all there is."""
        if self._reader is not None:
            self._settle(self._reader.end())

    def drop(self) -> None:
        """Close at once; what is not written yet is not written any more."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    # What follows is called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- what a stream socket has
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on; bytes that nobody asked for end the connection."""
        if self._reader is None:
            self.drop()
        elif self._reader.feed(data):
            self._settle(self._reader.outcome)

    def eof_received(self) -> None:
        """Take the end: the target sends no more."""
        self.usable = False
        self.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Save what came before the loss."""
        self.usable = False
        reader = self._reader
        if reader is not None:
            if not self._secure:
                self._drain(reader)
            # After an orderly end, writing fails with EPIPE; anything else is a reset or worse.
            if reader.outcome is not None or exc is None or isinstance(exc, BrokenPipeError):
                self._settle(reader.end())
            else:
                self._settle(NoAnswer("reset", f"{exc}; {reader.progress()}"))
        if not self.lost.done():
            self.lost.set_result(None)

    def _drain(self, reader: ResponseReader) -> None:
        """Read what the kernel still holds: a failed write ends the transport before it has read all."""
        try:
            while data := self._socket.recv(_READ):
                if reader.feed(data):
                    return
        except OSError:  # nothing more is there: it would block, or the reset comes next
            return

    def _expire(self, time_limit: float) -> None:
        reader = self._reader
        if reader is not None:
            self._settle(NoAnswer("timeout", f"after {time_limit:g} s {reader.progress()}"))

    def _settle(self, answer: Answer | NoAnswer | None) -> None:
        assert self._transport is not None  # noqa: S101 -- there is no answer before the connection
        assert answer is not None  # noqa: S101 -- called with an outcome
        reader, self._reader = self._reader, None
        self._ended = self._idle_since = self._clock.now()
        # A body that was not wholly sent would be taken for the next request.
        if reader is None or not reader.reusable or self._transport.get_write_buffer_size():
            self.drop()
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(answer)


# What `socket.getaddrinfo` calls family and sockaddr.
Endpoint = tuple[socket.AddressFamily, Any]


async def resolve(address: Address) -> list[Endpoint]:
    """Return where a host's name leads, in the system's order of preference.

    Raises:
        OSError: The name can't be resolved.
    """
    try:
        # An IP address needs neither a resolver nor a thread to wait for it.
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    return [(family, place) for family, _, _, _, place in found]


async def connect(
    endpoints: Sequence[Endpoint], *, clock: Clock, number: int = 1, tls: tuple[ssl.SSLContext, str] | None = None
) -> Connection:
    """Connect to the first endpoint that accepts.

    Args:
        endpoints: Where to, at least one.
        clock: The run's clock.
        number: The connection's number.
        tls: How TLS is spoken, and the name that the certificate must have; None: it is not.

    Raises:
        OSError: None accepts. A refusal is preferred to other errors: `localhost` has two addresses.
    """
    failures: list[OSError] = []
    for endpoint in endpoints:
        try:
            return await _connect(endpoint, clock, number, tls)
        except OSError as error:
            failures.append(error)
    raise next((error for error in failures if isinstance(error, ConnectionRefusedError)), failures[-1])


def explain(error: OSError) -> NoAnswer:
    """Return why there is no connection, as a missing answer.

    Raises:
        HarnessError: The reason is this machine, not the target.
    """
    if error.errno in _OURS:
        raise HarnessError(
            f"This machine has no socket left to connect to the target with: {error}.",
            advice="Raise the limit of open files (`ulimit -n`), or wait until the system forgets closed connections.",
        ) from error
    return NoAnswer("refused", str(error))


async def _connect(endpoint: Endpoint, clock: Clock, number: int, tls: tuple[ssl.SSLContext, str] | None) -> Connection:
    loop = asyncio.get_running_loop()
    family, place = endpoint
    context, name = tls or (None, None)
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 -- the socket module's own call
        connection = Connection(number, sock, clock, secure=context is not None)
        await loop.sock_connect(sock, place)
        await loop.create_connection(lambda: connection, sock=sock, ssl=context, server_hostname=name)
    except BaseException:
        sock.close()
        raise
    return connection
