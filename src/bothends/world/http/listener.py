"""A TCP listener: how it meets those who connect, and who serves them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Literal

from bothends.world.http.connection import Connection
from bothends.world.http.connections import Connections
from bothends.world.http.port import Port
from bothends.world.http.tls import Trust

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from bothends.clock import Clock
    from bothends.world.http.connection import Service

# No correct target holds so many, and two such ports fit into the 1,024 files that many systems allow a process.
_MOST_CONNECTIONS = 256
_AT_ONCE = 64  # accepted before those that are too many are closed
_AGAIN_SECONDS = 1.0  # after which a strict listener accepts again, where there were no file descriptors left
_NEWCOMERS_SECONDS = 0.1  # for which a drain still accepts: they may have been sent before it began


class Listener:
    """Accepts connections on one port, refuses them, leaves them without an answer, or resets them.

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
        port: Its port.
        connections: Those that are open.
        draining: Whether it ends as soon as what has begun is answered.
        tls: What it serves with TLS; None: it serves without.
        trust: Whether its peers trust the certificate of that.
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
        self.service = service
        self.clock = clock
        self.strict = strict
        self.draining = False
        self.failures: list[Exception] = []
        self._told = told or self.failures.append
        self.tls: ssl.SSLContext | None = None
        self.trust = Trust(name, self._told)
        self.port = Port(name, host, port)
        self.connections = Connections(name, most, self._told)
        self._resets: Literal["", "opened", "heard"] = ""
        self.turned_away = 0

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"{'http' if self.tls is None else 'https'}://{self.port.authority}"

    def start(self) -> None:
        """Take the port and accept; raises what `Port.take` raises."""
        self._resets = ""
        self.port.take(self._accept)

    async def stop(self) -> None:
        """Give the port back, and end all connections."""
        self.port.release()
        await self.connections.end()

    async def drain(self, seconds: float) -> None:
        """Accept no more, answer what has begun, and give the port back.

        Args:
            seconds: How long a peer may take to read what is written.
        """
        self.draining = True
        await asyncio.sleep(_NEWCOMERS_SECONDS)
        self.port.close()
        await self.connections.drain(seconds)
        await self.stop()

    # How it meets those who connect.

    def accept(self) -> None:
        """Accept connections from now on."""
        self._resets = ""
        self.port.open(self._accept)

    def refuse(self) -> None:
        """Refuse connections from now on, and end those that are open."""
        self.port.close()
        for connection in self.connections:
            connection.abort()

    def ignore(self) -> None:
        """Let no connection be established from now on, and end those that are idle; what hangs goes on hanging."""
        self.port.close()
        for connection in self.connections:
            if not connection.in_use:
                connection.abort()
        self.port.silence()

    def turn_away(self, *, unread: bool) -> None:
        """Reset each connection from now on.

        Args:
            unread: Whether that waits until there is something to read, which is then left unread.
        """
        self.accept()
        self.turned_away = 0
        self._resets = "heard" if unread else "opened"
        if not unread:
            for connection in self.connections:
                connection.reset()

    def _accept(self) -> None:
        """Take the connections that wait. asyncio's own server would hide the sockets."""
        # Of those that still wait, the loop tells again.
        while self.connections.being_taken < _AT_ONCE:
            try:
                sock = self.port.accept()
            except OSError as error:  # no file descriptors are left: it would be tried again without end
                self.failed(error)
                self.port.close()
                if self.strict:
                    asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self._accept_again)
                return
            if sock is None:
                return
            self.connections.take(sock, partial(Connection, self, sock))

    def _accept_again(self) -> None:
        if not self.draining:
            self.accept()

    # What a connection tells.

    def opened(self, connection: Connection) -> None:
        """Take in a new connection; one that came just before connections are refused is ended."""
        self.connections.add(connection)
        if not self.port.is_open and not self.draining:
            connection.abort()
        elif self._resets == "opened":
            self.turned_away += 1
            connection.reset()
        else:
            self.connections.make_room(connection)

    def heard(self, connection: Connection) -> bool:
        """Return whether what a connection says is to be read; else it is reset."""
        if self._resets != "heard":
            return True
        self.turned_away += 1
        connection.reset()
        return False

    def failed(self, exception: Exception) -> None:
        """Keep what the service raised, or tell of it."""
        self._told(exception)
