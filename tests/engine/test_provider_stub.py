"""Services are asked in the name of a pact's consumer: the world's parts in their states, a real one as it is."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.clock import Clock
from bothends.engine.pacts.provider_stub import ProviderStub, RealService, with_key
from bothends.errors import TargetError
from bothends.records import Answer, NoAnswer, Request
from bothends.world import World
from tests.in_words import condition
from tests.pacts.pact_files import EVENT, exchange, pact_json, project_contract, read, wrapped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bothends.pacts import Pact

NOW = {**EVENT, "ts": 1732406400000}


def pact_of(folder: Path, provider: str, request: Any, *states: str) -> Pact:
    """Return a pact of one interaction."""
    named = [{"name": state} for state in states]
    return read(folder, pact_json(provider, exchange(request, {"status": 200}, providerStates=named)))


def to_ingest(folder: Path, *states: str) -> Pact:
    """Return a pact that sends an event."""
    return pact_of(folder, "ingest", {"method": "POST", "path": "/e/key", "body": wrapped([NOW])}, *states)


EVENTS = Request("POST", "/e/key", (), json.dumps([NOW]).encode())


async def ask(service: ProviderStub | RealService, pact: Pact, request: Request) -> Answer | NoAnswer:
    """Ask in the name of the pact's only interaction."""
    return await service.ask(pact, pact.interactions[0], request)


def asked(pact: Pact, *requests: Request) -> list[Answer | NoAnswer]:
    """Ask the world's part that a pact names."""

    async def run() -> list[Answer | NoAnswer]:
        async with ProviderStub(project_contract(), 7, Clock()) as provider_stub:
            return [await ask(provider_stub, pact, request) for request in requests]

    return asyncio.run(run())


def statuses(answers: list[Answer | NoAnswer]) -> list[int | str]:
    """Return the status of each answer, or why there is none."""
    return [answer.status if isinstance(answer, Answer) else answer.kind for answer in answers]


def test_the_ingest_takes_the_pacts_example_of_a_key(tmp_path: Path) -> None:
    """The key that the world knows takes its place; the type of the body goes with it."""
    [answer] = asked(to_ingest(tmp_path), EVENTS)
    assert isinstance(answer, Answer)
    assert (200, 200) == (answer.status, json.loads(answer.body)["status"])


def test_an_upstream_answers_by_its_schema(tmp_path: Path) -> None:
    """The settings are asked at the path of the pact."""
    pact = pact_of(tmp_path, "settings", {"method": "GET", "path": "/settings"})
    [answer] = asked(pact, Request("GET", "/settings"))
    assert isinstance(answer, Answer)
    assert project_contract().answers["settings"].is_valid(json.loads(answer.body))


def test_each_is_asked_in_the_states_of_the_interaction(tmp_path: Path) -> None:
    """A part that refuses connections refuses this one too, and is well again for the next."""
    assert [500] == statuses(asked(to_ingest(tmp_path, "the ingest answers 500"), EVENTS))
    refusing = to_ingest(tmp_path, "the ingest is unreachable")

    async def run() -> list[Answer | NoAnswer]:
        async with ProviderStub(project_contract(), 7, Clock()) as provider_stub:
            well = to_ingest(tmp_path)
            return [await ask(provider_stub, pact, EVENTS) for pact in (well, refusing, well)]

    assert [200, "refused", 200] == statuses(asyncio.run(run()))


def test_a_stand_in_has_ports_of_its_own() -> None:
    """It can stand beside the world that the target knows, and keeps the key that the settings name."""
    contract = project_contract()
    world = contract.settings.world
    assert "ingest" in world.ingests
    upstreams = {"settings": replace(world.upstreams["settings"], port=18_381)}
    ingests = {"ingest": replace(world.ingests["ingest"], port=18_382, event_key="known")}
    fixed = replace(world, ingests=ingests, upstreams=upstreams)

    async def run() -> tuple[tuple[str, ...], str]:
        async with ProviderStub(
            replace(contract, settings=replace(contract.settings, world=fixed)), 7, Clock()
        ) as provider_stub:
            return provider_stub.secrets(), provider_stub.url("ingest")

    secrets, url = asyncio.run(run())
    assert "known" in secrets
    assert not url.endswith(":18382")


def test_a_world_without_an_ingest(tmp_path: Path) -> None:
    """Its upstreams can be asked all the same."""
    contract = project_contract()
    alone = replace(contract.settings, world=replace(contract.settings.world, ingests={}))
    pact = pact_of(tmp_path, "settings", {"method": "GET", "path": "/settings"})

    async def run() -> Answer | NoAnswer:
        async with ProviderStub(replace(contract, settings=alone), 7, Clock()) as provider_stub:
            return await ask(provider_stub, pact, Request("GET", "/settings"))

    assert [200] == statuses([asyncio.run(run())])


def with_world(run: Callable[[World], Awaitable[Any]]) -> Any:
    """Run something beside a world that takes the part of a real service."""
    contract = project_contract()
    schemas = {"settings": contract.answer_schema("settings")}

    async def beside() -> Any:
        async with World(contract.settings.world, answer_schemas=schemas, seed=7, clock=Clock()) as world:
            return await run(world)

    return asyncio.run(beside())


def test_a_real_service_is_asked_with_its_key(tmp_path: Path) -> None:
    """Without one, the pact's example goes as it stands, which no real ingest knows."""
    pact = to_ingest(tmp_path)

    async def run(world: World) -> list[Answer | NoAnswer]:
        known = world.variables()
        found = []
        for key in (known["world.event_key"], None):
            async with RealService(project_contract(), known["world.ingest"], key, Clock()) as service:
                assert (() if key is None else (key,)) == service.secrets()
                assert known["world.ingest"] == service.url("ingest")
                found.append(await ask(service, pact, EVENTS))
        return found

    assert [200, 401] == statuses(with_world(run))


def test_a_real_service_that_does_not_answer(tmp_path: Path) -> None:
    """An answer that never comes is the pact's affair; where nothing listens, nothing was asked."""
    pact = to_ingest(tmp_path)

    async def run(world: World) -> Answer | NoAnswer:
        async with RealService(project_contract(), world.variables()["world.ingest"], None, Clock()) as service:
            with world.state.given(condition("the ingest resets the connection")):
                broken = await ask(service, pact, EVENTS)
            with (
                world.state.given(condition("the ingest is unreachable")),
                pytest.raises(TargetError, match="can't be reached"),
            ):
                await ask(service, pact, EVENTS)
            return broken

    assert isinstance(with_world(run), NoAnswer)


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("ingest", "/e/key", "/e/real"),
        ("ingest", "/e/key/more", "/e/key/more"),
        ("ingest", "/other", "/other"),
        ("settings", "/e/key", "/e/key"),
    ],
)
def test_a_key_stands_where_the_callback_has_it(name: str, target: str, expected: str) -> None:
    """Nothing else of a path is changed, and nothing of another service's."""
    assert expected == with_key(project_contract(), name, Request("POST", target), "real").target
