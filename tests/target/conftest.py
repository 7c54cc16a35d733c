"""A server on a real socket that does as each test says, byte by byte; and targets made of scripts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bothends.clock import Clock
from bothends.contract.settings import TargetSettings
from bothends.target import Client, LaunchedTarget

if TYPE_CHECKING:
    from pathlib import Path

Make = Callable[..., LaunchedTarget]
Handler = Callable[["Visit"], Awaitable[None]]


@dataclass
class Visit:
    """One connection to the server.

    Attributes:
        number: Counts the connections, from 1.
        reader: What comes in.
        writer: What goes out.
    """

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

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
                await handler(Visit(served.visits, reader, writer))
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


@pytest.fixture
def wire() -> Callable[..., Any]:
    """Run a session against a handler: `wire(handler, session)`."""
    return run_wire


SERVE = """
import os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            os._exit(7)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

def serve():
    HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""
ENVIRONMENT = {"HOST": "{host}", "PORT": "{port}", "SECRET": "{world.session_secret}"}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a target of a Python script, or of a command."""

    def made(script: str | None = None, *, command: tuple[str, ...] = (), **options: Any) -> LaunchedTarget:
        if script is not None:
            (tmp_path / "target.py").write_text(SERVE + script)
            command = ("python", "target.py")
        fields: dict[str, Any] = {"ready": "/healthz", "env": ENVIRONMENT, "cwd": tmp_path}
        fields.update({name: options.pop(name) for name in list(options) if name in fields})
        return LaunchedTarget(
            TargetSettings(command=command, **fields),
            variables={"world.session_secret": "s3cret"},
            log_file=tmp_path / "state" / "target.log",
            hide=["s3cret"],
            **{"host": "127.0.0.1", **options},
        )

    return made
