"""Faults of an ingest that stores the event, and of which the target learns late, oddly, or never."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_words import condition
from tests.world.faults.on_record import EVENT, parts, record

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any


@pytest.mark.parametrize(
    ("how", "came"), [("resets the connection", "reset"), ("closes the connection", ""), ("hangs", "nothing")]
)
def test_no_answer_comes(play: Play, how: str, came: str) -> None:
    """The event is there, and in doubt: RST, FIN, or nothing at all is what the target sees of it."""

    async def scenario(scene: Scene) -> None:
        sentence = f"the ingest stores the event and {how}"
        with scene.given(sentence):
            for attempt in (1, 2):
                peer = await scene.connect("ingest")
                peer.writer.write(scene.post(EVENT))
                try:
                    seen = (await asyncio.wait_for(peer.reader.read(), 0.2 if how == "hangs" else 60.0)).decode()
                except ConnectionResetError:
                    seen = "reset"
                except TimeoutError:
                    seen = "nothing"
                only = await record(scene)
                assert (came, condition(sentence), None) == (seen, only.fault, only.status)
                assert (True, True, attempt, attempt == 2) == (
                    only.stored,
                    only.in_doubt,
                    only.attempt,
                    only.repeated,
                )
            assert {sentence: 2} == scene.fired()

    play(scenario)


def test_an_acknowledgement_is_followed_by_a_reset(play: Play) -> None:
    """The event is stored; whether the target has seen the answer is a matter of chance, so it is in doubt."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the ingest acknowledges the event and resets the connection"):
            peer = await scene.connect("ingest")
            peer.writer.write(scene.post(EVENT))
            seen = b""
            with contextlib.suppress(ConnectionResetError):
                while part := await asyncio.wait_for(peer.reader.read(1), 60.0):
                    seen += part
            assert b"HTTP/1.1 200".startswith(seen[:12])
        only = await record(scene)
        assert (True, True, 200, False) == (only.stored, only.in_doubt, only.status, only.acknowledged_oddly)

    play(scenario)


@pytest.mark.parametrize("status", [400, 500, 503])
def test_an_error_is_answered(play: Play, status: int) -> None:
    """It says that it failed, and it did not."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the ingest stores the event and answers {status}"):
            told, _, body = parts(await scene.ask("ingest", scene.post(EVENT)))
        only = await record(scene)
        assert (status, status, status) == (told, json.loads(body)["status"], only.status)
        assert (True, True, False) == (only.stored, only.in_doubt, only.acknowledged_oddly)

    play(scenario)


@pytest.mark.parametrize("how", ["fails once", "resets the connection once"])
def test_once_is_once_for_each_identity(play: Play, how: str) -> None:
    """The first attempt of each event is stored and lost, the second one acknowledged, and is the same event."""

    async def scenario(scene: Scene) -> None:
        sentence = f"the ingest stores the event and {how}"
        with scene.given(sentence):
            for number in ("1", "2"):
                seen = []
                for _ in range(2):
                    peer = await scene.connect("ingest")
                    peer.writer.write(scene.post({"name": "a", "id": number}))
                    try:
                        seen.append(parts(await peer.answer())[0])
                    except ConnectionResetError:
                        seen.append(0)
                assert [500 if "fails" in how else 0, 200] == seen
            assert {sentence: 2} == scene.fired()
        deliveries, _ = scene.world.take()
        assert [(True, False), (True, True)] * 2 == [(one.stored, one.acknowledged) for one in deliveries]
        assert [False, True] * 2 == [one.repeated for one in deliveries]
        assert {"id 1", "id 2"} == {one.identity for one in deliveries}

    play(scenario)


def test_without_an_identity_a_second_attempt_is_a_second_event(play: Play) -> None:
    """That is what a retry with a new id, or with none, does when the acknowledgement was lost."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the ingest stores the event and fails once"):
            for _ in range(2):
                await scene.ask("ingest", scene.post({"name": "a"}))
        deliveries, _ = scene.world.take()
        assert 2 == len({one.identity for one in deliveries if one.stored})

    play(scenario)


def test_it_acknowledges_in_words_of_its_own(play: Play) -> None:
    """The event is stored; whether the answer means so is for the target to say."""

    async def scenario(scene: Scene) -> None:
        with scene.given('the ingest acknowledges with 201 and the JSON {"ids":[1]}'):
            told, _, body = parts(await scene.ask("ingest", scene.post(EVENT)))
        only = await record(scene)
        assert (201, b'{"ids":[1]}') == (told, body)
        assert (True, False, True) == (only.stored, only.acknowledged, only.acknowledged_oddly)

    play(scenario)


def test_what_the_ingest_refuses_by_itself_is_acknowledged_in_no_way(play: Play) -> None:
    """An event that can't be stored is not stored, whatever is answered."""

    async def scenario(scene: Scene) -> None:
        with scene.given('the ingest acknowledges with 200 and the JSON {"ids":[""]}'):
            await scene.ask("ingest", scene.post({"id": "1"}))
        only = await record(scene)
        assert (False, False, False) == (only.stored, only.acknowledged, only.acknowledged_oddly)

    play(scenario)


def test_another_acknowledgement_that_is_declared_is_no_fault(play: Play) -> None:
    """The event is stored and nothing is held against what follows; what the ingest refuses by itself is refused."""

    async def scenario(scene: Scene) -> None:
        sentence = "the ingest acknowledges with 202 and no body, as declared"
        with scene.given(sentence):
            answer = await scene.ask("ingest", scene.post(EVENT))
            only = await record(scene)
            assert (True, None, 202, True) == (only.stored, only.fault, only.status, answer.endswith(b"\r\n\r\n"))
            refused = await scene.ask("ingest", scene.post({"data": {}}))
            assert (b" 400 ", {sentence: 1}) == (refused[8:13], scene.fired())

    play(scenario)


@pytest.mark.parametrize(("count", "failed"), [("1", 1), ("2", 2), ("4", 4)])
def test_it_fails_so_many_times(play: Play, count: str, failed: int) -> None:
    """500 at the first attempts of each event, then it is itself."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the ingest fails {count} times"):
            answers = [await scene.ask("ingest", scene.post(EVENT)) for _ in range(6)]
        assert [500] * failed + [200] * (6 - failed) == [parts(answer)[0] for answer in answers]

    play(scenario)
