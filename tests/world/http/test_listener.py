"""A listener that refuses, and its bookkeeping when things go wrong."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading

import pytest

from bothends.clock import Clock
from bothends.errors import HarnessError, TargetError
from bothends.records import MANY_IDLE
from bothends.world.http import Connection, Listener, Received, Reply, Service
from bothends.world.http import port as port_module


class Echo:
    """Answers each request with its body."""

    def serve(self, received: Received, connection: Connection) -> None:
        """Answer."""
        connection.reply(Reply(200, (), received.body))


async def started(port: int | None = None, service: Service | None = None) -> Listener:
    """Return a listener that has started."""
    listener = Listener("echo", "127.0.0.1", port, service=service or Echo(), clock=Clock())
    listener.start()
    return listener


async def failure_of(listener: Listener) -> Exception:
    """Wait for the one failure of a listener."""
    async with asyncio.timeout(10.0):
        while not listener.failures:  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(0.001)
    (failure,) = listener.failures
    return failure


def test_the_port_is_kept_while_it_refuses() -> None:
    """Nobody else can listen on the port while it refuses, and it can be opened and closed again and again."""

    async def scenario() -> None:
        listener = await started()
        for _ in range(3):
            listener.refuse()
            listener.refuse()
            assert listener.port.refuses()
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", listener.port.number))
            listener.accept()
            listener.accept()
            assert not listener.port.refuses()
        await listener.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("way", ["accept", "ignore"])
def test_a_copy_of_its_socket_that_is_there_for_a_moment_does_no_harm(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that a thread starts has one between `fork` and `exec`; one that stays is an error."""

    async def scenario() -> None:
        listener = await started()
        assert listener.port._listening is not None  # noqa: SLF001 -- a copy, as a fork makes
        copy = os.dup(listener.port._listening.fileno())  # noqa: SLF001 -- likewise
        listener.refuse()
        monkeypatch.setattr(port_module, "_LIVES_ON", 60.0)  # however busy the machine is
        threading.Timer(0.05, os.close, (copy,)).start()
        getattr(listener, way)()
        listener.accept()
        assert not listener.port.refuses()
        copy = os.dup(listener.port._listening.fileno())  # noqa: SLF001 -- likewise
        listener.refuse()
        monkeypatch.setattr(port_module, "_LIVES_ON", 0.0)
        with pytest.raises(OSError, match="in use"):
            getattr(listener, way)()
        os.close(copy)
        await listener.stop()

    asyncio.run(scenario())


def test_a_stopped_listener_does_not_accept_again() -> None:
    """Without its port there is nothing to listen on."""

    async def scenario() -> None:
        listener = await started()
        await listener.stop()
        listener.accept()
        assert listener.port.refuses()

    asyncio.run(scenario())


def test_the_second_listener_on_a_port_is_refused() -> None:
    """One world on a port is enough."""

    async def scenario() -> None:
        first = await started()
        with pytest.raises(HarnessError, match="in use"):
            await started(first.port.number)
        await first.stop()

    asyncio.run(scenario())


class Failing(socket.socket):
    """A socket of which one operation fails."""

    def listen(self, backlog: int = 0) -> None:
        """Fail."""
        raise OSError(errno.EADDRINUSE, f"in use, {backlog}")


def test_a_port_that_can_be_bound_and_not_listened_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may listen at the very moment: the port is given back, and the message is the same."""

    async def scenario() -> None:
        monkeypatch.setattr(socket, "socket", Failing)
        with pytest.raises(HarnessError, match="in use"):
            await started()

    asyncio.run(scenario())


class Exhausted(socket.socket):
    """A listening socket in a process that has no file descriptors left."""

    def accept(self) -> tuple[socket.socket, object]:
        """Fail."""
        raise OSError(errno.EMFILE, "too many open files")


def test_running_out_of_file_descriptors_is_not_an_endless_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure is kept, and nothing is accepted any more."""

    async def scenario() -> None:
        plain = socket.socket
        monkeypatch.setattr(socket, "socket", Exhausted)
        listener = await started()
        monkeypatch.setattr(socket, "socket", plain)
        with plain() as peer:
            peer.connect(("127.0.0.1", listener.port.number))
            failure = await failure_of(listener)
            assert "too many open files" in str(failure)
        await listener.stop()

    asyncio.run(scenario())


