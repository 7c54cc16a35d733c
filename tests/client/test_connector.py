"""How the client connects, and what it says when it can't."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
from typing import TYPE_CHECKING

import pytest

from bothends.client import Client, Sent, connector
from bothends.clock import Clock
from bothends.errors import HarnessError
from bothends.records import NoAnswer, Request

if TYPE_CHECKING:
    from tests.client.wire import Run, ServerConnection, Wire

GET = Request("GET", "/")


async def always_hi(visit: ServerConnection) -> None:
    """Answer each request on a kept connection."""
    while await visit.request():
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")


def test_closing_while_connecting() -> None:
    """A connection that is being made when the client is closed is given up at once."""

    async def main() -> Sent:
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            client = Client(f"http://127.0.0.1:{fill(full, first, second)}", clock=Clock(), time_limit=20)
            waiting = asyncio.ensure_future(client.send(GET))
            await asyncio.sleep(0.01)
            await client.close()
            return await waiting

    answer = asyncio.run(main()).answer
    assert isinstance(answer, NoAnswer)
    assert answer.kind == "closed"


def test_connecting_ahead(wire: Run) -> None:
    """A connection can be made before it is needed, and is the one that is used."""

    async def session(wire: Wire) -> tuple[NoAnswer | None, Sent]:
        return await wire.client.connect(), await wire.client.send(GET)

    refusal, sent = wire(always_hi, session)
    assert refusal is None
    assert (sent.connection, sent.reused) == (1, False)


def fill(listener: socket.socket, *fillers: socket.socket) -> int:
    """Make a listener take no more connections; return its port."""
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for filler in fillers:
        filler.setblocking(False)  # noqa: FBT003 -- the socket module's own call
        filler.connect_ex(listener.getsockname())
    return int(listener.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nothing_listens(host: str) -> None:
    """A refused connection is no answer, with the time that it took."""

    async def main() -> tuple[Sent, NoAnswer | None]:
        with socket.socket() as bound:  # nobody else gets its port, and it does not listen
            bound.bind(("127.0.0.1", 0))
            url = f"http://{host}:{bound.getsockname()[1]}"
            async with Client(url, clock=Clock(), time_limit=20) as client:
                return await client.send(GET), await client.connect()

    sent, refusal = asyncio.run(main())
    assert isinstance(sent.answer, NoAnswer)
    assert (sent.answer.kind, sent.connection) == ("refused", 0)
    assert sent.began <= sent.ended
    assert refusal is not None


def unknown(*_: object, **__: object) -> None:
    """Know no name.

    Raises:
        socket.gaierror: Always.
    """
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'no-such-host' * 6}.invalid"])
def test_a_name_that_leads_nowhere(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that can't be resolved, or is none, is a refusal too. No server of names is asked here."""
    if len(host) < 64:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)

    async def main() -> Sent:
        async with Client(f"http://{host}", clock=Clock(), time_limit=20) as client:
            return await client.send(GET)

    assert isinstance(asyncio.run(main()).answer, NoAnswer)


def test_connecting_takes_too_long() -> None:
    """A listener whose queue is full takes no connection: the time limit holds for that as well."""

    async def main() -> Sent:
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            port = fill(full, first, second)
            async with Client(f"http://127.0.0.1:{port}", clock=Clock(), time_limit=0.2) as client:
                return await client.send(GET)

    answer = asyncio.run(main()).answer
    assert isinstance(answer, NoAnswer)
    assert answer.kind == "timeout"


def test_an_answer_has_its_whole_time_from_when_the_request_is_sent(wire: Run) -> None:
    """What connecting takes is no part of the time that an answer has."""

    async def silent(visit: ServerConnection) -> None:
        await visit.request()
        await visit.request()  # the client closes

    async def session(wire: Wire) -> Sent:
        async def slow() -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
            await asyncio.sleep(0.3)
            return [(socket.AF_INET, ("127.0.0.1", wire.port))]

        async with Client(f"http://127.0.0.1:{wire.port}", clock=Clock(), time_limit=2, resolve=slow) as client:
            return await client.send(GET)

    assert NoAnswer("timeout", "after 2.0 s no byte of an answer had come") == wire(silent, session).answer


def test_no_sockets_left(wire: Run) -> None:
    """Being out of file descriptors is the machine's fault, not the target's."""

    async def session(wire: Wire) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        used = os.open(os.devnull, os.O_RDONLY)
        os.close(used)
        resource.setrlimit(resource.RLIMIT_NOFILE, (used, hard))
        try:
            with pytest.raises(HarnessError, match="no socket left") as caught:
                await wire.client.send(GET)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.__cause__.errno == errno.EMFILE

    wire(always_hi, session)


def test_a_connection_that_is_reset_at_once_was_not_refused() -> None:
    """Whoever resets it had accepted it: it is no sign that nobody listens."""
    reset = connector.explain(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
    refused = connector.explain(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"))
    assert ("reset", "refused") == (reset.kind, refused.kind)
