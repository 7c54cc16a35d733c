"""A started world, and a client of it that works byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bothends.clock import Clock
from bothends.contract.settings import IngestSettings, UpstreamSettings, WorldSettings
from bothends.world import World
from bothends.world.sessions.nextauth import NextAuthV4Session
from tests.in_words import conditions, in_words

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["appName", "environment", "features"],
    "properties": {
        "appName": {"type": "string"},
        "environment": {"enum": ["development", "production"]},
        "features": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
}
PATIENCE = 60.0


@dataclass
class Peer:
    """One connection to the world.

    Attributes:
        reader: What comes in.
        writer: What goes out.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, payload: bytes) -> bytes:
        """Send bytes, and return one answer as it came."""
        self.writer.write(payload)
        return await self.answer()

    async def answer(self) -> bytes:
        """Return one answer as it came."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")), 0
            )
            return head + await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """Return all that comes until the connection ends."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()


@dataclass
class Scene:
    """A world, and how to reach it.

    Attributes:
        world: The world.
        clock: Its clock.
        peers: The connections that were opened.
    """

    world: World
    clock: Clock
    peers: list[Peer] = field(default_factory=list)

    def set(self, sentences: Sequence[str]) -> None:
        """Put the world into states."""
        self.world.state.set(conditions(*sentences))

    def given(self, *sentences: str) -> AbstractContextManager[None]:
        """Put the world into states for the length of a `with` block."""
        return self.world.state.given(*conditions(*sentences))

    def fired(self) -> dict[str, int]:
        """Return how often each state was met."""
        return in_words(self.world.state.fired())

    async def witnessed(self) -> tuple[list[Any], list[Any]]:
        """Wait until there is something to witness, and return all of it: deliveries and calls."""
        async with asyncio.timeout(PATIENCE):
            while True:
                deliveries, calls = self.world.take()
                if deliveries or calls:
                    return deliveries, calls
                await asyncio.sleep(0.001)

    async def busy(self) -> None:
        """Wait until a request is in progress."""
        async with asyncio.timeout(PATIENCE):
            while await self.world.services.quiet(0.0):  # noqa: ASYNC110 -- there is no event of it
                await asyncio.sleep(0.001)

    def port(self, name: str) -> int:
        """Return the port of an upstream, or of the ingest."""
        port = urlsplit(self.world.variables()[f"world.{name}"]).port
        assert port is not None
        return port

    async def connect(self, name: str) -> Peer:
        """Connect to an upstream, or to the ingest."""
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port(name)))
        self.peers.append(peer)
        return peer

    async def ask(self, name: str, payload: bytes) -> bytes:
        """Send bytes over a new connection, and return the answer as it came."""
        return await (await self.connect(name)).ask(payload)

    async def ask_port(self, port: int, payload: bytes) -> bytes:
        """Send bytes to a port of the world's that has no name, and return the answer as it came."""
        peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
        self.peers.append(peer)
        return await peer.ask(payload)

    @staticmethod
    def get(target: str = "/settings", *headers: str) -> bytes:
        """Return a GET request."""
        return "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", *headers, "", ""]).encode()

    def post(self, body: Any, *headers: str, key: str = "", method: str = "POST") -> bytes:
        """Return a request to the ingest; a body that is not bytes is written as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        key = key or self.world.variables()["world.event_key"]
        head = [f"{method} /e/{key} HTTP/1.1", "Host: x", *headers, f"Content-Length: {len(data)}", "", ""]
        return "\r\n".join(head).encode() + data


Play = Callable[..., Any]


@pytest.fixture
def settings() -> WorldSettings:
    """A world with a session, one upstream and an ingest, on free ports."""
    return WorldSettings(
        session=NextAuthV4Session.of(cookie="next-auth.session-token"),
        upstreams={"settings": UpstreamSettings("settings", "GET", "/settings", "#/unused")},
        ingests={"ingest": IngestSettings()},
    )


@pytest.fixture
def play(settings: WorldSettings) -> Play:
    """Run a scenario in a world that has started, and stop the world."""

    def run(scenario: Callable[[Scene], Awaitable[Any]], *, seed: int = 1) -> Any:
        async def whole() -> Any:
            clock = Clock()
            async with World(settings, answer_schemas={"settings": SCHEMA}, seed=seed, clock=clock) as world:
                scene = Scene(world, clock)
                try:
                    return await scenario(scene)
                finally:
                    for peer in scene.peers:
                        peer.writer.close()

        return asyncio.run(whole())

    return run
