"""A listener with TLS: what is answered, what a fault does, and what is said of a peer that does not trust it."""

from __future__ import annotations

import asyncio
import functools
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from bothends.clock import Clock
from bothends.errors import TargetError
from bothends.world.http import Listener, Reply
from bothends.world.http.authority import Authority
from bothends.world.http.tls import is_end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

    from bothends.world.http import Connection, Received

REQUEST = b"POST /hook HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"
LIMIT = 20.0


def in_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **more: Any) -> None:
        asyncio.run(test(*args, **more))

    return run


class Service:
    """Answers with a body of a size, or closes or resets instead."""

    def __init__(self) -> None:
        """Answer with nothing."""
        self.size = 0
        self.instead = ""
        self.whole: list[bool] = []

    def serve(self, received: Received, connection: Connection) -> None:
        """Answer."""
        if self.instead:
            getattr(connection, self.instead)()
        else:
            self.whole.append(connection.reply(Reply(200, (), received.body + b"x" * self.size)))


@pytest.fixture
def authority() -> Iterator[Authority]:
    """An authority, removed in the end."""
    made = Authority("127.0.0.1")
    yield made
    made.close()


@asynccontextmanager
async def listening(authority: Authority) -> AsyncIterator[tuple[Listener, Service]]:
    """Serve with TLS."""
    service = Service()
    listener = Listener("hooks", "127.0.0.1", None, service=service, clock=Clock())
    listener.tls = authority.context
    listener.start()
    try:
        yield listener, service
    finally:
        await listener.stop()


async def connected(
    listener: Listener, trust: ssl.SSLContext, name: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, and trust."""
    async with asyncio.timeout(LIMIT):
        return await asyncio.open_connection("127.0.0.1", listener.port.number, ssl=trust, server_hostname=name)


def trusting(authority: Authority) -> ssl.SSLContext:
    """Return what a target trusts that is given the authority, as strictly as it can be asked."""
    trust = ssl.create_default_context(cafile=str(authority.file))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    return trust


@in_a_loop
async def test_requests_are_answered(authority: Authority) -> None:
    """Several over one connection, by the address and by the name; the URL says that it is HTTPS."""
    async with listening(authority) as (listener, service):
        assert f"https://127.0.0.1:{listener.port.number}" == listener.url
        for name in ("127.0.0.1", "localhost"):
            reader, writer = await connected(listener, trusting(authority), name)
            for _ in range(2):
                writer.write(REQUEST)
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                assert b"{}" == await reader.readexactly(2)
            writer.close()
        assert [True] * 4 == service.whole


@in_a_loop
async def test_an_answer_that_the_kernel_does_not_take_is_not_whole(authority: Authority) -> None:
    """So it is without TLS: what waits in the process may never arrive."""
    async with listening(authority) as (listener, service):
        service.size = 1 << 24
        reader, writer = await connected(listener, trusting(authority))
        writer.write(REQUEST)
        async with asyncio.timeout(LIMIT):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            assert (1 << 24) + 2 == length == len(await reader.readexactly(length))
        assert [False] == service.whole
        writer.close()


@pytest.mark.parametrize(("instead", "error"), [("close", asyncio.IncompleteReadError), ("reset", OSError)])
@in_a_loop
async def test_a_connection_that_ends(authority: Authority, instead: str, error: type[Exception]) -> None:
    """A close is told to the peer by TLS as well, a reset is one."""
    async with listening(authority) as (listener, service):
        service.instead = instead
        reader, writer = await connected(listener, trusting(authority))
        writer.write(REQUEST)
        with pytest.raises(error):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
        writer.transport.abort()


@in_a_loop
async def test_a_request_that_is_left_unread_is_reset_once_tls_is_there(authority: Authority) -> None:
    """The target has sent its request, and does not know what became of it."""
    async with listening(authority) as (listener, service):
        listener.turn_away(unread=True)
        reader, writer = await connected(listener, trusting(authority))
        assert 0 == listener.turned_away
        writer.write(REQUEST)
        with pytest.raises(OSError, match="reset"):
            await asyncio.wait_for(reader.read(), LIMIT)
        assert (1, []) == (listener.turned_away, service.whole)
        writer.transport.abort()


@in_a_loop
async def test_a_peer_without_trust(authority: Authority) -> None:
    """Three in a row, and none that trusts, is the target's failure; with one that does, it is none."""
    for trusts, said in ((False, 1), (True, 0)):
        async with listening(authority) as (listener, _):
            if trusts:
                reader, writer = await connected(listener, trusting(authority))
                writer.write(REQUEST)
                await reader.readuntil(b"\r\n\r\n")
                writer.close()
            for _ in range(4):
                with pytest.raises(ssl.SSLCertVerificationError):
                    await connected(listener, ssl.create_default_context())
            await listener.stop()
            assert said == len(listener.failures)
            assert all(isinstance(failure, TargetError) for failure in listener.failures)


@in_a_loop
async def test_plain_http_is_no_request(authority: Authority) -> None:
    """The connection ends, and nothing was received."""
    async with listening(authority) as (listener, service):
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        writer.write(REQUEST)
        async with asyncio.timeout(LIMIT):
            assert b"HTTP/" not in await reader.read()
        assert [] == service.whole
        writer.close()


def test_the_certificate_and_its_folder() -> None:
    """It is for the address and for localhost; no key is left in the folder, and no folder in the end."""
    authority = Authority("::1")
    assert ["ca.pem"] == [file.name for file in authority.file.parent.iterdir()]
    constraints = x509.load_pem_x509_certificate(authority.file.read_bytes()).extensions.get_extension_for_class(
        x509.BasicConstraints
    )
    assert constraints.value.ca
    authority.close()
    assert not authority.file.parent.exists()


@pytest.mark.parametrize(
    ("peeked", "end"),
    [
        (b"", True),
        (b"\x17\x03\x03\x00\x13", True),
        (b"\x15\x03\x03\x00\x02", True),
        (b"\x17\x03\x03\x00\x40", False),
        (b"\x17\x03", False),
    ],
)
def test_the_end_in_unread_bytes(peeked: bytes, end: bool) -> None:  # noqa: FBT001 -- a row of a table
    """A close_notify of TLS 1.3 looks like data, and has its size."""
    assert end == is_end(peeked)
