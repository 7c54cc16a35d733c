"""Faults that act on the bytes of an answer, and odd forms of right ones."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bothends.clock import Clock
from bothends.contract import DeclaredAnswer, EventContract
from bothends.contract.messages import UrlTemplate
from bothends.contract.settings import IngestSettings, WorldSettings
from bothends.schemas import Schema
from bothends.world import World, read
from tests.in_words import condition
from tests.world.faults.on_record import NAMES, parts, record, request, value

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any


async def broken(scene: Scene, name: str, how: str) -> tuple[bytes, Any]:
    """Return all that comes of a request until the connection ends, and the record of it."""
    sentence = f"the {name} {how}"
    with scene.given(sentence):
        peer = await scene.connect(name)
        peer.writer.write(request(scene, name))
        came = await peer.rest()
        assert {sentence: 1} == scene.fired()
    only = await record(scene)
    assert condition(sentence) == only.fault
    return came, only


def doubted(only: Any) -> tuple[bool, bool]:
    """Return whether an event is stored and in doubt; of a call, whether a value was given."""
    return (only.stored, only.in_doubt) if hasattr(only, "stored") else (only.value is not None, False)


@pytest.mark.parametrize("name", NAMES)
def test_it_closes_without_a_byte(play: Play, name: str) -> None:
    """FIN is all that comes; nothing is stored."""

    async def scenario(scene: Scene) -> None:
        came, only = await broken(scene, name, "closes the connection")
        assert (b"", None, (False, False)) == (came, only.status, doubted(only))

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_speaks_no_http(play: Play, name: str) -> None:
    """What comes begins with no status line; nothing is stored."""

    async def scenario(scene: Scene) -> None:
        came, only = await broken(scene, name, "speaks no HTTP")
        assert came
        assert not came.startswith(b"HTTP/")
        assert (None, (False, False)) == (only.status, doubted(only))

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_in_a_malformed_chunk(play: Play, name: str) -> None:
    """A right head announces chunks, and what follows is none."""

    async def scenario(scene: Scene) -> None:
        came, only = await broken(scene, name, "answers in a malformed chunk")
        status, headers, body = parts(came)
        assert (200, "chunked") == (status, headers["transfer-encoding"])
        assert not body[:1].isdigit()
        assert (200, (False, False)) == (only.status, doubted(only))

    play(scenario)


@pytest.mark.parametrize(
    ("how", "right"),
    [
        ("breaks off in the body", lambda announced, sent: sent == announced // 2),
        ("announces more than it sends", lambda announced, sent: announced == sent + 64),
        ("announces less than it sends", lambda announced, sent: announced == sent // 2),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_length_and_body_differ(play: Play, name: str, how: str, right: Callable[[int, int], bool]) -> None:
    """The length is not that of what comes; the ingest has stored the event, which is in doubt."""

    async def scenario(scene: Scene) -> None:
        came, only = await broken(scene, name, how)
        status, headers, body = parts(came)
        assert (200, "close") == (status, headers["connection"])
        assert right(int(headers["content-length"]), len(body))
        assert (200, False) == (only.status, getattr(only, "acknowledged", False))
        assert (name == "ingest", name == "ingest") == doubted(only)

    play(scenario)


@pytest.mark.parametrize("how", ["stalls in the head", "stalls in the body"])
@pytest.mark.parametrize("name", NAMES)
def test_it_stalls(play: Play, name: str, how: str) -> None:
    """A part of the answer comes, and then nothing, and no end."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} {how}"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            only = await record(scene)
            assert {f"the {name} {how}": 1} == scene.fired()
            came = await peer.reader.read(65536)
            assert (b"\r\n\r\n" in came) == ("body" in how)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.reader.read(1), 0.05)
            assert not await scene.world.services.quiet(0.0)
            assert (name == "ingest", name == "ingest") == doubted(only)
            peer.writer.close()
            assert await scene.world.services.quiet(10.0)

    play(scenario)


