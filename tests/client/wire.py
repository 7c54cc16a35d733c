"""A server on a real socket that does as each test says, byte by byte, and what tests of the client share."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.client import Client
from bothends.clock import Clock
from bothends.records import Answer, Credential, Request

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
    """

    port: int
    client: Client
    visits: int = 0
    visited: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


Session = Callable[[Wire], Awaitable[Any]]


def run_wire(handler: Handler, session: Session, **options: Any) -> Any:
    """Serve with the handler, run the session against it, and return what that returns."""

    async def main() -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served.visits += 1
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
        served = Wire(port, Client(f"http://127.0.0.1:{port}", clock=Clock(), **{"time_limit": 20.0, **options}))
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
        return await asyncio.wait_for(wire.client.send_with_behaviour(behaviour, request, shown, at_work), 20)

    return session


def body_of(one: Sent) -> bytes:
    """Return the body of an answer that must be there."""
    assert isinstance(one.answer, Answer), one.answer
    return one.answer.body
