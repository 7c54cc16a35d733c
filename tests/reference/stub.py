"""A small upstream on a real socket, that answers as it is told to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True)
class Received:
    """One request as it arrived: its first line, its headers by lower-case name, its body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


Behaviour = Callable[[asyncio.StreamWriter], Awaitable[bool]]
"""Answers one request; returns whether the connection is kept."""


def answers(status: int = 200, body: object = b"", *headers: str, after: float = 0) -> Behaviour:
    """Answer whole; a body that is no bytes goes out as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Some Phrase", f"Content-Length: {len(content)}", *headers, "", ""]
    return says("\r\n".join(lines).encode() + content, keep=True, after=after)


def says(raw: bytes, *, keep: bool = False, after: float = 0, every: float = 0) -> Behaviour:
    """Send these very bytes, all at once or one at a time."""

    async def play(writer: asyncio.StreamWriter) -> bool:
        await asyncio.sleep(after)
        for part in [raw[i : i + 1] for i in range(len(raw))] if every else [raw]:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every)
        return keep

    return play


def hangs(start: bytes = b"") -> Behaviour:
    """Send these bytes and then nothing, for longer than any test."""

    async def play(writer: asyncio.StreamWriter) -> bool:
        writer.write(start)
        await asyncio.sleep(60)
        return False

    return play


async def resets(writer: asyncio.StreamWriter) -> bool:
    """Reset the connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


@dataclass
class Stub:
    """The upstream: it plays `next` in order, then `always`.

    Attributes:
        always: What it does when nothing else is due.
        next: What it does first, one request each.
        received: What it was asked, in order.
    """

    always: Behaviour
    next: deque[Behaviour] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    port: int = 0
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._usual = self.always

    def __enter__(self) -> Self:
        self._thread.start()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Be as new."""
        self.always = self._usual
        self.next.clear()
        self.received.clear()

    def open(self) -> None:
        """Listen, on the same port as before if there was one."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def close(self) -> None:
        """Refuse connections, and end those there are."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kept = True
        while kept:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:-2])
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.received.append(Received(head[0], headers, body))
            behaviour = self.next.popleft() if self.next else self.always
            kept = await behaviour(writer)
