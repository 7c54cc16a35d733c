"""A run of one provider's pacts: its events, and how it ends when it can't come to its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from bothends.engine.events import FindingFound, InteractionVerified, RunFinished, RunStarted
from bothends.engine.pacts.provider import ProviderOptions, ProviderVerification
from bothends.errors import ContractError
from tests.engine.pact_bench import project
from tests.pacts.pact_files import exchange, pact_json, to_settings, write

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine.events import Event
    from bothends.records import Summary


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A project with one pact of the settings, which asks for more than there is."""
    made = project(tmp_path)
    interaction = {**to_settings(), "response": {"status": 200, "headers": {"ETag": ["1"]}}}
    put(made, interaction, {**interaction, "description": "it works again"})
    return made


def put(config: Path, *interactions: Any) -> None:
    """Put a pact of the settings into the project."""
    pact = pact_json("settings", *interactions, consumer="route")
    write(config.parent / "contracts" / "pacts", pact, "route-settings.json")


async def gathered(verification: ProviderVerification) -> list[Event]:
    """Return all events of a run."""
    return [event async for event in verification.events()]


def events(config: Path, **options: Any) -> list[Event]:
    """Run, and return all events."""
    return asyncio.run(gathered(ProviderVerification(ProviderOptions("settings", config, **options))))


def summary(told: list[Event]) -> Summary:
    """Return how a run has ended."""
    assert isinstance(told[-1], RunFinished)
    return told[-1].summary


def test_the_events_of_a_run(config: Path) -> None:
    """Each interaction is told, and what breaks it once."""
    told = events(config, seed=7)
    assert [RunStarted, InteractionVerified, FindingFound, InteractionVerified, RunFinished] == list(map(type, told))
    end = summary(told)
    assert (7, 2, 1) == (end.seed, end.exchanges, end.exit_code)
    assert [2] == [finding.count for finding in end.findings]
    assert [(2, 0)] == [(tally.interactions, tally.held) for tally in end.pacts]


def test_an_interrupted_run(config: Path) -> None:
    """What was verified until then is told."""
    verification = ProviderVerification(ProviderOptions("settings", config))
    verification.interrupt()
    end = summary(asyncio.run(gathered(verification)))
    assert (True, 130, [(0, 0)]) == (end.interrupted, end.exit_code, [(t.interactions, t.held) for t in end.pacts])


def test_a_world_that_can_t_listen(tmp_path: Path) -> None:
    """An address that is not this machine's is a mistake of the settings, at its line."""
    config = project(tmp_path, ("[world]\n", '[world]\nhost = "192.0.2.1"\n'))
    put(config, to_settings())
    with pytest.raises(ContractError, match=r"bothends.toml:\d+ world.host: Cannot listen on 192.0.2.1"):
        events(config)


class Broken:
    """A service that has a bug."""

    async def __aenter__(self) -> None:
        raise KeyError("bug")

    async def __aexit__(self, *_: object) -> None:
        raise AssertionError("it was never entered")


def test_a_bug_leaves_a_crash_file(config: Path) -> None:
    """The run is summed up all the same."""
    verification = ProviderVerification(ProviderOptions("settings", config))
    verification._service = cast("Any", Broken())  # noqa: SLF001 -- no other way to have a bug
    end = summary(asyncio.run(gathered(verification)))
    assert 5 == end.exit_code
    assert "KeyError: 'bug'; its traceback is in " in end.harness_failure


def test_what_the_library_can_t_read_is_raised(config: Path) -> None:
    """There is no run to sum up: the pact must be mended."""
    request = {"method": "GET", "path": "/settings", "headers": {"not a name": ["x"]}}
    put(config, exchange(request, {"status": 200}))
    with pytest.raises(ContractError, match="can't verify"):
        events(config)


def test_a_random_seed_is_told(config: Path) -> None:
    """Two runs without one differ."""
    assert 2 == len({ProviderVerification(ProviderOptions("settings", config)).seed for _ in range(2)})
