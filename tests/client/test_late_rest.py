"""The rest of a request after its answer, and what follows it: written once, and only when that is certain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bothends.records import NoAnswer, Request
from tests.client.wire import BYE, HI, body_of, sent

if TYPE_CHECKING:
    from tests.client.wire import Run, ServerConnection

LATE = Request("POST", "/", raw=b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET /2 HTTP/1.1\r\n@COOKIE2@\r\n")


def test_a_rest_that_comes_late_goes_over_the_kept_connection(wire: Run) -> None:
    """After the answer to the head, the body and the second request follow it."""
    seen: list[bytes] = []

    async def keep(visit: ServerConnection) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        await visit.send(HI)
        seen.append(await visit.reader.readexactly(4))
        seen.append(await visit.request())
        await visit.send(BYE)

    first, second = wire(keep, sent("the rest comes after the answer", LATE, callers=2))
    assert (b"hi", b"bye") == (body_of(first), body_of(second))
    assert [b"body", b"GET /2 HTTP/1.1\r\nCookie: user=1\r\n\r\n"] == seen


@pytest.mark.parametrize("answer", [BYE, HI], ids=["told", "not told"])
def test_a_rest_that_comes_late_goes_over_another_connection(wire: Run, answer: bytes) -> None:
    """Where the target ends the first one, said or not, the second request is sent over a new one."""
    seen: list[tuple[int, bytes]] = []

    async def end(visit: ServerConnection) -> None:
        seen.append((visit.number, await visit.reader.readuntil(b"\r\n\r\n")))
        await visit.send(answer)

    first, second = wire(end, sent("the rest comes after the answer", LATE, callers=2))
    assert [200, 200] == [one.answer.status for one in (first, second)]
    assert [1, 2] == [number for number, _ in seen]
    assert seen[1][1].startswith(b"GET /2 ")


def test_an_answer_is_kept_though_nobody_listens_for_what_follows(wire: Run) -> None:
    """The target ends the connection after its answer, and takes no other one: the second request has no answer."""

    async def end(visit: ServerConnection) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        visit.listen_no_more()
        await visit.send(BYE)

    first, second = wire(end, sent("the rest comes after the answer", LATE, callers=2))
    assert (b"bye", True) == (body_of(first), isinstance(second.answer, NoAnswer))


def test_a_head_without_answer_is_followed_by_its_body(wire: Run) -> None:
    """A target that reads all before it answers is given all, after half a second."""

    async def patient(visit: ServerConnection) -> None:
        for _ in range(2):
            assert await visit.request()
            await visit.send(HI)

    first, second = wire(patient, sent("the rest comes after the answer", LATE, callers=2))
    assert (b"hi", b"hi") == (body_of(first), body_of(second))


def test_a_late_rest_without_a_length_is_all_of_it(wire: Run) -> None:
    """A request with no length has no body that a second one could stand behind."""
    chunked = Request("POST", "/", raw=b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")

    async def handler(visit: ServerConnection) -> None:
        await visit.reader.readuntil(b"\r\n\r\n")
        assert b"0\r\n\r\n" == await visit.reader.readexactly(5)
        await visit.send(BYE)

    (one,) = wire(handler, sent("the rest comes after the answer", chunked))
    assert b"bye" == body_of(one)


def test_no_request_is_written_behind_one_that_is_not_answered(wire: Run) -> None:
    """A target that ends the connection with its answer to the whole of the first has had nothing of the second."""
    seen: list[tuple[int, bytes]] = []

    async def end(visit: ServerConnection) -> None:
        request = await visit.request()
        if visit.number == 1:
            await asyncio.sleep(0.05)
        await visit.send(BYE)
        seen.append((visit.number, request + await visit.reader.read()))

    first, second = wire(end, sent("the rest comes after the answer", LATE, callers=2))
    assert (b"bye", b"bye") == (body_of(first), body_of(second))
    assert [b"body", b"Cookie: user=1\r\n\r\n"] == [text.partition(b"\r\n\r\n")[2] or text[-18:] for _, text in seen]
    assert [1, 2] == [number for number, _ in seen]


def test_what_would_follow_an_unanswered_request_is_not_sent(wire: Run) -> None:
    """The second caller has no exchange where the first one is left without an answer."""

    async def silent(visit: ServerConnection) -> None:
        await visit.request()

    (first,) = wire(silent, sent("the rest comes after the answer", LATE, callers=2))
    assert isinstance(first.answer, NoAnswer)
    assert not first.stale


def test_a_second_request_that_meets_the_end_is_in_doubt(wire: Run) -> None:
    """The connection was kept after the first answer, and has ended before a byte of the second."""

    async def late(visit: ServerConnection) -> None:
        await visit.request()
        await visit.send(HI)
        await visit.request()

    first, second = wire(late, sent("the rest comes after the answer", LATE, callers=2))
    assert (b"hi", False) == (body_of(first), first.stale)
    assert isinstance(second.answer, NoAnswer)
    assert second.stale
