"""One connection, where the order of things matters: the other end is a plain socket that blocks."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

from bothends.client.connection import Connection, Outcome
from bothends.client.connector import Connector, parse_base_url
from bothends.client.response import ResponseReader
from bothends.clock import Clock
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def reset(peer: socket.socket) -> None:
    """Close with a reset."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def with_peer(session: Callable[[Connection, socket.socket], Awaitable[Any]]) -> Any:
    """Run a session with a connection and the socket at its other end."""

    async def main() -> Any:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = parse_base_url(f"http://127.0.0.1:{listener.getsockname()[1]}")
            connector = Connector(address, clock=Clock(), time_limit=20)
            connection = await connector.connect()
            assert isinstance(connection, Connection)
            peer = listener.accept()[0]
            with peer:
                try:
                    return await session(connection, peer)
                finally:
                    await connector.close()
                    assert connection.lost

    return asyncio.run(main())


def test_what_the_kernel_holds_counts_after_a_failed_write() -> None:
    """An answer and a reset that are there before the request is written: the answer is taken."""

    async def session(connection: Connection, peer: socket.socket) -> Outcome:
        peer.sendall(HI)
        reset(peer)
        return await connection.ask(b"GET / HTTP/1.1\r\n\r\n", ResponseReader("GET"), 20)

    answer = with_peer(session).answer
    assert isinstance(answer, Answer)
    assert answer.body == b"hi"


@pytest.mark.parametrize(
    ("sent", "end", "kind"),
    [
        (b"", reset, "reset"),
        (HI[:-1], reset, "reset"),
        (HI[:-1], socket.socket.close, "closed"),
        (b"garbage\r\n", reset, "not-http"),
    ],
)
def test_part_of_an_answer_before_a_failed_write(sent: bytes, end: Callable[[socket.socket], None], kind: str) -> None:
    """What is not whole is no answer, and the reason is what was seen of it."""

    async def session(connection: Connection, peer: socket.socket) -> Outcome:
        peer.sendall(sent)
        end(peer)
        return await connection.ask(b"x" * 20_000_000, ResponseReader("POST"), 20)

    answer = with_peer(session).answer
    assert isinstance(answer, NoAnswer)
    assert answer.kind == kind


@pytest.mark.parametrize("end", [socket.socket.close, reset, lambda peer: peer.sendall(b"x")])
def test_a_connection_that_changed_while_idle(end: Callable[[socket.socket], Any]) -> None:
    """An end, a reset or a byte that the loop has not seen yet: the kernel tells."""

    async def session(connection: Connection, peer: socket.socket) -> tuple[bool, bool]:
        before = connection.fresh_enough(20, sure=True)
        end(peer)
        return before, connection.fresh_enough(20, sure=True)

    assert with_peer(session) == (True, False)


@pytest.mark.parametrize("end", [socket.socket.close, reset])
@pytest.mark.parametrize("payload", [b"", b"GET / HTTP/1.1\r\n\r\n"])
def test_a_connection_that_ended_before_it_was_asked_over(end: Callable[[socket.socket], Any], payload: bytes) -> None:
    """A target that cuts off whoever has just connected is not waited for."""

    async def session(connection: Connection, peer: socket.socket) -> Outcome:
        end(peer)
        async with asyncio.timeout(20):
            while not connection.lost:  # noqa: ASYNC110 -- nobody is told of it
                await asyncio.sleep(0.001)
            return await connection.ask(payload, ResponseReader("GET"), 1_000)

    assert NoAnswer("closed", "it had ended before anything was sent") == with_peer(session).answer


def test_unasked_bytes_end_an_idle_connection() -> None:
    """Bytes that come when no request is in flight make the connection useless."""

    async def session(connection: Connection, peer: socket.socket) -> None:
        peer.sendall(HI)
        async with asyncio.timeout(20):
            while connection.usable:  # noqa: ASYNC110 -- an idle connection tells nobody
                await asyncio.sleep(0.001)

    with_peer(session)


def test_a_request_cancelled_in_the_turn_of_its_answer() -> None:
    """The answer that comes at the same moment does no harm."""

    async def session(connection: Connection, peer: socket.socket) -> None:
        asking = asyncio.ensure_future(connection.ask(b"GET / HTTP/1.1\r\n\r\n", ResponseReader("GET"), 20))
        await asyncio.sleep(0)
        asking.cancel()
        connection.data_received(HI)
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not connection.usable
        assert peer.recv(100) == b"GET / HTTP/1.1\r\n\r\n"

    with_peer(session)


def test_nothing_to_stop() -> None:
    """Stopping and ending without a request in flight change nothing."""

    async def session(connection: Connection, peer: socket.socket) -> None:
        connection.stop()
        assert connection.usable
        assert peer.fileno() > 0

    with_peer(session)


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="this system acknowledges when it likes")
def test_a_server_that_sends_head_and_body_apart_is_not_kept_waiting() -> None:
    """Its system holds the body back until the head is acknowledged, which takes 40 ms where that waits for more.

    On a machine that does something else, many take longer; where the head waits, none is quicker.
    """
    rounds, as_it_begins, quick = 200, 5, 0.03

    def answer(peer: socket.socket) -> None:
        peer.recv(1024)
        head, body = HI[:-2], HI[-2:]
        peer.sendall(head)
        peer.sendall(body)

    async def session(connection: Connection, peer: socket.socket) -> int:
        for number in range(rounds):
            answered = asyncio.create_task(asyncio.to_thread(answer, peer))
            outcome = await connection.ask(b"GET / HTTP/1.1\r\n\r\n", ResponseReader("GET"), 20)
            await answered
            assert isinstance(outcome.answer, Answer)
            if number >= as_it_begins and outcome.ended - outcome.began < quick:
                return number
        return rounds

    assert with_peer(session) < rounds
