"""A server on a real socket that does as each test says, byte by byte, and what tests of the client share."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.client import Client
from bothends.clock import Clock
from bothends.records import Answer, Credential, Request
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from bothends.client import Sent

Handler = Callable[["ServerConnection"], Awaitable[None]]
Run = Callable[..., Any]
"""What the fixture `wire` is: runs a session against a handler."""

OK = b"HTTP/1.1 200 OK\r\n"
HI = OK + b"Content-Length: 2\r\n\r\nhi"
BYE = OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nbye"
BODY = b"0123456789" * 4
POST = Request("POST", "/", (), BODY)


class PatientClock(Clock):
    """A clock by which this process never stands still: from one look to the next, hardly any time has passed.

    Who waits by it looks again and again. So a busy machine makes no connection idle for too long, and no answer late.
    """

    _MOST = 0.02

    def __init__(self) -> None:
        """Begin with the time of now."""
        super().__init__()
        self._looked = self._shown = super().now()

    def now(self) -> float:
        """Return the time, which goes on no faster than it is looked at."""
        before, self._looked = self._looked, super().now()
        self._shown += min(self._looked - before, self._MOST)
        return self._shown


@dataclass
class ServerConnection:
    """One connection to the server.

    Attributes:
        number: Counts the connections, from 1.
        reader: What comes in.
        writer: What goes out.
        listen_no_more: Lets nobody else in.
    """

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    listen_no_more: Callable[[], None]

    async def request(self) -> bytes:
        """Read one request: its head, and the body that `Content-Length` announces; empty at the end."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return b""
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return head + (await self.reader.readexactly(int(length[1])) if length else b"")

    async def send(self, *pieces: bytes) -> None:
        """Write pieces, each in a packet of its own as far as the system lets it."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)


@dataclass
class Wire:
    """The server, its client, and what has come to pass.

    Attributes:
        port: Where the server listens.
        client: A client of it.
        visits: How many connections there were.
        visited: Set once there was one.
        tasks: What serves each of them.
        writers: What goes out over each of them.
    """

    port: int
    client: Client
    visits: int = 0
    visited: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def ended(self) -> None:
        """Wait until the server has ended all connections that there were, so that the system knows it."""
        await asyncio.gather(*self.tasks)
        for writer in self.writers:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        await asyncio.sleep(0.01)  # a turn of the loop, in which the client is told


Session = Callable[[Wire], Awaitable[Any]]


def run_wire(handler: Handler, session: Session, **options: Any) -> Any:
    """Serve with the handler, run the session against it, and return what that returns."""
    given = {"clock": PatientClock(), "time_limit": LONGEST, **options}

    async def main() -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served.visits += 1
            served.writers.append(writer)
            served.visited.set()
            try:
                await handler(ServerConnection(served.visits, reader, writer, server.close))
            except ConnectionError:
                pass  # the client has gone, as some tests want
            finally:
                writer.close()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(serve(reader, writer))
            served.tasks.add(task)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        served = Wire(port, Client(f"http://127.0.0.1:{port}", **given))
        try:
            return await session(served)
        finally:
            await served.client.close()
            server.close()
            for task in served.tasks:
                task.cancel()
            await asyncio.gather(*served.tasks, return_exceptions=True)
            await asyncio.sleep(0)

    return asyncio.run(main())


def sent(
    behaviour: str, request: Request = POST, *, callers: int = 1, at_work: Callable[[], bool] = bool
) -> Callable[[Wire], Awaitable[list[Sent]]]:
    """Make a session that sends a request in a behaviour; at no time is the target seen at work."""

    async def session(wire: Wire) -> list[Sent]:
        shown = [Credential(cookies=(("user", str(number)),)) for number in range(callers)]
        return await asyncio.wait_for(wire.client.send_with_behaviour(behaviour, request, shown, at_work), LONGEST)

    return session


def body_of(one: Sent) -> bytes:
    """Return the body of an answer that must be there."""
    assert isinstance(one.answer, Answer), one.answer
    return one.answer.body