@pytest.mark.parametrize("how", ["answers after 60 ms", "answers over 60 ms"])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_slow_and_right(play: Play, name: str, how: str) -> None:
    """The right answer comes whole, and not at once; no fault is on record."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} {how}"):
            peer = await scene.connect(name)
            for number in range(2):
                began = time.monotonic()
                answer = await peer.ask(request(scene, name, id=str(number)))
                assert time.monotonic() - began > 0.05
                assert b"200" == answer[9:12]
                only = await record(scene)
                assert (None, 200, True) == (only.fault, only.status, getattr(only, "acknowledged", True))
            assert {f"the {name} {how}": 2} == scene.fired()

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_fails_slowly(play: Play, name: str) -> None:
    """The error comes after a while, and nothing is stored; nobody is told who does not wait for it."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} fails with 503 after 60 ms"):
            peer = await scene.connect(name)
            began = time.monotonic()
            answer = await peer.ask(request(scene, name))
            only = await record(scene)
            assert (True, b"503", 503) == (time.monotonic() - began > 0.05, answer[9:12], only.status)
            assert not getattr(only, "stored", False)
        with scene.given(f"the {name} fails with 503 after 60000 ms"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            await scene.busy()
            peer.writer.close()
            assert (None, False) == ((only := await record(scene)).status, getattr(only, "stored", False))

    play(scenario)


def test_it_answers_the_same_each_time(play: Play) -> None:
    """One right answer for all who ask while the state lasts, and another one in the next; no fault is on record."""

    async def scenario(scene: Scene) -> None:
        seen = []
        for _ in range(2):
            with scene.given("the settings answers the same each time"):
                peer = await scene.connect("settings")
                for _ in range(3):
                    answer = await peer.ask(request(scene, "settings"))
                    only = await record(scene)
                    assert (None, value(answer), True) == (only.fault, only.value, only.answered)
                    seen.append(only.value)
        assert [seen[0]] * 3 + [seen[3]] * 3 == seen
        assert seen[0] != seen[3]

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_all_that_wait_in_the_same_moment(play: Play, name: str) -> None:
    """Two that ask one after the other are answered together, each rightly; no fault is on record."""
    period = 0.6
    state = f"the {name} answers all that wait every 600 ms"

    async def scenario(scene: Scene) -> None:
        clock = asyncio.get_running_loop().time

        async def asked(number: int) -> tuple[bytes, float]:
            answer = await peers[number].ask(request(scene, name, id=str(number)))
            return answer[9:12], clock()

        with scene.given(state):
            peers = [await scene.connect(name) for _ in range(2)]
            for tried in range(1, 11):  # where this process stands still in between, it asks once more
                await asyncio.sleep(period - clock() % period)
                first = asyncio.ensure_future(asked(0))
                await asyncio.sleep(period / 2)
                (one, then), (other, now) = await asyncio.gather(first, asked(1))
                assert ((b"200", b"200"), {state: 2 * tried}) == ((one, other), scene.fired())
                if together := abs(now - then) < period / 3:
                    break
            assert together
        deliveries, calls = await scene.witnessed()
        assert {None} == {one.fault for one in deliveries + calls}

    play(scenario)


@pytest.mark.parametrize(
    "how", ["answers after 60000 ms", "answers over 60000 ms", "answers all that wait every 60000 ms"]
)
@pytest.mark.parametrize("name", NAMES)
def test_slowness_ends_with_who_waits(play: Play, name: str, how: str) -> None:
    """When the target gives up, it is on record at once: given to nobody, and of the ingest in doubt."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} {how}"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            await scene.busy()
            peer.writer.close()
            only = await record(scene)
            assert not getattr(only, "acknowledged", getattr(only, "answered", None))
            assert getattr(only, "in_doubt", True)

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_dribbling_begins_at_once(play: Play, name: str) -> None:
    """The first bytes are there long before the last, so that no limit on a single step helps."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers over 8000 ms"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            came = [await asyncio.wait_for(peer.reader.read(65536), 6.0) for _ in range(3)]
            assert all(0 < len(part) < 100 for part in came)
            assert b"HTTP/1.1 200 OK".startswith(came[0][:5])

    play(scenario)


@pytest.mark.alone
@pytest.mark.parametrize("name", NAMES)
def test_dribbling_takes_no_longer_on_a_busy_machine(play: Play, name: str) -> None:
    """What each part is late by does not add up: what is slow and in time stays in time."""

    async def hold_up() -> None:
        while True:
            time.sleep(0.02)  # noqa: ASYNC251 -- to hold the loop up is the point
            await asyncio.sleep(0)

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers over 200 ms"):
            peer = await scene.connect(name)
            busy = asyncio.ensure_future(hold_up())
            began = time.monotonic()
            answer = await peer.ask(request(scene, name))
            took = time.monotonic() - began
            busy.cancel()
        assert (b"200", True) == (answer[9:12], took < 0.6)

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_another_media_type_is_no_fault(play: Play, name: str) -> None:
    """The body is the right one, and so is the record; only its name is another."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers as application/octet-stream"):
            _, headers, body = parts(await scene.ask(name, request(scene, name)))
        assert ("application/octet-stream", True) == (headers["content-type"], body.startswith(b"{"))
        only = await record(scene)
        assert (None, True) == (only.fault, getattr(only, "acknowledged", getattr(only, "value", None) is not None))

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_chunks_are_no_fault(play: Play, name: str) -> None:
    """Put together, the chunks are the right body; the connection goes on."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers in chunks"):
            peer = await scene.connect(name)
            for number in range(2):
                peer.writer.write(request(scene, name, id=str(number)))
                head = await peer.reader.readuntil(b"\r\n\r\n")
                assert (True, False) == (b"transfer-encoding: chunked" in head, b"content-length" in head)
                body = b""
                while size := int(await peer.reader.readuntil(b"\r\n"), 16):
                    body += await peer.reader.readexactly(size)
                    await peer.reader.readexactly(2)
                await peer.reader.readexactly(2)
                assert body.strip().endswith(b"}")
                only = await record(scene)
                assert (None, True) == (only.fault, getattr(only, "acknowledged", True))

    play(scenario)


