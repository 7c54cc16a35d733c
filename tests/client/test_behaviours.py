"""The behaviours of clients, each as a server on a real socket sees it."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from bothends.client import BEHAVIOURS, Client
from bothends.client.behaviours import behaviour_of
from bothends.errors import HarnessError
from bothends.records import Answer, Credential, NoAnswer, Request
from tests.client.wire import BODY, BYE, HI, POST, PatientClock, body_of, sent

if TYPE_CHECKING:
    from bothends.client import Sent
    from tests.client.wire import Run, ServerConnection, Wire

REFUSED = b"HTTP/1.1 413 Too large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TWO = Request("POST", "/", raw=b"GET /1 HTTP/1.1\r\n@COOKIE@\r\nGET /2 HTTP/1.1\r\n@COOKIE2@\r\n")

MANY = 120
"""Looks at whether a target is at work: more than a client takes that leaves after a while."""


async def hi(visit: ServerConnection) -> None:
    """Answer each request on a kept connection."""
    while await visit.request():
        await visit.send(HI)


async def pieces(visit: ServerConnection, seen: list[bytes], whole: int) -> None:
    """Read what comes until there is so much of it, and answer."""
    while sum(map(len, seen)) < whole:
        seen.append(await visit.reader.read(65_536))
    await visit.send(BYE)


def test_a_connection_of_its_own_hears_all(wire: Run) -> None:
    """An answer that nobody asked for stands behind the first, on a connection that is not used again."""

    async def twice(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI + BYE)

    (one,) = wire(twice, sent("on a connection of its own"))
    assert (b"hi", [b"bye"], False) == (body_of(one), [answer.body for answer in one.further], one.reused)


def test_each_caller_has_an_answer_of_its_own(wire: Run) -> None:
    """Two requests go at once, each with its cookies, and are answered in their order."""
    seen: list[bytes] = []

    async def each(visit: ServerConnection) -> None:
        for answer in (HI, BYE):
            seen.append(await visit.request())
            await visit.send(answer)

    first, second = wire(each, sent("the client waits for each answer", TWO, callers=2))
    assert (b"hi", b"bye") == (body_of(first), body_of(second))
    assert [b"Cookie: user=0", b"Cookie: user=1"] == [request.split(b"\r\n")[1] for request in seen]


def test_who_is_not_answered_is_told_why(wire: Run) -> None:
    """The first caller has an answer; the second learns that the connection ended."""

    async def once(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI)

    first, second = wire(once, sent("the client waits for each answer", TWO, callers=2))
    assert b"hi" == body_of(first)
    assert isinstance(second.answer, NoAnswer)
    assert "closed" == second.answer.kind


@pytest.mark.parametrize(
    ("behaviour", "fewest"),
    [("the head comes in drips", 8), ("the body comes in drips", 8), ("the body comes in pieces", 4)],
)
def test_a_request_that_comes_bit_by_bit_comes_in_full(wire: Run, behaviour: str, fewest: int) -> None:
    """The server reads it several times over, drips some ten times, and answers the whole."""
    seen: list[bytes] = []

    async def handler(visit: ServerConnection) -> None:
        await pieces(visit, seen, len(request_bytes))

    request_bytes = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 40\r\n\r\n" + BODY
    (one,) = wire(handler, sent(behaviour, Request("POST", "/", raw=request_bytes)))
    assert b"bye" == body_of(one)
    assert request_bytes == b"".join(seen)
    assert len(seen) >= fewest


def test_drips_end_with_an_answer(wire: Run) -> None:
    """Who is refused before all is sent sends no more."""
    seen: list[bytes] = []

    async def refuse(visit: ServerConnection) -> None:
        seen.append(await visit.reader.readuntil(b"\r\n\r\n"))
        await visit.send(REFUSED)
        seen.append(await visit.reader.read())

    (one,) = wire(refuse, sent("the body comes in drips"))
    assert isinstance(one.answer, Answer)
    assert 413 == one.answer.status
    assert len(seen[1]) < len(BODY)


@pytest.mark.parametrize(
    ("behaviour", "ends"),
    [("the client stops in the head", b"\r\n"), ("the client stops in the body", b"\r\n\r\n" + BODY[:20])],
)
def test_a_request_that_stops_never_comes_in_full(wire: Run, behaviour: str, ends: bytes) -> None:
    """The rest does not come; the client goes after a while."""
    seen: list[bytes] = []

    async def to_the_end(visit: ServerConnection) -> None:
        seen.append(await visit.reader.read(65_536))
        seen.append(await visit.reader.read())

    (one,) = wire(to_the_end, sent(behaviour))
    assert isinstance(one.answer, NoAnswer)
    assert ("timeout", True) == (one.answer.kind, "waited no longer" in one.answer.detail)
    assert (True, b"") == (seen[0].endswith(ends), seen[1])


@pytest.mark.parametrize(
    ("told", "comes"), [(b"HTTP/1.1 100 Continue\r\n\r\n", True), (b"", True), (REFUSED, False)], ids=["go", "", "no"]
)
def test_a_body_that_waits_for_the_word(wire: Run, told: bytes, comes: bool) -> None:  # noqa: FBT001 -- a parameter
    """It comes after `100 Continue`, or half a second without it; after a refusal it does not."""
    seen: list[bytes] = []

    async def handler(visit: ServerConnection) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.send(told)
        if comes:
            seen.append(await visit.reader.readexactly(len(BODY)))
            await visit.send(BYE)
        else:
            seen.append(await visit.reader.read())

    (one,) = wire(handler, sent("the client waits to be told to go on"))
    assert isinstance(one.answer, Answer)
    assert (200 if comes else 413) == one.answer.status
    assert [BODY if comes else b""] == seen


@pytest.mark.parametrize("late", [0.0, 1.5])
def test_a_half_that_is_closed_still_hears(wire: Run, late: float) -> None:
    """The server sees the end of the request's direction, and its answer arrives, also if it takes its time."""
    seen: list[bytes] = []

    async def handler(visit: ServerConnection) -> None:
        await visit.request()
        seen.append(await visit.reader.read())
        await asyncio.sleep(late)
        await visit.send(HI)

    (one,) = wire(handler, sent("the client half-closes"))
    assert (b"hi", [b""]) == (body_of(one), seen)


