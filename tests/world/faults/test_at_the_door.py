"""Faults that act before a request is read: on connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_words import condition
from tests.waiting import LONGEST
from tests.world.faults.on_record import NAMES, record, request

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any


@pytest.mark.parametrize("name", NAMES)
def test_it_is_unreachable_for_a_while(play: Play, name: str) -> None:
    """Connections are refused at first; then the port works, though nobody has set the state anew."""

    async def scenario(scene: Scene) -> None:
        async def answered() -> bytes:
            async with asyncio.timeout(LONGEST):
                while True:
                    with contextlib.suppress(ConnectionRefusedError):
                        answer: bytes = await scene.ask(name, request(scene, name))
                        return answer
                    await asyncio.sleep(0.02)

        for ms in (300, 3000, 30000):  # it is longer where this process stands still until it is over
            sentence = f"the {name} is unreachable for {ms} ms"
            with scene.given(sentence):
                try:
                    await scene.connect(name)
                except ConnectionRefusedError:
                    assert b"200" == (await answered())[9:12]
                    assert {sentence: 1} == scene.fired()
                    break
        else:
            pytest.fail("No connection is refused")
        assert None is (await record(scene)).fault

    play(scenario)


def test_a_while_that_is_cut_short_leaves_nothing_behind(play: Play) -> None:
    """The next state finds the port as it wants it, also when the while would be over."""

    async def scenario(scene: Scene) -> None:
        scene.set(["the ingest is unreachable for 20 ms"])
        scene.set(["the ingest is unreachable"])
        await asyncio.sleep(0.04)
        with pytest.raises(ConnectionRefusedError):
            await scene.connect("ingest")

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_a_connection_is_ignored(play: Play, name: str) -> None:
    """It is neither established nor refused; what hung before goes on hanging; afterwards the port works."""

    async def scenario(scene: Scene) -> None:
        sentence = f"the {name} ignores connections"
        scene.set([f"the {name} hangs"])
        hanging = await scene.connect(name)
        hanging.writer.write(request(scene, name))
        await scene.busy()
        idle = await scene.connect(name)
        scene.set([sentence])
        assert b"" == await idle.rest()
        with socket.socket() as tried:
            tried.settimeout(0.05)
            with pytest.raises(TimeoutError):
                tried.connect(("127.0.0.1", scene.port(name)))
        assert {sentence: 1} == scene.fired()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hanging.reader.read(1), 0.02)
        scene.set([f"the {name} is unreachable"])
        with pytest.raises(ConnectionRefusedError):
            await scene.connect(name)
        scene.set([sentence])
        scene.set([])
        assert b"200" == (await scene.ask(name, request(scene, name, id="2")))[9:12]

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_each_connection_is_reset(play: Play, name: str) -> None:
    """One that is open is reset at once, and so is each that is made; none becomes a request on record."""

    async def scenario(scene: Scene) -> None:
        kept = await scene.connect(name)
        await kept.ask(request(scene, name))
        scene.world.take()
        sentence = f"the {name} resets each connection"
        with scene.given(sentence):
            with pytest.raises(ConnectionResetError):
                await kept.rest()
            for _ in range(2):
                made = await scene.connect(name)
                with pytest.raises(ConnectionResetError):
                    await made.rest()
            assert {sentence: 2} == scene.fired()
        assert ([], []) == scene.world.take()
        assert b"200" == (await scene.ask(name, request(scene, name)))[9:12]

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_a_connection_is_reset_unread(play: Play, name: str) -> None:
    """It is established, and reset when there is something to read: of a kept one, too."""

    async def scenario(scene: Scene) -> None:
        kept = await scene.connect(name)
        await kept.ask(request(scene, name))
        scene.world.take()
        sentence = f"the {name} resets the connection unread"
        with scene.given(sentence):
            for peer in (kept, await scene.connect(name)):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(peer.reader.read(1), 0.02)
                peer.writer.write(request(scene, name))
                with pytest.raises(ConnectionResetError):
                    await peer.rest()
            assert {sentence: 2} == scene.fired()
        assert ([], []) == scene.world.take()

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_idle_connections_are_closed(play: Play, name: str) -> None:
    """What was kept ends when the state begins; each answer is right, promises to keep, and is the last."""

    async def scenario(scene: Scene) -> None:
        kept = await scene.connect(name)
        await kept.ask(request(scene, name))
        scene.world.take()
        sentence = f"the {name} closes idle connections"
        with scene.given(sentence):
            assert b"" == await kept.rest()
            peer = await scene.connect(name)
            answer = await peer.ask(request(scene, name, id="2"))
            assert (b"200", False) == (answer[9:12], b"connection: close" in answer)
            assert b"" == await peer.rest()
            assert {sentence: 1} == scene.fired()
        assert None is (await record(scene)).fault

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_connection_is_closed_as_it_is_used_and_no_other(play: Play, name: str) -> None:
    """Once, and nothing is stored; a new connection is served, and so is a second one that was kept."""

    async def scenario(scene: Scene) -> None:
        kept, other = await scene.connect(name), await scene.connect(name)
        await kept.ask(request(scene, name))
        await other.ask(request(scene, name, id="2"))
        scene.world.take()
        sentence = f"the {name} closes a kept connection as it is used"
        with scene.given(sentence):
            kept.writer.write(request(scene, name, id="3"))
            assert b"" == await kept.rest()
            assert (condition(sentence), None) == ((first := await record(scene)).fault, first.status)
            for peer in (await scene.connect(name), other):
                assert b"200" == (await peer.ask(request(scene, name, id="4")))[9:12]
                assert None is (await record(scene)).fault

    play(scenario)


@pytest.mark.parametrize("how", ["resets each connection", "resets the connection unread", "ignores connections"])
def test_a_request_that_was_read_just_before_is_reset(play: Play, how: str) -> None:
    """What the listener had taken when the state began gets no honest answer."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        peer.writer.write(scene.get())
        await asyncio.sleep(0.01)
        await scene.witnessed()
        await peer.answer()
        with scene.given(f"the settings {how}"):
            peer.writer.write(scene.get())
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                await peer.answer()

    play(scenario)
