"""Bytes sent as they are."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any

import pytest

from bothends.client import send_raw
from bothends.clock import Clock
from bothends.records import Answer, NoAnswer
from tests.client.wire import HI, OK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.wire import Run, Visit, Wire


def raw(payload: bytes, **options: Any) -> Callable[[Wire], Any]:
    """Make a session that sends bytes."""

    async def session(wire: Wire) -> list[Answer] | NoAnswer:
        return await send_raw(
            "127.0.0.1", wire.port, payload, clock=Clock(), **{"time_limit": 20.0, "quiet": 0.1, **options}
        )

    return session


def test_pipelined_requests_have_an_answer_each(wire: Run) -> None:
    """All answers are read in order, and a target that keeps the connection is not waited for."""

    async def handler(visit: Visit) -> None:
        for number in range(2):
            await visit.request()
            await visit.send(OK + b"Content-Length: 1\r\n\r\n%d" % number)
        await asyncio.sleep(30)

    payload = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    assert [answer.body for answer in wire(handler, raw(payload * 2))] == [b"0", b"1"]


def test_the_bytes_arrive_as_they_are(wire: Run) -> None:
    """Nothing is added and nothing is mended."""
    payload = b"PO ST / HTTP/9.9\nBad : header\r\n\r\n"
    seen: list[bytes] = []

    async def handler(visit: Visit) -> None:
        seen.append(await visit.reader.readexactly(len(payload)))
        await visit.send(b"HTTP/1.1 400 Bad\r\nConnection: close\r\nContent-Length: 0\r\n\r\nmore")

    assert [answer.status for answer in wire(handler, raw(payload))] == [400]
    assert [payload] == seen


def test_an_answer_that_only_the_end_ends(wire: Run) -> None:
    """It is taken at the end of the connection."""

    async def handler(visit: Visit) -> None:
        await visit.reader.read(1)
        await visit.send(OK + b"\r\nhi")

    assert [answer.body for answer in wire(handler, raw(b"x"))] == [b"hi"]


def test_the_answer_to_head(wire: Run) -> None:
    """It has no body, and the target that keeps the connection is not waited for."""

    async def handler(visit: Visit) -> None:
        await visit.request()
        await visit.send(OK + b"Content-Length: 5\r\n\r\n")
        await asyncio.sleep(30)

    assert [answer.body for answer in wire(handler, raw(b"HEAD / HTTP/1.1\r\n\r\n"))] == [b""]


def test_an_endless_body_is_cut(wire: Run) -> None:
    """The limit of a body holds here too."""

    async def handler(visit: Visit) -> None:
        await visit.reader.read(1)
        await visit.send(HI + OK + b"\r\n")
        while True:
            await visit.send(b"y" * 65_536)

    first, second = wire(handler, raw(b"x"))
    assert (first.body, len(second.body)) == (b"hi", 1 << 20)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(b"", "closed"), (b"garbage\r\n", "not-http"), (None, "timeout")],
    ids=["end", "garbage", "hang"],
)
def test_no_answer(wire: Run, answer: bytes | None, kind: str) -> None:
    """Without any answer there is a reason."""

    async def handler(visit: Visit) -> None:
        await visit.reader.read(1)
        if answer is None:
            await asyncio.sleep(30)
        else:
            await visit.send(answer)

    outcome = wire(handler, raw(b"x", time_limit=0.2))
    assert isinstance(outcome, NoAnswer)
    assert outcome.kind == kind


def test_no_connection() -> None:
    """A port on which nothing listens refuses; one whose queue is full lets the time run out."""

    async def main() -> list[str]:
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            full.bind(("127.0.0.1", 0))
            port = full.getsockname()[1]
            refused = await send_raw("127.0.0.1", port, b"x", clock=Clock(), time_limit=20)
            full.listen(0)
            for filler in (first, second):
                filler.setblocking(False)  # noqa: FBT003 -- the socket module's own call
                filler.connect_ex(full.getsockname())
            late = await send_raw("127.0.0.1", port, b"x", clock=Clock(), time_limit=0.2)
        return [outcome.kind for outcome in (refused, late) if isinstance(outcome, NoAnswer)]

    assert asyncio.run(main()) == ["refused", "timeout"]
