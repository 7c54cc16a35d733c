"""HTTP/1.1 as the world reads and writes it."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from bothends.world.http import Received, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any


def statuses(raw: bytes) -> list[bytes]:
    """Return the statuses of the answers in a stream."""
    return [part[:3] for part in raw.split(b"HTTP/1.1 ")[1:]]


def test_a_connection_is_kept_alive(play: Play) -> None:
    """One connection serves request after request."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        answers = [await peer.ask(scene.get()) for _ in range(5)]
        assert 5 == len(set(answers))
        _, calls = scene.world.take()
        assert 5 == len(calls)

    play(scenario)


@pytest.mark.parametrize("head", [["Connection: close"], []])
def test_a_connection_that_the_peer_wants_closed_is_closed(play: Play, head: list[str]) -> None:
    """`Connection: close`, and HTTP/1.0 without keep-alive, end after the answer."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        request = scene.get("/settings", *head)
        peer.writer.write(request if head else request.replace(b"HTTP/1.1", b"HTTP/1.0"))
        raw = await peer.rest()
        assert [b"200"] == statuses(raw)
        assert b"connection: close\r\n" in raw

    play(scenario)


def test_pipelined_requests_are_answered_in_order(play: Play) -> None:
    """Many requests in one packet get as many answers, one after another (RFC 9112 section 9.3.2)."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        peer.writer.write(scene.get() * 40 + scene.get("/settings", "Connection: close") + scene.get())
        assert [b"200"] * 41 == statuses(await peer.rest())
        _, calls = scene.world.take()
        assert list(range(1, 42)) == [call.number for call in calls]

    play(scenario)


def test_pipelined_requests_wait_for_a_fault(play: Play) -> None:
    """While one request is unanswered the next is not begun, and reading stops when many wait."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings hangs"):
            peer = await scene.connect("settings")
            peer.writer.write(scene.get() * 30)
            assert 1 == len((await scene.witnessed())[1])
            await scene.ask("ingest", scene.post({"name": "a"}))
            assert [] == scene.world.take()[1]

    play(scenario)


def test_pipelined_requests_each_meet_the_fault(play: Play) -> None:
    """When a fault has answered one, the next gets its turn."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings answers 500"):
            peer = await scene.connect("settings")
            peer.writer.write(scene.get() * 30 + scene.get("/settings", "Connection: close"))
            assert [b"500"] * 31 == statuses(await peer.rest())
            assert {"the settings answers 500": 31} == scene.fired()

    play(scenario)


def test_a_request_may_come_byte_by_byte(play: Play) -> None:
    """However the bytes are cut, the request is the same."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("ingest")
        request = scene.post({"name": "a", "id": "1"}, "X-One: 1", "x-two: Z\u00fcrich")
        for index in range(len(request)):
            peer.writer.write(request[index : index + 1])
            await asyncio.sleep(0)
        assert b"200 OK" in await peer.answer()
        (delivery,), _ = scene.world.take()
        assert ("x-two", "ZÃ¼rich") in delivery.headers
        assert ("x-one", "1") in delivery.headers

    play(scenario)


def test_chunks_and_trailers_are_undone(play: Play) -> None:
    """The body is what the chunks hold; trailers are no headers (RFC 9112 section 7.1.2)."""

    async def scenario(scene: Scene) -> None:
        head = scene.post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        body = b'5\r\n{"nam\r\n6;x=y\r\ne":"a"\r\n1\r\n}\r\n0\r\nX-Trailer: 1\r\n\r\n'
        assert b"200 OK" in await scene.ask("ingest", head + body)
        (delivery,), _ = scene.world.take()
        assert {"name": "a"} == delivery.event
        assert "x-trailer" not in dict(delivery.headers)

    play(scenario)


def test_a_client_that_waits_for_100_gets_it(play: Play) -> None:
    """`Expect: 100-continue` is answered before the body (RFC 9110 section 10.1.1)."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("ingest")
        request = scene.post({"name": "a"}, "Expect: 100-continue")
        head, _, body = request.partition(b"\r\n\r\n")
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await peer.ask(head + b"\r\n\r\n")
        assert b"200 OK" in await peer.ask(body)

    play(scenario)


def test_an_offered_upgrade_is_ignored(play: Play) -> None:
    """Java's client offers h2c with each request; it is answered in HTTP/1.1, and the connection goes on."""

    async def scenario(scene: Scene) -> None:
        offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk")
        peer = await scene.connect("settings")
        for _ in range(2):
            assert b"200 OK" in await peer.ask(scene.get("/settings", *offer))
        poster = await scene.connect("ingest")
        for _ in range(2):
            assert b"200 OK" in await poster.ask(scene.post({"name": "a"}, *offer))
        assert [{"name": "a"}] * 2 == [delivery.event for delivery in scene.world.take()[0]]

    play(scenario)


def test_connect_is_no_tunnel(play: Play) -> None:
    """CONNECT gets an answer like any other method, and the end of the connection."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        peer.writer.write(b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nsomething")
        assert [b"404"] == statuses(await peer.rest())

    play(scenario)


def test_head_gets_no_body(play: Play) -> None:
    """The answer to HEAD ends with its headers, so that the next answer is not mistaken."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        peer.writer.write(scene.get("/nowhere").replace(b"GET", b"HEAD") + scene.get("/settings", "Connection: close"))
        raw = await peer.rest()
        assert [b"404", b"200"] == statuses(raw)
        assert b"\r\n\r\nHTTP/1.1 200" in raw

    play(scenario)


