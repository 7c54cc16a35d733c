"""How connections to a target are made, counted, and closed."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.client.connection import Connection
from bothends.errors import ContractError, MachineError
from bothends.records import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bothends.clock import Clock

    Endpoint = tuple[socket.AddressFamily, Any]
    """What `getaddrinfo` calls family and sockaddr."""
    Resolve = Callable[[], Awaitable[Sequence[Endpoint]]]

_OURS = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL})


class Connector:
    """Makes connections to one address.

    The host's name is resolved once. Over TLS the certificate is always checked, by the system's roots
    or those that `SSL_CERT_FILE` names.
    """

    def __init__(
        self,
        address: Address,
        *,
        clock: Clock,
        time_limit: float,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Make a connector; nothing is connected yet.

        Args:
            address: Where to.
            clock: The run's clock.
            time_limit: Seconds that resolving and connecting may take.
            resolve: Is asked before each connection where the host is; absent: the system is, once.
            tls: What checks certificates; absent: as above.
        """
        self._address = address
        self._clock = clock
        self._time_limit = time_limit
        self._tls = (tls or ssl.create_default_context()) if address.secure else None
        self._resolve = resolve or self._resolved_once
        self._endpoints: list[Endpoint] = []  # in the system's order of preference
        self._open: set[Connection] = set()
        self._connecting: set[asyncio.Task[Connection | NoAnswer]] = set()
        self._made = 0

    async def connect(self) -> Connection | NoAnswer:
        """Return a new connection, or why there is none.

        Raises:
            MachineError: This machine is out of sockets.
        """
        connecting = asyncio.create_task(self._connect())
        self._connecting.add(connecting)
        try:
            await asyncio.wait({connecting}, timeout=None if self._time_limit == inf else self._time_limit)
        finally:
            self._connecting.discard(connecting)
            late = connecting.cancel()
        if late:
            return NoAnswer("timeout", f"after {self._time_limit:.1f} s there was no connection")
        return NoAnswer("closed", "the client was closed") if connecting.cancelled() else connecting.result()

    async def close(self) -> None:
        """Close all connections, and wait until their sockets are closed."""
        for connecting in self._connecting:
            connecting.cancel()
        for connection in self._open:
            connection.drop()
        while self._open or self._connecting:
            self._forget()
            await asyncio.sleep(0)

    def _forget(self) -> None:
        self._open = {connection for connection in self._open if not connection.lost}

    async def _connect(self) -> Connection | NoAnswer:
        self._forget()
        self._made += 1
        failures: list[OSError] = []
        try:
            for family, place in await self._resolve():
                try:
                    connection = await self._connect_to(family, place)
                except OSError as error:
                    failures.append(error)
                else:
                    self._open.add(connection)
                    return connection
        except OSError as error:
            failures.append(error)
        # `localhost` has two addresses, of which one may not exist: what the other says counts.
        return explain(next((error for error in failures if isinstance(error, ConnectionRefusedError)), failures[-1]))

    async def _resolved_once(self) -> Sequence[Endpoint]:
        if self._endpoints:
            return self._endpoints
        host, port = self._address.host, self._address.port
        try:
            # An IP address needs neither a resolver nor a thread to wait for it.
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except UnicodeError as error:  # a label that is too long is no name at all
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
        except socket.gaierror:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self._endpoints = [(family, place) for family, _, _, _, place in found]
        return self._endpoints

    async def _connect_to(self, family: socket.AddressFamily, place: Any) -> Connection:
        loop = asyncio.get_running_loop()
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)  # noqa: FBT003 -- the socket module's own call
            connection = Connection(self._made, sock, self._clock, secure=self._tls is not None)
            await loop.sock_connect(sock, place)
            name = self._address.host if self._tls else None
            await loop.create_connection(lambda: connection, sock=sock, ssl=self._tls, server_hostname=name)
        except BaseException:
            sock.close()
            raise
        return connection


def explain(error: OSError) -> NoAnswer:
    """Return why there is no connection, as a missing answer."""
    if error.errno in _OURS:
        raise MachineError(
            f"The machine has no socket left for a connection to the target: {error}.",
            advice="Raise the limit of open files (`ulimit -n`), or wait until the system forgets closed connections.",
        ) from error
    if isinstance(error, ConnectionResetError):  # it had been accepted, or there would be nothing to reset
        return NoAnswer("reset", f"{error}, as soon as the connection was made")
    return NoAnswer("refused", str(error))


# Where a target listens, as its base URL says.

_DEFAULT_PORTS = {"http": 80, "https": 443}
_EXPECTED = "http://host:port or https://host:port, with or without a path before the operations' own"


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a base URL.

    Attributes:
        secure: Whether it is `https`.
        host: Name or IP address, an IPv6 address without its brackets.
        port: TCP port.
        prefix: Path that stands before each request's target, without a slash at its end; often empty.
    """

    secure: bool
    host: str
    port: int
    prefix: str = ""
    authority: str = field(init=False, compare=False)
    """The `Host` header's value: the port is left out where the scheme implies it (RFC 9110, section 7.2)."""

    def __post_init__(self) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        authority = host if self.port == _DEFAULT_PORTS[self._scheme] else f"{host}:{self.port}"
        object.__setattr__(self, "authority", authority)

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"{self._scheme}://{self.authority}{self.prefix}"

    @property
    def _scheme(self) -> str:
        return "https" if self.secure else "http"


def parse_base_url(url: str) -> Address:
    """Read a base URL.

    Raises:
        ContractError: It is no `http` or `https` URL, or it has a user, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ContractError(f"The target's URL {url!r} can't be read: {error}.", expected=_EXPECTED) from error
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise ContractError(f"The target's URL {url!r} is not an http URL.", expected=_EXPECTED)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ContractError(
            f"The target's URL {url!r} is not a base URL.",
            expected=_EXPECTED,
            advice="Remove the user, the query and the fragment.",
        )
    return Address(
        secure=parts.scheme == "https",
        host=host,
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
        prefix=parts.path.rstrip("/"),
    )
