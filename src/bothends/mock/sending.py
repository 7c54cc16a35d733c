"""What the mock sends: requests to where it may send, over connections that are kept, none repeated by itself."""

from __future__ import annotations

import socket
import ssl
from functools import lru_cache, partial
from ipaddress import ip_address
from math import inf
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bothends.client import Client
from bothends.clock import Clock
from bothends.errors import HarnessError
from bothends.mock.destinations import Destinations, Origin, UnreachableError, origin_of, written
from bothends.records import NoAnswer, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.records import Answer


class BrokenError(Exception):
    """The connection ended before a whole answer, or what came is no HTTP.

    Attributes:
        stale: Whether it was a kept connection that ended before a byte of an answer: its peer may have closed it
            before the request came.
    """

    def __init__(self, reason: str, *, stale: bool = False) -> None:
        super().__init__(reason)
        self.stale = stale


class Outgoing:
    """Sends requests; connections are shared by all that is sent.

    Args:
        destinations: Where it may send.
        authority: The PEM file of an authority that is trusted besides those of the system; empty: none.
    """

    def __init__(self, destinations: Destinations, authority: str = "") -> None:
        self._destinations = destinations
        self._authority = authority
        self._clock = Clock()
        self._clients: dict[Origin, Client] = {}
        self._context: ssl.SSLContext | None = None

    async def request(
        self, method: str, url: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None, *, new: bool
    ) -> Answer:
        """Send one request, once; a redirect is an answer.

        Raises:
            NotSentError: It may not send there.
            UnreachableError: There is no connection.
            BrokenError: There is no whole answer.
        """
        origin, target = _parts(url)
        client = self._clients.get(origin)
        if client is None:
            client = self._clients[origin] = self._client(origin)
        try:
            sent = await client.send(Request(method, target, tuple(headers), body), fresh=new)
        except HarnessError as error:
            raise UnreachableError(error.problem) from error
        answer = sent.answer
        if isinstance(answer, NoAnswer):
            if not sent.connection:
                raise UnreachableError(answer.detail)
            raise BrokenError(answer.detail, stale=sent.stale)
        if answer.size > len(answer.body):
            raise BrokenError("the answer is too long")
        return answer

    async def close(self) -> None:
        """Close all connections that are kept."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    def _client(self, origin: Origin) -> Client:
        return Client(
            written(origin),
            clock=self._clock,
            time_limit=inf,  # who sends says how long that may take
            wary=False,
            resolve=partial(self._endpoints, origin),
            tls=self._tls() if origin[0] == "https" else None,
        )

    async def _endpoints(self, origin: Origin) -> list[tuple[socket.AddressFamily, Any]]:
        try:
            addresses = await self._destinations.addresses(origin)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
        families = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(families[ip_address(address).version], (address, origin[2])) for address in addresses]

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
            if self._authority:
                self._context.load_verify_locations(self._authority)
        return self._context


@lru_cache(maxsize=1024)
def _parts(url: str) -> tuple[Origin, str]:
    """Return the origin of a URL, and the request target.

    Raises:
        UnreachableError: It is no URL of HTTP.
    """
    origin = origin_of(url)
    if origin is None:
        raise UnreachableError("no URL of HTTP")
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or any(character <= " " or character == "\x7f" for character in target + parts.netloc):
        raise UnreachableError("a URL with characters that have to be escaped")
    return origin, target
