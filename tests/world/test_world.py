"""The world as a whole: its ports, its variables, its states, and what it witnessed."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.clock import Clock
from bothends.contract.settings import IngestSettings, UpstreamSettings, WorldSettings
from bothends.errors import ContractError, HarnessError, Location
from bothends.records import Token, find_tokens
from bothends.world import World
from bothends.world.faults import FAULTS
from bothends.world.sessions.nextauth import AuthJsV5Session
from tests.in_words import conditions
from tests.ports import ports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Play = Callable[..., Any]
    Scene = Any


def make(settings: WorldSettings, /, **schemas: Any) -> World:
    """Make a world that is not started."""
    return World(settings, answer_schemas=schemas or {"settings": {}}, seed=1, clock=Clock())


def test_a_call_and_a_delivery_are_witnessed(play: Play) -> None:
    """What was given, what was sent and what was answered are on record, in one clock's times."""

    async def scenario(scene: Scene) -> None:
        before = scene.clock.now()
        answer = await scene.ask("settings", scene.get())
        event = {"name": "a", "data": {"k": 1}, "id": "1"}
        said = await scene.ask("ingest", scene.post(event))
        (delivery,), (call,) = scene.world.take()
        assert ([], []) == scene.world.take()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert call.value == json.loads(answer.partition(b"\r\n\r\n")[2])
        assert [Token("s", call.number)] == find_tokens(1, call.value)
        assert (1, 200, None, True, "GET /settings") == (
            call.number, call.status, call.fault, call.answered, call.request_line
        )  # fmt: skip
        assert before <= call.began <= call.ended <= delivery.received <= delivery.settled <= scene.clock.now()
        assert b"text/plain; charset=utf-8" in said
        assert {"ids", "status"} == set(json.loads(said.partition(b"\r\n\r\n")[2]))
        assert event == delivery.event == delivery.payload
        assert (1, 1, 1, True, True, False, True, 200) == (
            delivery.number, delivery.post, delivery.attempt, delivery.right_address,
            delivery.stored, delivery.repeated, delivery.acknowledged, delivery.status,
        )  # fmt: skip
        assert not delivery.in_doubt

    play(scenario)


def test_attempts_at_one_event_are_one_arrival(play: Play) -> None:
    """Another event is another one."""

    async def scenario(scene: Scene) -> None:
        for identity in ("1", "1", "2", "1"):
            await scene.ask("ingest", scene.post({"name": "a", "data": {}, "id": identity}))
        assert ({"ingest": 2}, 4) == (scene.world.services.arrivals(), scene.world.services.arrived)

    play(scenario)


def test_variables_hold_all_that_a_target_needs(play: Play) -> None:
    """URLs, key, secret, timeout and host can be put into a target's environment."""

    async def scenario(scene: Scene) -> dict[str, str]:
        variables: dict[str, str] = scene.world.variables()
        assert set(scene.world.secrets.hidden()) == {variables["world.event_key"], variables["world.session_secret"]}
        return variables

    variables = play(scenario)
    assert variables["world.settings"].endswith("/settings")
    names = {"host", "upstream_timeout_ms", "settings", "ingest", "ingest.event_key", "event_key", "session_secret"}
    assert names == {name.removeprefix("world.") for name in variables}


def test_given_secrets_and_ports_are_used() -> None:
    """What the user's running target knows already is not made anew."""

    async def scenario() -> dict[str, str]:
        (port,) = ports(1)
        settings = WorldSettings(
            session=AuthJsV5Session.of(cookie="authjs.session-token", secret="s3"),
            ingests={"ingest": IngestSettings(event_key="k3", port=port)},
        )
        async with make(settings) as world:
            assert f"http://127.0.0.1:{port}" == world.variables()["world.ingest"]
            return world.variables()

    variables = asyncio.run(scenario())
    assert ("s3", "k3") == (variables["world.session_secret"], variables["world.event_key"])


def test_a_world_of_nothing_starts_and_signs_nobody_in() -> None:
    """A contract without session, upstreams and ingest has a world all the same."""

    async def scenario() -> None:
        async with make(WorldSettings()) as world:
            assert {"world.host", "world.upstream_timeout_ms"} == set(world.variables())
            assert () == world.secrets.hidden()
            assert () == world.sign_in(1).cookies
            assert world.sign_in(1).session is None
            assert await world.services.quiet(1.0)

    asyncio.run(scenario())