@pytest.mark.parametrize(
    ("behaviour", "end"),
    [("the client goes away after the request", b""), ("the client resets after the request", ConnectionResetError)],
)
def test_a_client_that_goes_while_the_target_is_at_work(wire: Run, behaviour: str, end: Any) -> None:
    """It goes once work is seen, in order or not, and its exchange says that it was the client."""
    at_work = asyncio.Event()
    seen: list[Any] = []

    async def work(visit: ServerConnection) -> None:
        assert await visit.request()
        await asyncio.sleep(0.05)
        at_work.set()
        try:
            seen.append(await visit.reader.read())
        except ConnectionResetError:
            seen.append(ConnectionResetError)

    async def session(served: Wire) -> list[Sent]:
        result = await sent(behaviour, at_work=at_work.is_set)(served)
        await asyncio.gather(*served.tasks)
        return result

    (one,) = wire(work, session)
    assert NoAnswer("closed", "the client went away") == one.answer
    assert [end] == seen


def test_nobody_leaves_while_the_target_is_at_work(wire: Run) -> None:
    """A client that need not get an answer waits for one all the same, as long as work is seen."""
    looks = 0

    def at_work() -> bool:
        nonlocal looks
        looks += 1
        return looks < MANY

    async def handler(visit: ServerConnection) -> None:
        assert await visit.request()
        while looks < MANY:  # noqa: ASYNC110 -- there is no event of it
            await asyncio.sleep(0.01)
        await visit.send(HI)

    (one,) = wire(handler, sent("on a connection of its own", at_work=at_work))
    assert b"hi" == body_of(one)


def test_who_is_not_seen_at_work_is_left(wire: Run) -> None:
    """Then a client that need not get an answer goes after a while."""

    async def handler(visit: ServerConnection) -> None:
        assert await visit.request()
        assert b"" == await visit.reader.read()

    (one,) = wire(handler, sent("on a connection of its own"))
    assert isinstance(one.answer, NoAnswer)