def test_a_connection_that_can_t_be_taken_is_kept_as_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What asyncio raises while it takes a connection is not lost."""

    async def scenario() -> None:
        listener = await started()

        async def refuse(*_: object) -> None:
            raise RuntimeError("no")

        monkeypatch.setattr(asyncio.get_running_loop(), "connect_accepted_socket", refuse)
        with socket.create_connection(("127.0.0.1", listener.port.number)):
            failure = await failure_of(listener)
            assert "Cannot take a connection at echo: no" in str(failure)
        await listener.stop()

    asyncio.run(scenario())


def test_a_connection_accepted_as_it_closes_is_ended() -> None:
    """What was accepted, and not yet made, when connections were to be refused does not stay open."""

    async def scenario() -> bytes:
        listener = await started()
        with socket.create_connection(("127.0.0.1", listener.port.number)) as peer:
            peer.setblocking(False)  # noqa: FBT003 -- the signature of socket
            listener._accept()  # noqa: SLF001 -- what the event loop would call
            listener.refuse()
            try:
                return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(peer, 1), 10.0)
            finally:
                await listener.stop()

    assert b"" == asyncio.run(scenario())


def test_the_connection_s_ways_to_end_may_come_twice() -> None:
    """To write to, close, abort or reset a connection that has ended does nothing."""

    class Keeper(Echo):
        kept: Connection

        def serve(self, received: Received, connection: Connection) -> None:
            self.kept = connection
            super().serve(received, connection)

    async def scenario() -> None:
        keeper = Keeper()
        listener = Listener("echo", "127.0.0.1", None, service=keeper, clock=Clock())
        listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi")
        assert b"hi" in await reader.readuntil(b"hi")
        connection = keeper.kept
        assert not connection.gone
        connection.close()
        await connection.wait_gone()
        assert connection.gone
        connection.close()
        connection.abort()
        connection.reset()
        connection.done()
        assert not connection.write(b"x")
        assert not connection.reply(Reply(200))
        assert b"" == await reader.read()
        writer.close()
        await listener.stop()

    asyncio.run(scenario())


def test_the_oldest_idle_connection_makes_room() -> None:
    """A target that opens connections and closes none is served, and uses up no files."""

    async def scenario() -> None:
        listener = await started()
        opened = [await asyncio.open_connection("127.0.0.1", listener.port.number) for _ in range(300)]
        reader, writer = opened[-1]
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
        ended = [await asyncio.wait_for(one.read(), 5.0) for one, _ in opened[:44]]
        assert [b""] * 44 == ended
        assert not opened[44][0].at_eof()
        assert [] == listener.failures
        for _, one in opened:
            one.close()
        await listener.stop()

    asyncio.run(scenario())


def test_idle_connections_beside_a_new_one_are_counted_when_they_are_many() -> None:
    """Those count that have served and that both sides keep open; a kept connection's later requests tell nothing."""
    told: list[int] = []

    class Counts:
        def serve(self, received: Received, connection: Connection) -> None:
            told.append(received.idle_beside)
            connection.reply(Reply(200))

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")

    async def scenario() -> None:
        listener = await started(service=Counts())
        opened = [await asyncio.open_connection("127.0.0.1", listener.port.number) for _ in range(MANY_IDLE)]
        for reader, writer in opened:
            await ask(reader, writer)
        opened.append(await asyncio.open_connection("127.0.0.1", listener.port.number))
        await ask(*opened[-1])
        await ask(*opened[-1])
        opened[0][1].close()
        opened[1][1].write(b"GET")
        opened.append(await asyncio.open_connection("127.0.0.1", listener.port.number))
        await ask(*opened[-1])
        for _, one in opened:
            one.close()
        await listener.stop()

    asyncio.run(scenario())
    assert [*[0] * MANY_IDLE, MANY_IDLE, 0, MANY_IDLE - 1] == told


def test_who_had_as_many_requests_under_way_at_once_may_keep_as_many_connections() -> None:
    """Most of them are idle when one more is opened: that is no sign of more to come."""
    told: list[int] = []
    held: asyncio.Queue[Connection] = asyncio.Queue()

    class Holds:
        def serve(self, received: Received, connection: Connection) -> None:
            told.append(received.idle_beside)
            held.put_nowait(connection)

    async def scenario() -> None:
        listener = await started(service=Holds())
        opened: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, Connection]] = []

        async def ask() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            opened.append((reader, writer, await held.get()))

        for _ in range(MANY_IDLE + 2):
            await ask()
        for reader, _, connection in opened[:MANY_IDLE]:
            connection.reply(Reply(200))
            await reader.readuntil(b"\r\n\r\n")
        await ask()
        for _, writer, _ in opened:
            writer.close()
        await listener.stop()

    asyncio.run(scenario())
    assert [0] * (MANY_IDLE + 3) == told