def test_a_port_in_use_is_the_harness_s_fault() -> None:
    """The message names the port and what to do, and the ports that were taken are given back."""

    async def scenario() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            settings = WorldSettings(
                upstreams={"settings": UpstreamSettings("settings", "GET", "/", "#/x")},
                ingests={"ingest": IngestSettings(port=port)},
            )
            world = make(settings)
            with pytest.raises(HarnessError, match=f"Port {port} on 127.0.0.1, where ingest .* is in use") as caught:
                await world.start()
            assert "another port" in caught.value.advice
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", int(world.variables()["world.settings"][17:-1]))

    asyncio.run(scenario())


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    """A host that this machine has not, or that nobody knows, is the settings' fault, and is named with its place."""
    file = tmp_path / "bothends.toml"
    # The second has a label that is too long for a name (RFC 1035, section 2.3.4): no server is asked for it.
    for host in ("192.0.2.1", f"{'no-such-host' * 6}.invalid"):
        file.write_text(f'[world]\nhost = "{host}"\n')
        world = make(WorldSettings(host=host, ingests={"ingest": IngestSettings()}, file=file))
        with pytest.raises(ContractError, match=f"Cannot listen on {re.escape(host)} for ingest") as caught:
            asyncio.run(world.start())
        assert Location(file, "world.host", 2) == caught.value.where


def test_an_ipv6_host_is_written_in_brackets() -> None:
    """The world listens on an IPv6 address as well, where the machine has one."""

    async def scenario() -> str:
        async with make(WorldSettings(host="::1", ingests={"ingest": IngestSettings()})) as world:
            return world.variables()["world.ingest"]

    assert asyncio.run(scenario()).startswith("http://[::1]:")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"ingests": {"ingest": IngestSettings("ingest")}}, "Unknown ingest kind `ingest`"),
        ({"upstreams": {"ingest": UpstreamSettings("ingest", "GET", "/", "#")}}, "can't be named `ingest`"),
        ({"upstreams": {"flags": UpstreamSettings("flags", "GET", "/", "#")}}, "`flags` have no schema"),
    ],
)
def test_settings_that_no_world_can_be_made_of(settings: WorldSettings, change: Any, problem: str) -> None:
    """A kind or a name that there is not is the contract's fault."""
    with pytest.raises(ContractError, match=problem):
        make(replace(settings, **change))


def test_a_schema_that_is_none_is_the_contract_s_fault(settings: WorldSettings) -> None:
    """The message names the upstream whose answers it was to describe."""
    with pytest.raises(ContractError, match="The schema of the answers of `settings`"):
        make(settings, settings={"type": "nonsense"})


def test_given_restores_the_state_before(play: Play) -> None:
    """States hold for the length of the block; nested ones too, and when the block raises."""

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings hangs"):
            with suppress(RuntimeError), scene.given("the ingest is unreachable", "signed out"):
                assert {"the ingest is unreachable": 1} == scene.fired()
                raise RuntimeError("inside the block")
            assert {"the settings hangs": 0} == scene.fired()
        assert {} == scene.fired()
        assert b"200 OK" in await scene.ask("ingest", scene.post([{"name": "a"}]))

    play(scenario)


def test_quiet_waits_for_what_is_in_progress(play: Play) -> None:
    """A request that is half sent counts until it is answered or its sender gives up."""

    async def scenario(scene: Scene) -> None:
        assert await scene.world.services.quiet(0.0)
        peer = await scene.connect("ingest")
        request = scene.post({"name": "a"})
        peer.writer.write(request[:-3])
        await scene.busy()
        waiting = asyncio.create_task(scene.world.services.quiet(10.0))
        await asyncio.sleep(0)
        await peer.ask(request[-3:])
        assert await waiting
        peer.writer.write(request[:-3])
        await scene.busy()
        peer.writer.close()
        assert await scene.world.services.quiet(10.0)
        assert 1 == len(scene.world.take()[0])

    play(scenario)


