"""The mock's HTTP client: connections are kept and used again, and no request is repeated by itself."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httptools

from bothends.mock.wire.destinations import Destinations, Origin, UnreachableError, origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ANSWER_LIMIT = 1 << 20
_IDLE_SECONDS = 4.0
"""After this a kept connection is not used again: servers close theirs after five seconds or more."""
_MOST_KEPT = 64
_CREATED, _LAST_INFORMATIONAL = 101, 199


class BrokenError(Exception):
    """The connection ended before a whole answer, or what came is no HTTP.

    Attributes:
        stale: Whether it was a kept connection that ended before a byte of an answer: its peer may have closed it
            before the request came.
    """

    def __init__(self, reason: str, *, stale: bool = False) -> None:
        super().__init__(reason)
        self.stale = stale


@dataclass(frozen=True, slots=True)
class Response:
    """An answer.

    Attributes:
        status: HTTP status.
        headers: Name and value pairs in order, names in lower case.
        body: The body, its transfer coding undone.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whose name is in lower case; None: it is not there."""
        return next((value for key, value in self.headers if key == name), None)


class HttpClient:
    """Sends requests; connections are shared by all that is sent.

    Args:
        destinations: Where it may send.
        authority: The PEM file of an authority that is trusted besides those of the system; empty: none.
    """

    def __init__(self, destinations: Destinations, authority: str = "") -> None:
        self.destinations = destinations
        self.authority = authority
        self._kept: dict[Origin, list[_Exchange]] = {}
        self._context: ssl.SSLContext | None = None

    async def request(
        self, method: str, url: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None, *, new: bool
    ) -> Response:
        """Send one request, once.

        Args:
            method: HTTP method.
            url: The URL.
            headers: Name and value pairs; `Host` and the length are added.
            body: The body; None: none.
            new: Whether a connection of its own is made.

        Raises:
            NotSentError: It may not send there.
            UnreachableError: There is no connection.
            BrokenError: There is no whole answer.
        """
        origin, target, host = _parts(url)
        exchange = None if new else self._idle(origin)
        if exchange is None:
            exchange = await self._connected(origin)
        try:
            response = await exchange.play(_written(method, target, host, headers, body), bodiless=method == "HEAD")
        except BaseException:
            exchange.abort()
            raise
        if exchange.reusable:
            kept = self._kept.setdefault(origin, [])
            kept.append(exchange)
            if len(kept) > _MOST_KEPT:
                kept.pop(0).abort()
        else:
            exchange.abort()
        return response

    def close(self) -> None:
        """Close all connections that are kept."""
        for kept in self._kept.values():
            for exchange in kept:
                exchange.abort()
        self._kept.clear()

    def _idle(self, origin: Origin) -> _Exchange | None:
        kept = self._kept.get(origin)
        now = asyncio.get_running_loop().time()
        while kept:
            exchange = kept.pop()
            if exchange.open and now - exchange.rested < _IDLE_SECONDS:
                return exchange
            exchange.abort()
        return None

    async def _connected(self, origin: Origin) -> _Exchange:
        try:
            addresses = await self.destinations.addresses(origin)
            for address in addresses[:-1]:
                try:
                    return await self._connected_to(address, origin)
                except (OSError, ssl.SSLError):
                    continue
            return await self._connected_to(addresses[-1], origin)
        except (OSError, ssl.SSLError, UnicodeError) as error:
            raise UnreachableError(type(error).__name__) from error

    async def _connected_to(self, address: str, origin: Origin) -> _Exchange:
        scheme, host, port = origin
        tls = self._tls() if scheme == "https" else None
        _, protocol = await asyncio.get_running_loop().create_connection(
            _Exchange, address, port, ssl=tls, server_hostname=None if tls is None else host
        )
        return protocol

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
            if self.authority:
                self._context.load_verify_locations(self.authority)
        return self._context


class _Exchange(asyncio.Protocol):
    """One connection, and what is being asked on it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._bodiless = False
        self._heard = False
        self._to_the_end = False
        self._used = False
        self.open = True
        self.reusable = False
        self.rested = 0.0

    async def play(self, request: bytes, *, bodiless: bool) -> Response:
        if self._transport is None or not self.open:
            raise BrokenError("the connection is closed", stale=self._used)
        self._answer = asyncio.get_running_loop().create_future()
        self._headers, self._body, self._bodiless = [], bytearray(), bodiless
        self._heard, self._to_the_end, self.reusable = False, False, False
        self._transport.write(request)
        return await self._answer

    def abort(self) -> None:
        self.open = False
        if self._transport is not None:
            self._transport.abort()

    # asyncio's callbacks.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._over(type(exc).__name__ if exc is not None else "it was closed")

    def eof_received(self) -> bool:
        if self._to_the_end:
            self._done()
        self._over("it was closed")
        return False

    def data_received(self, data: bytes) -> None:
        if self._answer is None or self._answer.done():
            self.abort()  # nothing was asked
            return
        self._heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._over(f"no HTTP: {type(error).__name__}")
            self.abort()

    def _over(self, why: str) -> None:
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BrokenError(why, stale=self._used and not self._heard))

    # llhttp's callbacks.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower().decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        names = {name for name, _ in self._headers}
        status = self._parser.get_status_code()
        framed = "content-length" in names or "transfer-encoding" in names
        self._to_the_end = not framed and status not in (204, 304) and status > _LAST_INFORMATIONAL
        if self._bodiless:
            self._done()

    def on_body(self, body: bytes) -> None:
        self._body += body
        if len(self._body) > _ANSWER_LIMIT:
            self._over("the answer is too long")
            self.abort()

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() <= _LAST_INFORMATIONAL:
            self._headers = []
            if self._parser.get_status_code() == _CREATED:
                self._over("it switched to another protocol")
            return
        self.reusable = self._parser.should_keep_alive() and not self._bodiless
        self._done()

    def _done(self) -> None:
        if self._answer is None or self._answer.done():
            return
        self._to_the_end = False
        self._used = True
        self.rested = asyncio.get_running_loop().time()
        self._answer.set_result(Response(self._parser.get_status_code(), tuple(self._headers), bytes(self._body)))


@lru_cache(maxsize=1024)
def _parts(url: str) -> tuple[Origin, str, str]:
    """Return the origin of a URL, the request target, and the value of `Host`.

    Raises:
        UnreachableError: It is no URL of HTTP.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise UnreachableError("no URL") from error
    origin = origin_of(url)
    if origin is None:
        raise UnreachableError("no URL of HTTP")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or any(character <= " " or character == "\x7f" for character in target + parts.netloc):
        raise UnreachableError("a URL with characters that have to be escaped")
    return origin, target, _host(parts.netloc)


def _host(netloc: str) -> str:
    return netloc.rpartition("@")[2]


def _written(method: str, target: str, host: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + (body or b"")
