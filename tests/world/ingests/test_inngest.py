"""The ingest over HTTP: addresses, answers, deduplication, and what is on record."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.clock import Clock
from bothends.contract.settings import IngestSettings
from bothends.world.http.message import Received
from bothends.world.ingests import deduplication
from bothends.world.ingests.deduplication import Memory, Seed, ulid
from bothends.world.ingests.inngest import Inngest
from bothends.world.ingests.service import IngestStub
from bothends.world.service import Place, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Any]
    Scene = Any

SEED = "1743130137367,eii2YKXRVTJPuA=="
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def body(answer: bytes) -> Any:
    """Return an answer's JSON."""
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def test_ids_are_unique(play: Play) -> None:
    """Each event gets an id of its own, in the form of a ULID."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("ingest")
        ids = [one for _ in range(20) for one in body(await peer.ask(scene.post([{"name": "a"}] * 3)))["ids"]]
        assert 60 == len(set(ids))
        assert all(ULID.fullmatch(one) for one in ids)

    play(scenario)


def test_an_id_is_deduplicated(play: Play) -> None:
    """The second event of an id is stored as a repetition; within one request too."""

    async def scenario(scene: Scene) -> None:
        await scene.ask("ingest", scene.post([{"name": "a", "id": "1"}, {"name": "b", "ID": "1"}]))
        await scene.ask("ingest", scene.post({"name": "a", "id": "1"}))
        await scene.ask("ingest", scene.post({"name": "a", "id": ""}))
        deliveries, _ = scene.world.take()
        assert [(1, False), (2, True), (3, True), (1, False)] == [(one.attempt, one.repeated) for one in deliveries]
        assert [1, 1, 2, 3] == [one.post for one in deliveries]
        assert [1, 2, 3, 4] == [one.number for one in deliveries]
        assert ["id 1", "id 1", "id 1", "delivery 4"] == [one.identity for one in deliveries]
        assert all(one.stored and one.acknowledged for one in deliveries)

    play(scenario)


def test_a_seed_is_deduplicated_by_place(play: Play) -> None:
    """The same seed gives each event of a request an id that is the same on each attempt."""

    async def scenario(scene: Scene) -> None:
        request = scene.post([{"name": "a"}, {"name": "b"}], f"X-Inngest-Event-Id-Seed: {SEED}")
        first, second = [body(await scene.ask("ingest", request))["ids"] for _ in range(2)]
        assert first == second
        assert 2 == len(set(first))
        deliveries, _ = scene.world.take()
        assert [(1, False), (1, False), (2, True), (2, True)] == [(one.attempt, one.repeated) for one in deliveries]

    play(scenario)


@pytest.mark.parametrize(
    "seed", ["", "1", "x,eii2YKXRVTJPuA==", "0,eii2YKXRVTJPuA==", "1,eii2", "1,!", "1,a,b", "1,\u00fc"]
)
def test_a_broken_seed_is_ignored(play: Play, seed: str) -> None:
    """The server says nothing about it, and deduplicates nothing."""
    assert Seed.read(seed) is None

    async def scenario(scene: Scene) -> None:
        for _ in range(2):
            await scene.ask("ingest", scene.post({"name": "a"}, f"X-Inngest-Event-Id-Seed: {seed}"))
        deliveries, _ = scene.world.take()
        assert ["delivery 1", "delivery 2"] == [one.identity for one in deliveries]

    play(scenario)


def test_a_seed_makes_the_servers_id() -> None:
    """48 bits of time, then the entropy with the index added to its last four bytes, wrapping around."""
    seed = Seed.read(SEED)
    assert seed is not None
    assert ulid(1743130137367, bytes.fromhex("7a28b660a5d15532 4fb9".replace(" ", ""))) == seed.id(1)
    assert ulid(1, b"\0" * 10) == Seed("", 1, b"\0" * 6 + b"\xff" * 4).id(1)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_ulid_holds_all_its_bits(millis: int, entropy: bytes) -> None:
    """26 characters of Crockford's alphabet, in the order of time."""
    made = ulid(millis, entropy)
    assert ULID.fullmatch(made)
    number = 0
    for character in made:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(character)
    assert (millis << 80) + int.from_bytes(entropy, "big") == number


@pytest.mark.parametrize(("data", "status"), [(b"", 200), (b"[]", 200), (b"null", 400), (b"{}x", 400)])
def test_a_post_without_an_event_is_a_delivery_all_the_same(play: Play, data: bytes, status: int) -> None:
    """A false success must be on record: it holds no event, and nothing is acknowledged."""

    async def scenario(scene: Scene) -> None:
        answer = body(await scene.ask("ingest", scene.post(data)))
        assert ([""], status) == (answer["ids"], answer["status"])
        (one,), _ = scene.world.take()
        assert (None, None, False, False, status) == (one.event, one.consumed, one.stored, one.acknowledged, one.status)
        assert (status == 400) == (one.refusal != "")

    play(scenario)


