"""The loopback is what Pact's verifier takes for the provider."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from bothends.errors import HarnessError
from bothends.pacts.loopback import Loopback, MessagePart, ProviderPart, end_to_end
from bothends.records import Answer, NoAnswer, Request


async def told(port: int, wire: bytes) -> bytes:
    """Send bytes, and return what comes until the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(wire)
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def post(path: str, body: bytes) -> bytes:
    """Return a request as bytes."""
    return (
        f"POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    )


def test_headers_of_the_connection_stay_behind() -> None:
    """What belongs to one connection is not handed on to the next (RFC 9110 section 7.6.1)."""
    headers = (("Host", "x"), ("Connection", "close"), ("X-Own", "1"), ("transfer-encoding", "chunked"))
    assert (("X-Own", "1"),) == end_to_end(headers)


def test_states_answer_with_their_parameters() -> None:
    """A change of state is done at once, and its values are the parameters that it has."""

    async def play() -> list[bytes]:
        loopback = Loopback()
        loopback.start()
        port = urlsplit(loopback.states).port or 0
        changes = [{"state": "", "action": "setup"}, {"state": "order {id}", "params": {"id": "é"}}]
        answers = [await told(port, post("/states", json.dumps(change).encode())) for change in changes]
        loopback.check()
        await loopback.stop()
        return answers

    none, some = asyncio.run(play())
    assert none.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [{}, {"id": "é"}] == [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in (none, some)]


def test_what_cannot_be_served_is_the_harness_own_fault() -> None:
    """A change of state that is none is kept, and told when the loopback is next looked at."""

    async def play() -> None:
        loopback = Loopback()
        loopback.start()
        assert b"" == await told(urlsplit(loopback.states).port or 0, post("/states", b"no JSON"))
        with pytest.raises(HarnessError, match="could not be served"):
            loopback.check()
        await loopback.stop()

    asyncio.run(play())


def test_what_is_no_request_is_refused() -> None:
    """Bytes that are no HTTP get 400, and the provider is not asked."""

    async def play() -> tuple[int, bytes]:
        loopback = Loopback()
        loopback.start()
        part = loopback.part = MessagePart(b"{}", "application/json", {})
        answer = await told(loopback.port, b"no HTTP\r\n\r\n")
        await loopback.stop()
        return part.asked, answer

    asked, answer = asyncio.run(play())
    assert 0 == asked
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_provider_is_asked_once() -> None:
    """A second request, such as a client's own retry, is counted and gets no answer; it is not handed on."""
    seen: list[Request] = []

    async def ask(request: Request) -> Answer | NoAnswer:
        seen.append(request)
        return Answer(200, (), b"", 0)

    async def play() -> tuple[ProviderPart, list[bytes]]:
        loopback = Loopback()
        loopback.start()
        part = ProviderPart(ask, ["X-Own"])
        loopback.part = part
        assert not part.busy()
        answers = [await told(loopback.port, post("/", b"")) for _ in range(2)]
        await loopback.stop()
        return part, answers

    part, answers = asyncio.run(play())
    assert [Request("POST", "/")] == seen
    assert 2 == part.asked
    assert [True, False] == [answer.startswith(b"HTTP/1.1 200 OK") for answer in answers]
