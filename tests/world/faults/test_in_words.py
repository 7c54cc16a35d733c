"""Faults that are complete answers: wrong by what they say."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from bothends.errors import ContractError
from bothends.records import CANARY
from bothends.world import made
from tests.in_words import condition
from tests.world.faults.on_record import NAMES, parts, record, request, value

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any


async def said(scene: Scene, name: str, how: str) -> tuple[int, dict[str, str], bytes]:
    """Return an answer during a fault; the record tells the fault, and nothing that was stored or given."""
    sentence = f"the {name} {how}"
    with scene.given(sentence):
        peer = await scene.connect(name)
        answers = [await peer.ask(request(scene, name)) for _ in range(2)]
        assert {sentence: 2} == scene.fired()
    deliveries, calls = scene.world.take()
    for only in (*deliveries, *calls):
        assert condition(sentence) == only.fault
        assert not getattr(only, "stored", False)
        assert not getattr(only, "acknowledged", False)
        assert None is getattr(only, "value", None)
    assert 2 == len(deliveries) + len(calls)
    # The address of a redirect says which request to an ingest was told it.
    assert re.sub(rb"/post/\d+", b"", answers[0]) == re.sub(rb"/post/\d+", b"", answers[1])
    return parts(answers[0])


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("name", NAMES)
def test_it_answers_with_a_page(play: Play, name: str, status: int) -> None:
    """HTML, as a login or a proxy shows it, under whatever status."""

    async def scenario(scene: Scene) -> None:
        told, headers, body = await said(scene, name, f"answers {status} with a web page")
        assert (status, "text/html; charset=utf-8", True) == (told, headers["content-type"], b"<html>" in body)

    play(scenario)


@pytest.mark.parametrize("status", [200, 204, 500])
@pytest.mark.parametrize("name", NAMES)
def test_it_answers_with_nothing(play: Play, name: str, status: int) -> None:
    """An empty body; of 204, no length either (RFC 9110, section 8.6)."""

    async def scenario(scene: Scene) -> None:
        told, headers, body = await said(scene, name, f"answers {status} with no body")
        assert (status, b"", None if status == 204 else "0") == (told, body, headers.get("content-length"))

    play(scenario)


@pytest.mark.parametrize("text", ["null", "[]", '{"a": "{upstream} "}', '"ü"'])
@pytest.mark.parametrize("name", NAMES)
def test_it_answers_with_a_value_of_one_s_choice(play: Play, name: str, text: str) -> None:
    """The text is the body, byte for byte."""

    async def scenario(scene: Scene) -> None:
        told, headers, body = await said(scene, name, f"answers 200 with the JSON {text}")
        assert (200, "application/json", text.encode()) == (told, headers["content-type"], body)

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_tells_an_error_in_the_body_alone(play: Play, name: str) -> None:
    """200, and in the body 500."""

    async def scenario(scene: Scene) -> None:
        told, _, body = await said(scene, name, "answers 200 with an error in it")
        value = json.loads(body)
        assert (200, "Internal Server Error", 500) == (told, value["error"], value["status"])
        assert f"127.0.0.1:{scene.port(name)}" in value["detail"], "what a target must not pass on"

    play(scenario)


def test_it_tells_an_error_beside_an_acknowledgement(play: Play) -> None:
    """All that an acknowledgement has, and an error: the event is not stored."""

    async def scenario(scene: Scene) -> None:
        sentence = "the ingest acknowledges with an error beside it"
        with scene.given(sentence):
            answer = await scene.ask("ingest", scene.post({"name": "a", "id": "1"}))
            nothing = await scene.ask("ingest", scene.post(b"", method="GET"))
        assert (200, 1, "Internal Server Error") == (
            value(answer)["status"],
            len(value(answer)["ids"]),
            value(answer)["error"],
        )
        assert [""] == value(nothing)["ids"]
        only = await record(scene)
        assert (condition(sentence), False, False) == (only.fault, only.stored, only.acknowledged)

    play(scenario)


def test_it_tells_another_status_in_the_body(play: Play) -> None:
    """HTTP says 200, and the body 500: the event is not stored."""

    async def scenario(scene: Scene) -> None:
        sentence = "the ingest acknowledges with status 500 in the body"
        with scene.given(sentence):
            answer = await scene.ask("ingest", scene.post({"name": "a", "id": "1"}))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert (500, 1) == (value(answer)["status"], len(value(answer)["ids"]))
        only = await record(scene)
        assert (condition(sentence), False, False) == (only.fault, only.stored, only.acknowledged)

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_asks_to_wait(play: Play, name: str) -> None:
    """The error says how long, in seconds."""

    async def scenario(scene: Scene) -> None:
        told, headers, body = await said(scene, name, "answers 503 and asks to wait 3600 s")
        assert (503, "3600", 503) == (told, headers["retry-after"], json.loads(body)["status"])

    play(scenario)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", NAMES)
def test_it_redirects_to_the_canary(play: Play, name: str, status: int) -> None:
    """The goal is another port of the world's, which says 404 to all and keeps a record of it."""

    async def scenario(scene: Scene) -> None:
        told, headers, _ = await said(scene, name, f"redirects with {status}")
        goal = headers["location"]
        port = int(goal.split(":")[2].partition("/")[0])
        assert (status, False) == (told, port in {scene.port(each) for each in NAMES})
        assert goal not in scene.world.variables().values()
        with scene.given(f"the {name} redirects with {status}"):
            answer = await scene.ask_port(port, scene.get("/elsewhere", "Authorization: key"))
            assert {f"the {name} redirects with {status}": 0} == scene.fired()
        _, calls = scene.world.take()
        assert (404, [(CANARY, "GET /elsewhere", None)]) == (
            parts(answer)[0],
            [(call.upstream, call.request_line, call.value) for call in calls],
        )
        assert ("authorization", "key") in calls[0].headers

    play(scenario)


