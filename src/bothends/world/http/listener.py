"""A TCP listener that can refuse: its port stays ours while nothing listens on it."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Literal

from bothends.errors import BothendsError, ContractError, HarnessError, MachineError, TargetError, by_the_machine
from bothends.records import MANY_IDLE
from bothends.world.http.connection import Connection
from bothends.world.http.tls import UNTRUSTED

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from bothends.clock import Clock
    from bothends.world.http.connection import Service

_BACKLOG = 1024
# A loopback answers within a millisecond. The probe blocks the world for so long, so it must be short.
_SILENCE = 0.02
# No correct target holds so many, and two such ports fit into the 1,024 files that many systems allow a process.
_MOST_CONNECTIONS = 256
_AT_ONCE = 64  # accepted before those that are too many are closed
_MOST_QUEUED = 256  # more than any system queues for a backlog of 0
_AGAIN_SECONDS = 1.0  # after which a strict listener accepts again, where there were no file descriptors left
_LIVES_ON = 0.25  # for which a socket that was closed may listen still: see `_bind_again`
_NEWCOMERS_SECONDS = 0.1  # for which a drain still accepts: they may have been sent before it began
# Linux lets two sockets share an address with SO_REUSEADDR while neither listens; elsewhere it takes SO_REUSEPORT.
_SHARED = socket.SO_REUSEADDR if sys.platform == "linux" else socket.SO_REUSEPORT


class Listener:
    """Accepts connections on one port, or refuses them.

    A bound socket that never listens holds the port for as long as the listener lives. The socket that
    listens is made when connections are to be accepted, and closed when they are to be refused: then the
    kernel answers each SYN with RST, which is ECONNREFUSED. It can also leave each SYN without an answer:
    while the queue of a socket that nobody accepts from is full, the kernel drops them.

    Args:
        name: What the port is for, for messages: `ingest`.
        host: Address to listen on.
        port: Port; None: a free one.
        service: What answers.
        clock: The run's clock.
        strict: Whether it is what a server on the open network has to be: it refuses what two readers may take in two
            ways, answers who has half-closed, and accepts again after it could not.
        most: Most connections at once; where there are more, idle ones are closed, or new ones turned away.
        told: Is told of what fails; absent: that is kept in `failures`.

    Attributes:
        draining: Whether it ends as soon as what has begun is answered.
        fixed: Whether the port was named, and not chosen when it was taken.
        tls: What it serves with TLS; None: it serves without.
        turned_away: Connections that were reset unread since it was last told how to take them.
    """

    def __init__(  # noqa: PLR0913 -- all by name but its place
        self,
        name: str,
        host: str,
        port: int | None,
        *,
        service: Service,
        clock: Clock,
        strict: bool = False,
        most: int = _MOST_CONNECTIONS,
        told: Callable[[Exception], None] | None = None,
    ) -> None:
        self.name = name
        self.host = host
        self.port = port or 0
        self.fixed = bool(port)
        self.service = service
        self.clock = clock
        self.strict = strict
        self.draining = False
        self.failures: list[Exception] = []
        self._most = most
        self._told = told or self.failures.append
        self.tls: ssl.SSLContext | None = None
        self._unsecured: int | None = 0
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._reserved: socket.socket | None = None
        self._listening: socket.socket | None = None
        self._full: list[socket.socket] = []
        self._resets: Literal["", "opened", "heard"] = ""
        self.turned_away = 0
        self._connections: dict[Connection, None] = {}  # in the order in which they were opened
        self._most_in_use = 0  # at once, where they were many
        self._accepting: set[asyncio.Task[None]] = set()
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def busy(self) -> bool:
        """Whether a request is in progress at one of its connections."""
        return bool(self._accepting) or any(connection.busy for connection in self._connections)

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        host = f"[{self.host}]" if self._family == socket.AF_INET6 else self.host
        return f"{'http' if self.tls is None else 'https'}://{host}:{self.port}"

    def start(self) -> None:
        """Take the port and accept.

        Raises:
            ContractError: The address is not this machine's, or there is none of that name.
            HarnessError: The port is in use.
        """
        try:
            self._reserved = self._bind(self.port)
            self.port = self._reserved.getsockname()[1]
            self.accept()
        except OSError as error:
            self._release()
            raise self._unusable(error) from error

    async def stop(self) -> None:
        """Give the port back, and end all connections."""
        self._release()
        for connection in tuple(self._connections):
            connection.abort()
            await connection.wait_gone()

    async def drain(self, seconds: float) -> None:
        """Accept no more, answer what has begun, and give the port back.

        Args:
            seconds: How long a peer may take to read what is written.
        """
        self.draining = True
        await asyncio.sleep(_NEWCOMERS_SECONDS)
        self._close_listening()
        await asyncio.gather(*self._accepting, return_exceptions=True)
        self.close_idle()
        while any(connection.answering for connection in self._connections):
            await self._change()
        for connection in tuple(self._connections):
            connection.close()
        if self._connections:
            gone = [asyncio.ensure_future(connection.wait_gone()) for connection in self._connections]
            await asyncio.wait(gone, timeout=seconds)
        await self.stop()

    def accept(self) -> None:
        """Accept connections from now on."""
        self._resets = ""
        self._close_full()
        if self._listening is None and self._reserved is not None:
            listening = self._bind_again()
            try:
                listening.listen(_BACKLOG)
            except OSError:
                listening.close()
                raise
            self._listening = listening
            asyncio.get_running_loop().add_reader(listening.fileno(), self._accept)

    def refuse(self) -> None:
        """Refuse connections from now on, and end those that are open."""
        self._close_full()
        self._close_listening()
        for connection in tuple(self._connections):
            connection.abort()

    def ignore(self) -> None:
        """Let no connection be established from now on, and end those that are idle; what hangs goes on hanging."""
        self._close_full()
        self._close_listening()
        for connection in tuple(self._connections):
            if not connection.in_use:
                connection.abort()
        if self._reserved is None:
            return
        listening = self._bind_again()
        self._full.append(listening)
        listening.listen(0)
        while len(self._full) <= _MOST_QUEUED and not self._is_silent():
            filler = socket.socket(self._family, socket.SOCK_STREAM)
            self._full.append(filler)
            filler.settimeout(_SILENCE)
            filler.connect_ex((self.host, self.port))

    def ignores(self) -> bool:
        """Connect once, and return whether nothing at all comes of it."""
        return bool(self._full) and self._is_silent()

    def turn_away(self, *, unread: bool) -> None:
        """Reset each connection from now on.

        Args:
            unread: Whether that waits until there is something to read, which is then left unread.
        """
        self.accept()
        self.turned_away = 0
        self._resets = "heard" if unread else "opened"
        if not unread:
            for connection in tuple(self._connections):
                connection.reset()

    def close_idle(self) -> int:
        """Close the connections that are idle, as a server does with those that were kept too long.

        Returns:
            How many there were.
        """
        idle = [connection for connection in self._connections if not connection.in_use]
        for connection in idle:
            connection.close()
        return len(idle)

    def refuses(self) -> bool:
        """Connect once, and return whether that is refused: the proof that the state stands on the wire."""
        with socket.socket(self._family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((self.host, self.port)) == errno.ECONNREFUSED

    def abandon(self) -> None:
        """Wait no more for the requests that are in progress: they hang, or belong to a state that is over."""
        for connection in self._connections:
            connection.abandoned = connection.abandoned or connection.busy

    @property
    def in_progress(self) -> int:
        """How many requests are in progress: read, and not yet answered."""
        return sum(connection.busy for connection in self._connections)

    @property
    def hangs(self) -> bool:
        """Whether the client of a request that nobody here answers any more still waits for that."""
        return any(one.abandoned and one.in_use and not one.gone for one in self._connections)

    async def idle(self) -> None:
        """Wait until no request is in progress."""
        while self.busy:
            await self._change()

    async def _change(self) -> None:
        """Wait until a request has ended, or a connection."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def opened(self, connection: Connection) -> None:
        """Note a new connection; one that came just before connections are refused is ended."""
        if len(self._connections) >= MANY_IDLE:
            idle = sum(one.idle for one in self._connections)
            self._most_in_use = max(self._most_in_use, len(self._connections) - idle + 1)
            # Who had as many requests under way at once may keep as many connections.
            connection.idle_beside = idle if idle >= self._most_in_use else 0
        self._connections[connection] = None
        if self._listening is None and not self.draining:
            connection.abort()
        elif self._resets == "opened":
            self.turned_away += 1
            connection.reset()
        elif len(self._connections) > self._most:
            self._make_room(connection)

    def heard(self, connection: Connection) -> bool:
        """Return whether what a connection says is to be read; else it is reset."""
        if self._resets != "heard":
            return True
        self.turned_away += 1
        connection.reset()
        return False

    def lost(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        self._connections.pop(connection, None)
        self.changed()

    def changed(self) -> None:
        """Wake those who wait for a request or a connection to end."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def failed(self, exception: Exception) -> None:
        """Keep what the service raised, or tell of it."""
        self._told(exception)

    def secured(self) -> None:
        """Note that TLS is established with a peer."""
        self._unsecured = None

    def not_secured(self, problem: str) -> None:
        """Note that a peer went away before TLS was established, and say so where each one does."""
        if self._unsecured is None:
            return
        self._unsecured += 1
        if self._unsecured == UNTRUSTED:
            why = f": {problem}" if problem else ", without saying why"
            self.failed(
                TargetError(
                    f"The target ends each TLS connection to {self.name} before it is established{why}.",
                    advice="Give it the authority of the run, whose PEM file is {world.ca}, and the https:// address",
                )
            )

    def _make_room(self, newest: Connection) -> None:
        """Close the oldest connection that is idle, as servers do, or that nobody waits for; else turn away the newest.

        A target that opens connections and closes none must not use up the files that this process may have open.
        """
        open_ones = [one for one in self._connections if one is not newest and not one.gone]
        if len(open_ones) < self._most:
            return
        spare = next((one for one in open_ones if not one.in_use), None) or next(
            (one for one in open_ones if not one.busy), None
        )
        if spare is not None:
            spare.close()
            return
        newest.reset()
        self.failed(
            TargetError(
                f"The target has {self._most} open requests to {self.name}, and starts another one.",
                advice="Check whether it opens connections in an endless loop, or sends requests only in part",
            )
        )

    def _bind(self, port: int) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SHARED, 1)
            sock.settimeout(0.0)
            sock.bind((self.host, port))
        except OSError:
            sock.close()
            raise
        return sock

    def _bind_again(self) -> socket.socket:
        """Bind to the port that is held already.

        A process that another thread starts has copies of all sockets until its program begins (between `fork` and
        `exec`), so what was closed here may listen there for a moment.
        """
        until = time.monotonic() + _LIVES_ON
        while True:
            try:
                return self._bind(self.port)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                    raise
            time.sleep(0.002)

    def _is_silent(self) -> bool:
        with socket.socket(self._family, socket.SOCK_STREAM) as probe:
            probe.settimeout(_SILENCE)
            # EAGAIN: the time is up, and neither SYN and ACK nor RST has come
            return probe.connect_ex((self.host, self.port)) == errno.EAGAIN

    def _close_full(self) -> None:
        for held in self._full:
            held.close()
        self._full.clear()

    def _release(self) -> None:
        self._close_full()
        self._close_listening()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def _close_listening(self) -> None:
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening.fileno())
            self._listening.close()
            self._listening = None

    def _accept(self) -> None:
        """Take the connections that wait. asyncio's own server would hide the sockets."""
        loop = asyncio.get_running_loop()
        # Of those that still wait, the loop tells again.
        while self._listening is not None and len(self._accepting) < _AT_ONCE:
            try:
                sock, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no file descriptors are left: it would be tried again without end
                self.failed(error)
                self._close_listening()
                if self.strict:
                    loop.call_later(_AGAIN_SECONDS, self._accept_again)
                return
            sock.settimeout(0.0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = loop.create_task(self._take(sock))
            self._accepting.add(task)
            task.add_done_callback(self._accepted)

    def _accept_again(self) -> None:
        if not self.draining:
            self.accept()

    async def _take(self, sock: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(partial(Connection, self, sock), sock)
        except BaseException:
            sock.close()
            raise

    def _accepted(self, task: asyncio.Task[None]) -> None:
        self._accepting.discard(task)
        if not task.cancelled() and (exception := task.exception()) is not None:
            cause = by_the_machine(exception)
            advice = "" if cause is None else cause.advice
            kind = HarnessError if cause is None else MachineError
            self.failed(kind(f"Cannot take a connection at {self.name}: {exception}", advice=advice))
        self.changed()

    def _unusable(self, error: OSError) -> BothendsError:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            return ContractError(
                f"Cannot listen on {self.host} for {self.name}: {error.strerror or error}",
                expected="an address of this machine, such as 127.0.0.1",
            )
        if error.errno == errno.EADDRINUSE:
            return MachineError(
                f"Port {self.port} on {self.host}, where {self.name} listens, is in use",
                advice="Stop the program that uses it, or set another port (or none) in the settings file",
            )
        cause = by_the_machine(error)
        problem = f"Cannot listen on {self.host}:{self.port} for {self.name}: {error.strerror or error}"
        return HarnessError(problem) if cause is None else MachineError(problem, advice=cause.advice)