def test_what_hangs_is_not_waited_for_in_the_next_state(play: Play) -> None:
    """A target without a timeout must not hold up all that comes after."""

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("ingest")
        with scene.given("the ingest hangs"):
            peer.writer.write(scene.post({"name": "a"}))
            await scene.busy()
        assert await scene.world.services.quiet(1.0)
        scene.set(())
        assert await scene.world.services.quiet(1.0)

    play(scenario)


def test_a_fault_of_the_world_itself_is_raised_where_it_is_looked_at(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the harness must not look like a fault of the target."""
    monkeypatch.setattr("bothends.world.upstream.Upstream.handler", lambda *_: 1 / 0)

    async def scenario(scene: Scene) -> None:
        peer = await scene.connect("settings")
        peer.writer.write(scene.get())
        assert b"" == await peer.rest()
        with pytest.raises(HarnessError, match="The world's settings failed: ZeroDivisionError"):
            scene.world.take()
        assert ([], []) == scene.world.take()

    play(scenario)


def test_a_fault_that_fails_is_raised_too(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault is played apart from the connection; what it raises is not lost."""

    async def broken(*_: object) -> None:
        raise ContractError("a fault of a fault")

    monkeypatch.setattr(FAULTS.get("hangs"), "play", broken)

    async def scenario(scene: Scene) -> None:
        with scene.given("the settings hangs"):
            (await scene.connect("settings")).writer.write(scene.get())
            with pytest.raises(ContractError, match="a fault of a fault"):
                await scene.witnessed()

    play(scenario)


def test_a_stopped_world_leaves_nothing_open(play: Play) -> None:
    """Connections that hang end with the world."""

    async def scenario(scene: Scene) -> Any:
        scene.set(["the settings hangs"])
        peer = await scene.connect("settings")
        peer.writer.write(scene.get())
        await scene.busy()
        await scene.world.stop()
        with pytest.raises(ConnectionRefusedError):
            await scene.connect("settings")
        return await peer.rest()

    assert b"" == play(scenario)


def test_a_fault_that_still_plays_ends_with_the_world(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow fault is cancelled, and nothing of it is on record."""

    async def endless(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(FAULTS.get("hangs"), "play", endless)

    async def scenario(scene: Scene) -> Any:
        scene.set(["the settings hangs"])
        (await scene.connect("settings")).writer.write(scene.get())
        await scene.busy()
        await scene.world.stop()
        assert {"the settings hangs": 1} == scene.fired(), "it had begun"
        return scene.world.take()

    assert ([], []) == play(scenario)


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_follow_from_the_seed(play: Play, seed: int) -> None:
    """The same seed gives the same answers in the same order; another seed gives others."""

    async def scenario(scene: Scene) -> list[bytes]:
        return [await scene.ask("settings", scene.get()) for _ in range(5)]

    first = play(scenario, seed=seed)
    assert first == play(scenario, seed=seed)
    assert not set(first) & set(play(scenario, seed=seed + 10))
    assert 5 == len(set(first))


def test_a_fault_is_for_the_deliveries_of_one_exchange_alone(play: Play) -> None:
    """Others are taken meanwhile; what tells no exchange, or several, meets no fault, and is counted."""

    async def scenario(scene: Scene) -> None:
        def event(*numbers: int) -> bytes:
            events = [{"name": "a", "data": {"n": n}, "id": str(n)} for n in numbers]
            made: bytes = scene.post(events if len(events) > 1 else events[0])
            return made

        async def status(*numbers: int) -> int:
            answer = await scene.ask("ingest", event(*numbers))
            return int(answer.split(b" ")[1])

        (fails,) = conditions("the ingest answers 500")
        (fails_otherwise,) = conditions("the ingest answers 404")
        with scene.world.own_faults.keyed(lambda delivery: delivery.event["data"]["n"] or None):
            scene.world.own_faults.arm(1, fails)
            scene.world.own_faults.arm(2, fails_otherwise)
            assert (500, 404, 200, 200, 200) == (
                await status(1), await status(2), await status(3), await status(0), await status(1, 2),
            )  # fmt: skip
            assert 2 == scene.world.own_faults.untold
            assert {fails: 1} == scene.world.own_faults.disarm(1)
            assert 200 == await status(1)
        assert 200 == await status(2)
        deliveries, _ = scene.world.take()
        assert [fails, fails_otherwise] == [one.fault for one in deliveries if one.fault is not None]

    play(scenario)
