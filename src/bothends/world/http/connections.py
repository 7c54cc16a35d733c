"""The connections of one listener: how many there may be, what goes on at them, and how they come to an end."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from bothends.errors import HarnessError, MachineError, TargetError, by_the_machine
from bothends.records import MANY_IDLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.world.http.connection import Connection


class Connections:
    """Keeps the connections of a listener while they are open.

    Args:
        name: What the listener is for, for messages: `ingest`.
        most: Most connections at once; where there are more, idle ones are closed, or new ones turned away.
        failed: Is told of what fails.
    """

    def __init__(self, name: str, most: int, failed: Callable[[Exception], None]) -> None:
        self._name = name
        self._most = most
        self._failed = failed
        self._open: dict[Connection, None] = {}  # in the order in which they were opened
        self._most_in_use = 0  # at once, where they were many
        self._being_taken: set[asyncio.Task[None]] = set()
        self._waiters: list[asyncio.Future[None]] = []

    def __iter__(self) -> Iterator[Connection]:
        """Yield those that are open now, in the order in which they were opened."""
        return iter(tuple(self._open))

    # How they come.

    @property
    def being_taken(self) -> int:
        """How many were accepted, and are not open yet."""
        return len(self._being_taken)

    def take(self, sock: socket.socket, made: Callable[[], Connection]) -> None:
        """Begin to serve the connection that is made for a socket, just accepted."""
        sock.settimeout(0.0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.get_running_loop().create_task(self._take(sock, made))
        self._being_taken.add(task)
        task.add_done_callback(self._taken)

    async def _take(self, sock: socket.socket, made: Callable[[], Connection]) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(made, sock)
        except BaseException:
            sock.close()
            raise

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._being_taken.discard(task)
        if not task.cancelled() and (exception := task.exception()) is not None:
            cause = by_the_machine(exception)
            advice = "" if cause is None else cause.advice
            kind = HarnessError if cause is None else MachineError
            self._failed(kind(f"Cannot take a connection at {self._name}: {exception}", advice=advice))
        self.changed()

    def add(self, connection: Connection) -> None:
        """Keep a new connection."""
        if len(self._open) >= MANY_IDLE:
            idle = sum(one.idle for one in self._open)
            self._most_in_use = max(self._most_in_use, len(self._open) - idle + 1)
            # Who had as many requests under way at once may keep as many connections.
            connection.idle_beside = idle if idle >= self._most_in_use else 0
        self._open[connection] = None

    def make_room(self, newest: Connection) -> None:
        """Where there are too many, close the oldest that is idle, as servers do, or that nobody waits for.

        Else turn away the newest. A target that opens connections and closes none must not use up the files that this
        process may have open.
        """
        if len(self._open) <= self._most:
            return
        open_ones = [one for one in self._open if one is not newest and not one.gone]
        if len(open_ones) < self._most:
            return
        spare = next((one for one in open_ones if not one.in_use), None) or next(
            (one for one in open_ones if not one.busy), None
        )
        if spare is not None:
            spare.close()
            return
        newest.reset()
        self._failed(
            TargetError(
                f"The target has {self._most} open requests to {self._name}, and starts another one.",
                advice="Check whether it opens connections in an endless loop, or sends requests only in part",
            )
        )

    # What goes on at them.

    @property
    def busy(self) -> bool:
        """Whether a request is in progress at one of them."""
        return bool(self._being_taken) or any(connection.busy for connection in self._open)

    @property
    def in_progress(self) -> int:
        """How many requests are in progress: read, and not yet answered."""
        return sum(connection.busy for connection in self._open)

    @property
    def hangs(self) -> bool:
        """Whether the client of a request that nobody here answers any more still waits for that."""
        return any(one.abandoned and one.in_use and not one.gone for one in self._open)

    def abandon(self) -> None:
        """Wait no more for the requests that are in progress: they hang, or belong to a state that is over."""
        for connection in self._open:
            connection.abandoned = connection.abandoned or connection.busy

    async def idle(self) -> None:
        """Wait until no request is in progress."""
        while self.busy:
            await self._change()

    async def _change(self) -> None:
        """Wait until a request has ended, or a connection."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def changed(self) -> None:
        """Wake those who wait for a request or a connection to end."""
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    # How they end.

    def lost(self, connection: Connection) -> None:
        """Keep a connection no more: it has ended."""
        self._open.pop(connection, None)
        self.changed()

    def close_idle(self) -> int:
        """Close those that are idle, as a server does with those that were kept too long; return how many."""
        idle = [connection for connection in self._open if not connection.in_use]
        for connection in idle:
            connection.close()
        return len(idle)

    async def drain(self, seconds: float) -> None:
        """Close them when what has begun is answered.

        Args:
            seconds: How long a peer may take to read what is written.
        """
        await asyncio.gather(*self._being_taken, return_exceptions=True)
        self.close_idle()
        while any(connection.answering for connection in self._open):
            await self._change()
        for connection in self:
            connection.close()
        if self._open:
            gone = [asyncio.ensure_future(connection.wait_gone()) for connection in self._open]
            await asyncio.wait(gone, timeout=seconds)

    async def end(self) -> None:
        """End them at once, and wait until they have ended."""
        for connection in self:
            connection.abort()
            await connection.wait_gone()
