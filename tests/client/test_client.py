"""The client against servers that do right and wrong, on real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Any

import pytest

from bothends.client.connection import Connection
from bothends.records import Answer, Case, NoAnswer, Request
from tests.client.wire import HI, OK, POST
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.client import Sent
    from tests.client.wire import Run, ServerConnection, Wire

GET = Request("GET", "/")
BIG = Request("POST", "/", (), b"x" * 20_000_000)


async def always_hi(visit: ServerConnection) -> None:
    """Answer each request on a kept connection."""
    while await visit.request():
        await visit.send(HI)


def once(*pieces: bytes, then: Callable[[ServerConnection], None] | None = None) -> Callable[[ServerConnection], Any]:
    """Make a handler that answers one request with these pieces, and closes."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(*pieces)
        if then is not None:
            then(visit)

    return handler


def reset(visit: ServerConnection) -> None:
    """Close with a reset instead of an end."""
    visit.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    visit.writer.transport.abort()


def send_each(*requests: Request, **options: Any) -> Callable[[Wire], Any]:
    """Make a session that sends requests one after the other."""

    async def session(wire: Wire) -> list[Sent]:
        return [await wire.client.send(request, **options) for request in requests]

    return session


def test_connections_are_used_again(wire: Run) -> None:
    """One after the other, requests share a connection, and the times are in order."""
    first, second = wire(always_hi, send_each(GET, GET))
    assert isinstance(first.answer, Answer)
    assert (first.connection, first.reused) == (1, False)
    assert (second.connection, second.reused) == (1, True)
    assert first.began <= first.ended <= second.began <= second.ended
    assert first.request.header("user-agent") == "bothends"


def test_a_connection_of_its_own(wire: Run) -> None:
    """Asked for, a fresh connection is made though one is idle."""
    assert [sent.connection for sent in wire(always_hi, send_each(GET, GET, fresh=True))] == [1, 2]