def test_a_refused_array_is_in_doubt(play: Play) -> None:
    """What came before the bad event is stored, and the answer does not say so."""

    async def scenario(scene: Scene) -> None:
        answer = body(await scene.ask("ingest", scene.post([{"name": "a", "x": 1}, {"name": ""}, {"name": "c"}])))
        assert {"ids", "status", "error"} == set(answer)
        assert 1 == len(answer["ids"])
        first, second, third = scene.world.take()[0]
        assert (True, False, True) == (first.stored, first.acknowledged, first.in_doubt)
        assert "x" not in first.consumed
        assert ("/x", "dropped: the event API knows no such top-level key") == first.losses[0]
        assert [(False, "event name is empty"), (False, "not read: an event before it was refused")] == [
            (one.stored, one.refusal) for one in (second, third)
        ]

    play(scenario)


def test_a_wrong_key_stores_nothing(play: Play) -> None:
    """401 in the real server's words; the delivery is on record with its event."""

    async def scenario(scene: Scene) -> None:
        answer = await scene.ask("ingest", scene.post({"name": "a"}, key="wrong"))
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert {"error": "Event key not found", "status": 401} == body(answer)
        (one,), _ = scene.world.take()
        assert ({"name": "a"}, False, False, "Event key not found") == (
            one.event, one.right_address, one.stored, one.refusal,
        )  # fmt: skip
        assert "/e/wrong" == one.path

    play(scenario)


def test_other_addresses(play: Play) -> None:
    """Other paths are not found, other methods not allowed; what only reads is no delivery."""

    async def scenario(scene: Scene) -> None:
        elsewhere = scene.post({"name": "a"}).replace(b"/e/", b"/f/")
        assert b"404 page not found" in await scene.ask("ingest", elsewhere)
        put = await scene.ask("ingest", scene.post({"name": "a"}, method="PUT"))
        assert put.startswith(b"HTTP/1.1 405 ")
        assert b"allow: POST" in put
        assert b"404 page not found" in await scene.ask("ingest", scene.get("/e/"))
        assert b'"OK"' in await scene.ask("ingest", scene.get("/health"))
        assert (await scene.ask("ingest", scene.post(b"", method="GET"))).startswith(b"HTTP/1.1 405 ")
        first, second = scene.world.take()[0]
        assert [(False, False, 404), (False, False, 405)] == [
            (one.right_address, one.stored, one.status) for one in (first, second)
        ]
        assert "no such address" == first.refusal
        assert "PUT" == second.method

    play(scenario)


def test_a_query_does_not_change_the_address(play: Play) -> None:
    """The key is in the path."""

    async def scenario(scene: Scene) -> None:
        request = scene.post({"name": "a"}).replace(b" HTTP", b"?x=y HTTP", 1)
        assert b"200 OK" in await scene.ask("ingest", request)
        assert scene.world.take()[0][0].right_address

    play(scenario)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest identities are known, those of long ago are forgotten."""
    monkeypatch.setattr(deduplication, "_GENERATION", 10)
    memory = Memory()
    assert (1, False) == memory.arrived("old")
    assert not memory.keep("old")
    assert memory.keep("old")
    assert (2, True) == memory.arrived("old")
    for number in range(15):
        memory.arrived(f"{number}")
    assert (3, True) == memory.arrived("old"), "one generation back"
    for number in range(30):
        memory.arrived(f"{number}")
    assert (1, False) == memory.arrived("old")
    assert len(memory) <= 20


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/behind/a-path/e/a%2Fb%3F%25", True),
        ("/behind/a-path/e/a%2fb%3f%25", True),
        ("/e/a%2Fb%3F%25", False),
        ("/behind/a-path/e/a/b%3F%25", False),
        ("/behind/a-path/e/a%2Fb?%25", False),
    ],
)
def test_its_address_may_have_a_path_and_any_key(path: str, right: bool) -> None:  # noqa: FBT001 -- what is expected
    """The key is one segment, encoded where it must be; an event that goes elsewhere is not stored."""
    ingest = Inngest("ingest", IngestSettings(path="/behind/a-path"), (), "a/b?%")
    stub = IngestStub(ingest, Place("127.0.0.1", None, 1, Clock(), Recorder()))
    assert right is stub.handler(Received("POST", path, (), b'{"name": "a"}', at=0.0)).right_address
