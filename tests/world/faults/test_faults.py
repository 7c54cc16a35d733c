"""Each fault as it is on the wire, and as it is on record."""

from __future__ import annotations

import asyncio
import json
import struct
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_words import condition

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any

EVENT = {"name": "a", "id": "1"}
NAMES = ["settings", "ingest"]


def request(scene: Scene, name: str) -> bytes:
    """Return a right request to an upstream, or to the ingest."""
    made: bytes = scene.get() if name == "settings" else scene.post(EVENT)
    return made


async def record(scene: Scene) -> Any:
    """Return the one record that there is, of a call or of a delivery."""
    deliveries, calls = await scene.witnessed()
    (only,) = deliveries + calls
    return only


@pytest.mark.parametrize("name", NAMES)
def test_unreachable_is_refused(play: Play, name: str) -> None:
    """A connect gets ECONNREFUSED, open connections end, and the port works again afterwards."""

    async def scenario(scene: Scene) -> None:
        kept = await scene.connect(name)
        await kept.ask(request(scene, name))
        scene.world.take()
        with scene.given(f"the {name} is unreachable"):
            for _ in range(3):
                with pytest.raises(ConnectionRefusedError):
                    await scene.connect(name)
            assert b"" == await kept.rest()
            assert {f"the {name} is unreachable": 1} == scene.fired()
            assert ([], []) == scene.world.take()
            scene.set([f"the {name} is unreachable"])
        assert b"200 OK" in await scene.ask(name, request(scene, name))

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_a_request_read_as_the_port_closes_is_reset(play: Play, name: str) -> None:
    """A connection that was accepted just before the refusal does not get an honest answer."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect(name)
        peer.writer.write(request(scene, name))
        scene.set([f"the {name} is unreachable"])
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await peer.answer()

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_a_reset_is_a_reset(play: Play, name: str) -> None:
    """The request is read and on record; the peer gets ECONNRESET and not a byte."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} resets the connection"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            with pytest.raises(ConnectionResetError):
                await peer.rest()
            assert {f"the {name} resets the connection": 1} == scene.fired()
        only = await record(scene)
        assert (condition(f"the {name} resets the connection"), None) == (only.fault, only.status)

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_hanging_sends_nothing_until_the_peer_gives_up(play: Play, name: str) -> None:
    """No byte and no end; the record is there at once; the world is quiet when the peer has gone."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} hangs"):
            peer = await scene.connect(name)
            peer.writer.write(request(scene, name))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.reader.read(1), 0.1)
            only = await record(scene)
            assert (condition(f"the {name} hangs"), None) == (only.fault, only.status)
            assert not await scene.world.services.quiet(0.0)
            peer.writer.close()
            assert await scene.world.services.quiet(10.0)
            assert {f"the {name} hangs": 1} == scene.fired()

    play(scenario)


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 599])
@pytest.mark.parametrize("name", NAMES)
def test_a_status_is_answered_whole(play: Play, name: str, status: int) -> None:
    """A well-formed error answer, whose body says the same status; the connection goes on."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers {status}"):
            peer = await scene.connect(name)
            for _ in range(2):
                head, _, body = (await peer.ask(request(scene, name))).partition(b"\r\n\r\n")
                assert head.startswith(f"HTTP/1.1 {status} ".encode())
                assert status == json.loads(body)["status"]
                assert json.loads(body)["error"]
                only = await record(scene)
                assert (condition(f"the {name} answers {status}"), status) == (only.fault, only.status)
            assert {f"the {name} answers {status}": 2} == scene.fired()

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_garbage_is_well_framed_and_no_json(play: Play, name: str) -> None:
    """HTTP is right to the last byte; what it says is JSON is none."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers garbage"):
            answer = await scene.ask(name, request(scene, name))
        body = b"lskdu018973t09sylgasjkfg1][]'./.sdlv"
        assert (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
            == answer
        )
        assert 200 == (await record(scene)).status

    play(scenario)


def test_no_plain_fault_stores_an_event(play: Play) -> None:
    """A delivery that met a fault is neither stored nor acknowledged, so that it is not in doubt."""

    async def scenario(scene: Scene) -> None:
        for fault in ("resets the connection", "hangs", "answers 500", "answers garbage", "fails once"):
            with scene.given(f"the ingest {fault}"):
                peer = await scene.connect("ingest")
                peer.writer.write(scene.post(EVENT))
                only = await record(scene)
                assert EVENT == only.event
                assert (False, False, None, False) == (only.stored, only.acknowledged, only.consumed, only.in_doubt)
        await scene.ask("ingest", scene.post(EVENT))
        only = await record(scene)
        assert (6, True, False) == (only.attempt, only.stored, only.repeated)

    play(scenario)


def test_fails_once_for_each_identity(play: Play) -> None:
    """The first attempt of each event gets 500, the next is stored; other events are events of their own."""

    async def scenario(scene: Scene) -> None:
        async def status(*headers: str, **event: str) -> int:
            return int((await scene.ask("ingest", scene.post({"name": "a", **event}, *headers)))[9:12])

        seed = "x-inngest-event-id-seed: 1743130137367,eii2YKXRVTJPuA=="
        with scene.given("the ingest fails once"):
            assert [500, 200, 200] == [await status(id="1") for _ in range(3)]
            assert [500, 200] == [await status(id="2") for _ in range(2)]
            assert [500, 200] == [await status(seed) for _ in range(2)]
            assert [500, 200, 200] == [await status() for _ in range(3)], "without an identity only the first fails"
            assert {"the ingest fails once": 4} == scene.fired()
        deliveries, _ = scene.world.take()
        assert [500, 200, 200, 500, 200, 500, 200, 500, 200, 200] == [one.status for one in deliveries]
        assert [one.status == 200 for one in deliveries] == [one.acknowledged for one in deliveries]
        assert [one.status == 500 for one in deliveries] == [one.fault is not None for one in deliveries]
        with scene.given("the ingest fails once"):
            assert 500 == await status(id="1"), "each time it is set, it begins anew"

    play(scenario)


def test_an_upstream_fails_its_first_call_only(play: Play) -> None:
    """Calls to an upstream carry no identity: the first since the state was set fails."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings fails once"):
            answers = [await scene.ask("settings", scene.get()) for _ in range(3)]
        assert [b"500", b"200", b"200"] == [answer[9:12] for answer in answers]
        _, calls = scene.world.take()
        assert [None, True, True] == [call.value and bool(call.value["appName"]) for call in calls]
        assert [condition("the settings fails once"), None, None] == [call.fault for call in calls]

    play(scenario)


def test_a_peer_that_left_before_the_fault_answered_is_seen(play: Play) -> None:
    """An answer that nobody could read is not counted as given."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings answers 500"):
            peer = await scene.connect("settings")
            peer.writer.write(scene.get())
            peer.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            peer.writer.transport.abort()
            assert b"500" == (await scene.ask("settings", scene.get()))[9:12]
            *calls, _ = scene.world.take()[1]
        assert [False] * len(calls) == [call.answered for call in calls]

    play(scenario)
