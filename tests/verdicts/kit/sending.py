"""The kit's HTTP client: one request on a connection of its own, with one time limit over all of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import h11

MOST = 1 << 20
READ = 1 << 16


class UpstreamError(Exception):
    """A call brought no answer that can be used; `status` is what the caller is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status


async def call(method: str, url: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
    """Make one call, and return the status and the whole body. A redirect is an answer like any other.

    Raises:
        UpstreamError: There is no whole answer in time.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _call(method, url, body)
    except TimeoutError:
        raise UpstreamError(504, f"{method} {urlsplit(url).hostname}: no answer in time") from None
    except (OSError, h11.RemoteProtocolError, ValueError) as error:
        raise UpstreamError(502, f"{method} {urlsplit(url).hostname}: {error}") from error


async def _call(method: str, url: str, body: bytes | None) -> tuple[int, bytes]:
    address = urlsplit(url)
    if address.scheme != "http" or address.hostname is None:
        raise UpstreamError(503, "the kit calls http:// only")
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port or 80, limit=READ)
    except OSError as error:
        raise UpstreamError(503, f"it can't be reached: {error}") from error
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=READ)
    headers = [("Host", address.netloc), ("Connection", "close"), ("Accept-Encoding", "identity")]
    if body is not None:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    try:
        writer.write(connection.send(h11.Request(method=method, target=target, headers=headers)) or b"")
        if body:
            writer.write(connection.send(h11.Data(data=body)) or b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        return await _answer(connection, reader)
    finally:
        writer.transport.abort()


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader) -> tuple[int, bytes]:
    status = 0
    received = bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            received += event.data
            if len(received) > MOST:
                raise UpstreamError(502, "the answer is too long")
        elif isinstance(event, h11.EndOfMessage):
            return status, bytes(received)
        elif not isinstance(event, h11.InformationalResponse):
            raise UpstreamError(502, "the connection ended before an answer")


def written(value: Any) -> bytes:
    """Return a JSON value as bytes; what is not ASCII is escaped."""
    return json.dumps(value, allow_nan=False).encode()