def test_many_at_once(wire: Run) -> None:
    """Concurrent requests have connections of their own, and each gets its own answer."""

    async def echo(visit: ServerConnection) -> None:
        while request := await visit.request():
            body = request.rpartition(b"\r\n\r\n")[2]
            await asyncio.sleep(0)
            await visit.send(OK + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def session(wire: Wire) -> Any:
        bodies = [b"%d" % number for number in range(40)]
        return await asyncio.gather(*(wire.client.send(Request("POST", "/", body=body)) for body in bodies))

    results = wire(echo, session)
    assert len({sent.connection for sent in results}) == 40
    assert [sent.request.body for sent in results] == [sent.answer.body for sent in results]


def test_kept_connections_can_be_left(wire: Run) -> None:
    """The next request begins one of its own."""

    async def session(wire: Wire) -> list[Sent]:
        first = await wire.client.send(GET)
        wire.client.leave_kept()
        return [first, await wire.client.send(GET)]

    first, second = wire(always_hi, session)
    assert [(1, False), (2, False)] == [(sent.connection, sent.reused) for sent in (first, second)]


def test_only_so_many_are_kept(wire: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool of idle connections is bounded."""
    monkeypatch.setattr("bothends.client.client._MOST_KEPT", 1)

    async def session(wire: Wire) -> list[int]:
        await asyncio.gather(*(wire.client.send(GET) for _ in range(3)))
        again = await asyncio.gather(*(wire.client.send(GET) for _ in range(3)))
        return sorted(sent.connection for sent in again)

    connections = wire(always_hi, session)
    assert connections[1:] == [4, 5]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_that_will_close_is_not_used_again(wire: Run, head: bytes) -> None:
    """The target says that it closes, or that it waits no longer than a second."""

    async def handler(visit: ServerConnection) -> None:
        while await visit.request():
            await visit.send(head)

    assert [sent.connection for sent in wire(handler, send_each(GET, GET))] == [1, 2]


def test_a_keep_alive_that_is_long_enough(wire: Run) -> None:
    """Five seconds, as Node has it, are no hindrance."""

    async def handler(visit: ServerConnection) -> None:
        while await visit.request():
            await visit.send(OK + b"Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n")

    assert [sent.connection for sent in wire(handler, send_each(GET, GET))] == [1, 1]


def test_a_request_that_asks_for_the_end(wire: Run) -> None:
    """With `Connection: close` in the request the connection is not used again."""
    request = Request("GET", "/", (("Connection", "Close"),))
    assert [sent.connection for sent in wire(always_hi, send_each(request, GET))] == [1, 2]


def test_an_idle_connection_ages(wire: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was idle for too long is closed, not used."""
    monkeypatch.setattr("bothends.client.client._MOST_IDLE", -1.0)
    assert [sent.connection for sent in wire(always_hi, send_each(GET, GET))] == [1, 2]


@pytest.mark.parametrize("end", [None, reset])
def test_an_idle_close_is_no_failure(wire: Run, end: Callable[[ServerConnection], None] | None) -> None:
    """A target that closes after its answer without a word is asked on a new connection."""

    async def session(wire: Wire) -> list[Sent]:
        first = await wire.client.send(GET)
        await wire.ended()
        return [first, await wire.client.send(GET)]

    results = wire(once(HI, then=end), session)
    assert [(sent.connection, sent.answer.status) for sent in results] == [(1, 200), (2, 200)]


def test_a_stale_connection_teaches_the_client(wire: Run) -> None:
    """A close that crosses with a request can't be told from a failure: it is marked, and does not come again."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI)
        await visit.request()

    results = wire(handler, send_each(GET, GET, GET, GET))
    assert [sent.stale for sent in results] == [False, True, False, False]
    assert results[1].answer.kind == "closed"
    assert [sent.connection for sent in results] == [1, 1, 2, 3]


def test_no_other_kept_connection_is_trusted_then(wire: Run) -> None:
    """One that had been kept before would leave the next request in doubt as well."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI)
        await visit.request()

    async def session(wire: Wire) -> list[Sent]:
        await asyncio.gather(wire.client.send(GET), wire.client.send(GET))
        return [await wire.client.send(GET), await wire.client.send(GET)]

    assert [True, False] == [sent.stale for sent in wire(handler, session)]


def test_a_second_answer_drops_the_connection(wire: Run) -> None:
    """Bytes that nobody asked for, at once or later, never answer the next request."""

    async def later(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI)
        await asyncio.sleep(0.005)
        await visit.send(OK + b"Content-Length: 3\r\n\r\nbad")
        spoken.append(visit.number)
        await visit.request()

    async def session(wire: Wire) -> list[Sent]:
        first = await wire.client.send(GET)
        async with asyncio.timeout(LONGEST):
            while not spoken:  # noqa: ASYNC110 -- of one connection only
                await asyncio.sleep(0.001)
        return [first, await wire.client.send(GET)]

    spoken: list[int] = []
    for handler in (once(HI + HI, then=lambda visit: spoken.append(visit.number)), later):
        spoken.clear()
        results = wire(handler, session)
        assert [(sent.connection, sent.answer.body) for sent in results] == [(1, b"hi"), (2, b"hi")]


CASE = Case("note", "success", "usual", POST, ())
TEXT = b"<!DOCTYPE HTML>no"
BAD = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno"
NO = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"


@pytest.mark.parametrize(
    ("request_", "after", "so"),
    [
        (POST, TEXT, True),
        (GET, TEXT, True),
        (POST, BAD, True),
        (GET, BAD, False),
        (GET, BAD.replace(b"400", b"408"), True),
        (POST, NO, False),
        (POST, BAD.replace(b"400", b"500"), False),
        (POST, OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", False),
    ],
)
def test_what_may_be_left_over_names_the_case_before(wire: Run, request_: Request, after: bytes, *, so: bool) -> None:
    """No HTTP may be; so may the refusal of bytes that are no request, where the one before had a body to be left."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI)
        await visit.request()
        await visit.send(after)

    first, second = wire(handler, send_each(request_, GET, case=CASE))
    assert (None, True, CASE if so else None) == (first.former, second.reused, second.former)
    assert not second.stale


def test_what_comes_on_a_new_connection_is_of_its_request(wire: Run) -> None:
    """Nothing went before; and from then on, no connection is trusted that was kept."""

    async def handler(visit: ServerConnection) -> None:
        for answer in (TEXT,) if visit.number == 1 else (HI, TEXT):
            await visit.request()
            await visit.send(answer)

    results = wire(handler, send_each(POST, POST, POST, POST, POST, case=CASE))
    assert [None, None, CASE, None, None] == [sent.former for sent in results]
    assert [1, 2, 2, 3, 4] == [sent.connection for sent in results]


def test_an_early_answer_is_taken(wire: Run) -> None:
    """A target may refuse a body and close before it has read it: the answer counts, though writing fails."""
    refusal = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"

    async def handler(visit: ServerConnection) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.send(refusal)

    for sent in wire(handler, send_each(*[BIG] * 4)):
        assert isinstance(sent.answer, Answer)
        assert (sent.answer.status, sent.answer.body, sent.reused) == (413, b"no", False)


def test_an_early_answer_on_a_kept_connection(wire: Run) -> None:
    """When the body was not wholly sent, the connection is not used again though the target keeps it."""

    async def handler(visit: ServerConnection) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.send(HI)
        await asyncio.sleep(30)

    assert [sent.connection for sent in wire(handler, send_each(BIG, GET))] == [1, 2]


@pytest.mark.parametrize(
    ("handler", "kind", "detail"),
    [
        (once(), "closed", "no byte"),
        (once(OK + b"Content-Length: 5\r\n\r\nhi"), "closed", "2 of 5 bytes"),
        (once(then=reset), "reset", "no byte"),
        (once(OK + b"Content-Length: 5\r\n\r\nhi", then=reset), "reset", "2 of 5 bytes"),
        (once(b"\x1b[2Jgarbage\r\n\r\n"), "not-http", "x1b"),
        (once(*[b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * 4096] * 40]), "not-http", "over 65536"),
    ],
    ids=["empty", "truncated", "reset", "reset in the body", "garbage", "endless head"],
)
def test_what_is_no_answer(wire: Run, handler: Callable[[ServerConnection], Any], kind: str, detail: str) -> None:
    """Each way to fail has its kind, and says how far the answer had come."""
    (sent,) = wire(handler, send_each(GET))
    assert isinstance(sent.answer, NoAnswer)
    assert sent.answer.kind == kind
    assert detail in sent.answer.detail
    assert not sent.stale


@pytest.mark.parametrize("start", [b"", OK + b"Content-Length: 9\r\n\r\nab"])
def test_a_target_that_hangs(wire: Run, start: bytes) -> None:
    """The time limit is a total: it ends waits at any point."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(start)
        await asyncio.sleep(30)

    (sent,) = wire(handler, send_each(GET), time_limit=0.1)
    assert isinstance(sent.answer, NoAnswer)
    assert sent.answer.kind == "timeout"
    assert sent.answer.detail.startswith("after 0.1")


def test_a_target_that_drips(wire: Run) -> None:
    """Each byte in time does not make an answer in time."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(OK)
        while True:
            await visit.send(b"X-More: 1\r\n")
            await asyncio.sleep(0.01)

    (sent,) = wire(handler, send_each(GET), time_limit=0.1)
    assert sent.answer.kind == "timeout"


def test_an_endless_body_is_cut(wire: Run) -> None:
    """The body is kept up to the limit, the size says what was read, and the connection is dropped."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(OK + b"\r\n")
        while True:
            await visit.send(b"y" * 4096)

    first, second = wire(handler, send_each(GET, GET), body_limit=10_000)
    assert first.answer.body == b"y" * 10_000
    assert first.answer.size > 10_000
    assert second.connection == 2


def test_cancelling_leaves_nothing_behind(wire: Run) -> None:
    """A cancelled request drops its connection, and the next one is answered on its own."""

    async def handler(visit: ServerConnection) -> None:
        request = await visit.request()
        if b"/slow" in request:
            await asyncio.sleep(30)
        await visit.send(HI)

    async def session(wire: Wire) -> Any:
        slow = asyncio.ensure_future(wire.client.send(Request("GET", "/slow")))
        await wire.visited.wait()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        return await wire.client.send(GET)

    sent = wire(handler, session)
    assert (sent.answer.body, sent.connection) == (b"hi", 2)


def test_closing_ends_what_is_in_flight(wire: Run) -> None:
    """A request that waits when the client is closed has no answer, and does not wait on."""

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        await asyncio.sleep(30)

    async def session(wire: Wire) -> Any:
        waiting = asyncio.ensure_future(wire.client.send(GET))
        await wire.visited.wait()
        await asyncio.sleep(0.01)
        await wire.client.close()
        return await waiting

    assert wire(handler, session).answer.kind == "closed"


@pytest.mark.parametrize(("size", "status", "connections"), [(9000, b"413 No", [1, 2]), (9000, b"200 OK", [1, 1])])
def test_a_refused_long_body_is_the_last_of_its_connection(
    wire: Run, size: int, status: bytes, connections: list[int]
) -> None:
    """A target may have left a part of it unread, and then ends the connection whatever it says."""

    async def refuse(visit: ServerConnection) -> None:
        while await visit.request():
            await visit.send(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    body = Request("POST", "/", (), b"x" * size)
    assert connections == [sent.connection for sent in wire(refuse, send_each(body, GET))]


def test_what_was_certainly_not_sent_is_sent_over_another_connection(
    wire: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept connection that is found closed takes no byte: the request goes over a new one, and only there."""
    monkeypatch.setattr(Connection, "fresh_enough", lambda *_, **__: True)
    seen: list[int] = []

    async def count(visit: ServerConnection) -> None:
        if await visit.request():
            seen.append(visit.number)
            await visit.send(HI)

    async def session(wire: Wire) -> list[Sent]:
        first = await wire.client.send(GET)
        await wire.ended()
        return [first, await wire.client.send(GET)]

    assert [(1, 200, False), (2, 200, False)] == [
        (sent.connection, sent.answer.status, sent.stale) for sent in wire(count, session)
    ]
    assert [1, 2] == seen