def test_too_many_requests_at_once_are_the_targets_fault() -> None:
    """The one more is turned away, and it is told whose doing that is."""

    async def scenario() -> None:
        listener = await started()
        opened = []
        for _ in range(257):
            opened.append(await asyncio.open_connection("127.0.0.1", listener.port.number))
            opened[-1][1].write(b"POST / HTTP/1.1\r\n")
        assert isinstance(await failure_of(listener), TargetError)
        for _, one in opened:
            one.close()
        await listener.stop()

    asyncio.run(scenario())


class Slow:
    """Answers each request when it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.free = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def serve(self, received: Received, connection: Connection) -> None:
        """Begin to answer."""
        self._tasks.append(asyncio.get_running_loop().create_task(self._answer(received, connection)))

    async def _answer(self, received: Received, connection: Connection) -> None:
        self.asked.set()
        await self.free.wait()
        connection.reply(Reply(200, (), received.body))


REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"


def test_a_drain_answers_what_has_begun() -> None:
    """Idle connections are closed, that of the request after its answer, and nothing is accepted any more."""

    async def scenario() -> None:
        slow = Slow()
        listener = Listener("slow", "127.0.0.1", None, service=slow, clock=Clock(), strict=True)
        listener.start()
        idle, idle_writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        writer.write(REQUEST)
        await slow.asked.wait()
        draining = asyncio.ensure_future(listener.drain(10.0))
        assert b"" == await idle.read()
        assert not draining.done()
        assert listener.port.refuses()
        slow.free.set()
        answer = await reader.read()
        assert (True, True) == (b"connection: close" in answer, answer.endswith(b"hi"))
        await draining
        for one in (idle_writer, writer):
            one.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("strict", [True, False])
def test_a_client_that_has_half_closed(*, strict: bool) -> None:
    """Of a strict listener it gets its answers, all of them; another one takes it for a client that has gone."""

    async def scenario() -> bytes:
        slow = Slow()
        listener = Listener("slow", "127.0.0.1", None, service=slow, clock=Clock(), strict=strict)
        listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        writer.write(REQUEST * 2)
        await slow.asked.wait()
        writer.write_eof()
        while not strict and listener.connections.in_progress:  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(0.001)
        await asyncio.sleep(0)
        slow.free.set()
        answer = await reader.read()
        writer.close()
        await listener.stop()
        return answer

    assert (2 if strict else 0) == asyncio.run(scenario()).count(b"HTTP/1.1 200 OK")


def test_a_strict_listener_accepts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A little after it had no file descriptors left; what failed is told to who asked for it."""

    async def scenario() -> None:
        plain, told = socket.socket, list[Exception]()
        monkeypatch.setattr(socket, "socket", Exhausted)
        listener = Listener("echo", "127.0.0.1", None, service=Echo(), clock=Clock(), strict=True, told=told.append)
        listener.start()
        monkeypatch.setattr(socket, "socket", plain)
        with plain() as peer:
            peer.connect(("127.0.0.1", listener.port.number))
            async with asyncio.timeout(20.0):
                while not told or listener.port.refuses():  # noqa: ASYNC110 -- there is no event of it
                    await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        writer.write(REQUEST)
        assert b"hi" in await reader.readuntil(b"hi")
        assert ([], True) == (listener.failures, "too many open files" in str(told[0]))
        writer.close()
        await listener.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % (b"a" * 20_000), 414),
        (b"GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (b"a" * 70_000), 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\n", 417),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b" % (9 << 20, b"a" * (9 << 20)),
            413,
        ),
        (b"GET http://a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 0),
        (b"GET / HTTP/1.0\r\n\r\n", 0),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 0),
    ],
    ids=lambda given: given[:24].decode() if isinstance(given, bytes) else str(given),
)
def test_what_a_strict_listener_refuses(head: bytes, status: int) -> None:
    """At once, without a look at what follows, and the connection is closed; its service hears why."""

    class Told:
        def serve(self, received: Received, connection: Connection) -> None:
            assert bool(received.problem) == bool(received.status)
            connection.reply(Reply(received.status or 200))

    async def scenario() -> bytes:
        listener = Listener("told", "127.0.0.1", None, service=Told(), clock=Clock(), strict=True)
        listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port.number)
        writer.write(head)
        answer = await reader.read()
        writer.close()
        await listener.stop()
        assert [] == listener.failures
        return answer

    assert f"{status or 200}" == asyncio.run(scenario()).split(b" ")[1].decode()