def test_heads_of_many_requests_are_not_taken_for_one(play: Play) -> None:
    """A client that sends ahead may put more than 64 KiB of them on the wire at once."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        one = scene.get("/settings", f"X-Long: {'a' * 40_000}")
        peer.writer.write(one * 5 + scene.get("/settings", "Connection: close"))
        assert [b"200"] * 6 == statuses(await peer.rest())

    play(scenario)


@pytest.mark.parametrize(
    ("name", "sent", "status"),
    [
        ("settings", b"nonsense\r\n\r\n", b"400"),
        ("settings", b"GET /settings HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n", b"400"),
        ("ingest", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        ("ingest", b"POST /e/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        ("settings", b"GET /settings HTTP/1.1\r\nX: " + b"a" * 70_000, b"431"),
    ],
)
def test_what_is_no_request_is_refused_and_on_record(play: Play, name: str, sent: bytes, status: bytes) -> None:
    """Broken framing gets an error and the end of the connection; the record says so."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect(name)
        peer.writer.write(sent)
        assert [status] == statuses(await peer.rest())
        deliveries, calls = scene.world.take()
        (only,) = deliveries + calls
        assert int(status) == only.status
        if deliveries:
            assert (None, False, False) == (only.event, only.stored, only.right_address)
            assert only.refusal.startswith("not HTTP/1.1")

    play(scenario)


def test_a_body_over_the_limit_is_cut(play: Play) -> None:
    """More than 8 MiB is read and dropped; the answer is 413 and nothing is stored."""

    async def scenario(scene: Scene) -> None:
        answer = await scene.ask("ingest", scene.post(b"[" + b" " * (9 << 20) + b"]"))
        assert answer.startswith(b"HTTP/1.1 413 ")
        (delivery,), _ = scene.world.take()
        assert ("body over 8 MiB", 413, False) == (delivery.refusal, delivery.status, delivery.stored)

    play(scenario)


@pytest.mark.parametrize("framing", [b"1;" + b"x" * 200_000, b"2\r\n{}\r\n0\r\nX-More: " + b"x" * 200_000])
def test_framing_without_end_is_broken_off(play: Play, framing: bytes) -> None:
    """What an extension of a chunk, or a trailer, goes on with is not read for ever."""

    async def scenario(scene: Scene) -> None:
        head = scene.post({}).partition(b"Content-Length")[0]
        answer = await scene.ask("ingest", head + b"Transfer-Encoding: chunked\r\n\r\n" + framing)
        assert answer.startswith(b"HTTP/1.1 400 ")
        (delivery,), _ = scene.world.take()
        assert "trailers, or what frames chunks, over 64 KiB" == delivery.refusal

    play(scenario)


def test_chunks_of_one_byte_are_read(play: Play) -> None:
    """They take six bytes each, and are a body like any other."""

    async def scenario(scene: Scene) -> None:
        body = b'{"name": "a", "data": {"text": "' + b"a" * 60_000 + b'"}}'
        head = scene.post({}).partition(b"Content-Length")[0]
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        answer = await scene.ask("ingest", head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")

    play(scenario)


def test_a_half_closed_client_gets_its_answer(play: Play) -> None:
    """A client may close its sending side with its request (RFC 9293 section 3.6): the answer counts as given."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("ingest")
        peer.writer.write(scene.post({"name": "a"}))
        peer.writer.write_eof()
        assert [b"200"] == statuses(await peer.rest())
        (delivery,), _ = scene.world.take()
        assert delivery.acknowledged

    play(scenario)


@pytest.mark.parametrize("abort", [True, False])
def test_an_answer_after_the_client_has_gone_is_no_answer(play: Play, *, abort: bool) -> None:
    """What was stored for a client that had gone before the answer is in doubt."""

    async def scenario(scene: Scene) -> None:
        with socket.create_connection(("127.0.0.1", scene.port("ingest"))) as sock:
            sock.sendall(scene.get("/health"))
            await scene.world.services.quiet(0.0)
            await scene.ask("ingest", scene.get("/health"))  # the first connection was accepted before this one
            # From here on the loop does not run, until the peer has gone.
            sock.sendall(scene.post({"name": "a"}))
            if abort:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        await scene.ask("ingest", scene.get("/health"))
        deliveries, _ = scene.world.take()
        assert len(deliveries) <= 1, "a reset may have overtaken the request"
        assert [(False, True)] * len(deliveries) == [(one.acknowledged, one.in_doubt) for one in deliveries]
        assert abort or deliveries

    play(scenario)


def test_a_reply_is_written_byte_for_byte() -> None:
    """Status line, headers in order, length, and `Connection: close` where it ends; 204 has no length."""
    reply = Reply(200, (("a", "b"), ("c", "d")), b"xyz")
    assert b"HTTP/1.1 200 OK\r\na: b\r\nc: d\r\ncontent-length: 3\r\n\r\n" == reply.head()
    assert b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n" == Reply(204).head(close=True)
    assert b"HTTP/1.1 599 \r\ncontent-length: 0\r\n\r\n" == Reply(599).head()


def test_a_received_request_tells_its_parts() -> None:
    """The path is the target without its query; a header is found by its name in lower case."""
    received = Received("GET", "/a?b=c", (("x", "1"), ("x", "2")), b"", 0.0)
    assert ("/a", "GET /a?b=c", "1", None) == (received.path, received.line, received.header("x"), received.header("y"))


def test_many_connections_at_once(play: Play) -> None:
    """Two hundred connections are served together, each answer its own."""

    async def scenario(scene: Scene) -> None:
        answers = await asyncio.gather(*(scene.ask("settings", scene.get()) for _ in range(200)))
        values = {json.dumps(json.loads(answer.partition(b"\r\n\r\n")[2])) for answer in answers}
        assert 200 == len(values)
        assert await scene.world.services.quiet(10.0)

    play(scenario)