@pytest.mark.parametrize("state", ["answers in chunks", "answers in 16 KiB", "answers without a length"])
def test_an_answer_without_content_stays_without(state: str) -> None:
    """Neither framing nor padding makes a body of 204: what stood after its head would be of the next answer."""
    walk: Any = None
    url = UrlTemplate("{hooks}/paid", (("", "hooks"), ("/paid", "")), "hooks")
    answers = (DeclaredAnswer("204", "", "", {}),)
    event = EventContract("paid", url, "POST", "", Schema({}), "", walk, answers, ingest="hooks")
    settings = WorldSettings(ingests={"hooks": IngestSettings("webhook")})

    async def told() -> bytes:
        async with World(settings, answer_schemas={}, seed=1, clock=Clock(), events=(event,)) as world:
            with world.state.given(*read([f"the hooks {state}"], ("hooks",), ("hooks",))):
                where = urlsplit(world.services.ingests["hooks"].base_url)
                reader, writer = await asyncio.open_connection(where.hostname, where.port)
                for close in ("", "Connection: close\r\n"):
                    head = f"POST /paid HTTP/1.1\r\nHost: x\r\n{close}Content-Length: 2\r\n\r\n"
                    writer.write(head.encode() + b"{}")
                    answer = await reader.readuntil(b"\r\n\r\n")
                    if b"connection: close" in answer:
                        break
                rest = await reader.read()
                writer.close()
                await writer.wait_closed()
                return rest

    assert b"" == asyncio.run(told())


@pytest.mark.parametrize("name", NAMES)
def test_room_is_no_fault(play: Play, name: str) -> None:
    """The right body, with white space after it up to the length that was asked for."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers in 16 KiB"):
            answer = await scene.ask(name, request(scene, name, id="1"))
        body = answer.split(b"\r\n\r\n", 1)[1]
        assert (16 * 1024, True) == (len(body), body.strip().endswith(b"}"))
        only = await record(scene)
        assert (None, True) == (only.fault, getattr(only, "acknowledged", True))

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_no_length_is_no_fault(play: Play, name: str) -> None:
    """The end of the connection is the end of the right body."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers without a length"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            _, headers, body = parts(await peer.rest())
        assert ("close", False) == (headers["connection"], "content-length" in headers)
        assert body.strip().endswith(b"}")
        only = await record(scene)
        assert (None, True) == (only.fault, getattr(only, "acknowledged", True))

    play(scenario)