@pytest.mark.parametrize(("name", "status"), [("settings", 500), ("ingest", 500), ("ingest", 202), ("ingest", 204)])
def test_it_says_otherwise(play: Play, name: str, status: int) -> None:
    """The right body under another status; with a success, the ingest has stored the event."""

    async def scenario(scene: Scene) -> None:
        sentence = f"the {name} answers {status} as if all were well"
        with scene.given(sentence):
            told, _, body = parts(await scene.ask(name, request(scene, name)))
        assert (status, status == 204) == (told, body == b"")
        only = await record(scene)
        assert (condition(sentence), status) == (only.fault, only.status)
        if name == "ingest":
            stored = status < 400
            assert (stored, False, stored) == (only.stored, only.acknowledged, only.acknowledged_oddly)
            assert status == 204 or [26] == [len(one) for one in json.loads(body)["ids"]]
        else:
            assert None is only.value

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_a_gigabyte_is_sent_until_nobody_listens(play: Play, name: str) -> None:
    """It comes as fast as it is read, and no faster; who leaves ends it, and so does the next state."""

    async def scenario(scene: Scene) -> None:
        with scene.given(f"the {name} answers a gigabyte"):
            peers = [await scene.connect(name) for _ in range(2)]
            for peer in peers:
                peer.writer.write(request(scene, name))
                head = await peer.reader.readuntil(b"\r\n\r\n")
                assert (b"200", b"1073741824") == (head[9:12], head.partition(b"content-length: ")[2].split()[0])
                assert b'"' + b"a" * (1 << 20) == await peer.reader.readexactly((1 << 20) + 1)
            peers[0].writer.transport.abort()
            left = await record(scene)
            assert (200, False) == (left.status, getattr(left, "stored", False))
        with pytest.raises(ConnectionResetError):
            await peers[1].rest()
        await record(scene)

    play(scenario)


def test_a_gigabyte_has_an_end(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it all gets a JSON text of the announced length, over a connection that goes on."""
    monkeypatch.setattr("bothends.world.faults.bodies._SIZE", 600_000)

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings answers a gigabyte"):
            peer = await scene.connect("settings")
            for _ in range(2):
                assert 600_000 - 2 == len(value(await peer.ask(scene.get())))

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_deep(play: Play, name: str) -> None:
    """So many arrays, one in the other."""

    async def scenario(scene: Scene) -> None:
        _, _, body = await said(scene, name, "answers 100000 arrays deep")
        assert b"[" * 100_000 + b"]" * 100_000 == body

    play(scenario)


@pytest.mark.parametrize("name", NAMES)
def test_it_unpacks_into_a_thousand_times_as_much(play: Play, name: str) -> None:
    """A small body that says that it is packed, and is."""

    async def scenario(scene: Scene) -> None:
        _, headers, body = await said(scene, name, "answers with a gzip bomb")
        text = gzip.decompress(body)
        assert ("gzip", 32 << 20, True) == (headers["content-encoding"], len(text), len(body) * 900 < len(text))
        assert b'"a' + b'a"' == text[:2] + text[-2:]

    play(scenario)


@pytest.mark.parametrize(
    "sentence",
    [
        "the ingest redirects with 304",
        "the ingest answers 199 with no body",
        "the ingest answers 600 with a web page",
        "the ingest answers 200 with the JSON {",
        "the ingest answers 200 with the JSON " + "[" * 100_000,
        "the ingest answers 200 and asks to wait 1 s",
        "the ingest answers 503 and asks to wait soon s",
        "the ingest answers after -5 ms",
        "the ingest answers all that wait every 0 ms",
        "the ingest answers the same each time",
        "the ingest answers over 60001 ms",
        "the ingest is unreachable for ² ms",
        "the ingest fails 100 times",
        "the ingest answers 1000001 arrays deep",
        "the ingest stores the event and answers 200",
        "the ingest acknowledges with 200 and the JSON nothing",
        "the settings stores the event and hangs",
    ],
)
def test_what_makes_no_sense_is_the_contract_s_fault(sentence: str) -> None:
    """A parameter that can't be played is refused when the sentence is read."""
    with pytest.raises(ContractError):
        made(condition(sentence))


@pytest.mark.parametrize(
    ("sentence", "family", "recovers"),
    [
        ("the settings answers 404 with a web page", "upstream-wrong", False),
        ("the settings answers 502 with a web page", "upstream-*", False),
        ("the settings answers 500 as if all were well", "upstream-wrong", False),
        ("the ingest answers 500 as if all were well", "upstream-wrong", False),
        ("the ingest answers 202 as if all were well", "upstream-*", True),
    ],
)
def test_what_it_brings_about_is_told_by_the_parameters(sentence: str, family: str, recovers: object) -> None:
    """A status, or whose fault it is, may make it another family."""
    fault = made(condition(sentence))
    assert (family, recovers) == (fault.family, getattr(fault, "recovers", None))