def test_a_client_that_never_reads_breaks_off(wire: Run) -> None:
    """The connection is reset; only then is it looked at what had been answered."""
    seen: list[Any] = []

    async def handler(visit: ServerConnection) -> None:
        assert await visit.request()
        await visit.send(HI)
        with pytest.raises(ConnectionResetError):
            await visit.reader.read()
        seen.append("reset")

    async def session(served: Wire) -> list[Sent]:
        result = await sent("the client never reads")(served)
        await asyncio.gather(*served.tasks)
        return result

    (one,) = wire(handler, session)
    assert (b"hi", ["reset"]) == (body_of(one), seen)


@pytest.mark.parametrize(("request_", "stalled"), [(POST, 6), (Request("GET", "/"), 3)], ids=["body", "none"])
def test_others_that_have_stalled_stay_until_the_answer(wire: Run, request_: Request, stalled: int) -> None:
    """They stop in the head, and in the body where there is one; none of them is a whole request."""
    whole: list[int] = []

    async def handler(visit: ServerConnection) -> None:
        try:
            if await visit.request():
                whole.append(visit.number)
                await visit.send(HI)
        except asyncio.IncompleteReadError:
            pass  # it has stopped in its body

    async def session(served: Wire) -> tuple[list[Sent], int]:
        return await sent("other clients have stalled", request_)(served), served.visits

    (one,), visits = wire(handler, session)
    assert (b"hi", 1 + stalled, [1]) == (body_of(one), visits, whole)


def test_others_that_are_idle_came_before(wire: Run) -> None:
    """Sixty-four of them have a connection, and the client's is the last."""
    asked: list[int] = []

    async def handler(visit: ServerConnection) -> None:
        if await visit.request():
            asked.append(visit.number)
            await visit.send(HI)

    (one,) = wire(handler, sent("other clients are idle"))
    assert (b"hi", [66]) == (body_of(one), asked)


@pytest.mark.parametrize(("behaviour", "number"), [("the client asks later", 1), ("the client comes later", 2)])
def test_a_client_that_asks_when_others_are_served(wire: Run, behaviour: str, number: int) -> None:
    """One has its connection from before, the other makes one."""
    asked: list[int] = []

    async def handler(visit: ServerConnection) -> None:
        if await visit.request():
            asked.append(visit.number)
            await visit.send(HI)

    (one,) = wire(handler, sent(behaviour, at_work=lambda: True))
    assert (b"hi", [number]) == (body_of(one), asked)


@pytest.mark.parametrize("behaviour", ["the client asks later", "the client comes later", "other clients are idle"])
def test_a_target_that_takes_nobody_any_more(behaviour: str) -> None:
    """A connection that was ended, or is not to be had, is no answer, and nothing waits for one."""

    async def main() -> tuple[Sent, ...]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)  # noqa: FBT003 -- the socket module's own call
            port = listener.getsockname()[1]
            async with Client(f"http://127.0.0.1:{port}", clock=PatientClock(), time_limit=5) as client:
                sending = asyncio.ensure_future(
                    client.send_with_behaviour(behaviour, POST, [Credential()], lambda: True)
                )
                with (await asyncio.get_running_loop().sock_accept(listener))[0]:
                    listener.close()
                return tuple(await sending)

    (one,) = asyncio.run(main())
    assert isinstance(one.answer, NoAnswer)
    assert "closed" == one.answer.kind


@pytest.mark.parametrize("behaviour", BEHAVIOURS.names)
def test_nobody_listens(behaviour: str) -> None:
    """In whatever behaviour, a refused connection is told as such."""

    async def main() -> list[Sent]:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            async with Client(
                f"http://127.0.0.1:{bound.getsockname()[1]}", clock=PatientClock(), time_limit=5
            ) as client:
                return await client.send_with_behaviour(behaviour, POST, [Credential()], bool)

    (one,) = asyncio.run(main())
    assert isinstance(one.answer, NoAnswer)
    assert ("refused", 0) == (one.answer.kind, one.connection)


def test_behaviours_have_sentences_of_their_own() -> None:
    """Two of one sentence are a mistake of whoever adds one, and one that there is not is told with all others."""
    first = next(iter(BEHAVIOURS))
    with pytest.raises(HarnessError, match=f"The client behaviour `{first.sentence}` is registered twice"):
        BEHAVIOURS.add(first)
    with pytest.raises(HarnessError, match="Unknown client behaviour 'the client sulks'") as caught:
        behaviour_of("the client sulks")
    assert all(sentence in (caught.value.expected or "") for sentence in BEHAVIOURS.names)
