"""A scenario about an end follows one about a start on one target, and is played alone where anything comes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from bothends.engine.control import Interruption
from bothends.engine.judge.judge import Judge
from bothends.engine.lifecycle import SCENARIOS, LifecyclePhase, scenarios
from bothends.engine.options import Options

if TYPE_CHECKING:
    from bothends.engine.events import ScenarioPlayed
    from bothends.engine.lifecycle import Scenario

ROOT = Path(__file__).resolve().parents[2]
CHAIN = (scenarios.IDLE, scenarios.UPSTREAM_DOWN)


def play(folder: Path, *chosen: Scenario, target: str = "") -> tuple[list[ScenarioPlayed], set[str]]:
    """Play scenarios on the reference, or on one with a fault; return what came of each, and whose targets there were.

    Each target has a log, which is named by the scenario that it was started for.
    """
    for name in ("openapi.yaml", "contracts"):
        (folder / name).symlink_to(ROOT / name)
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    config = folder / "bothends.toml"
    config.write_text(settings.replace("\n[target]\n", f'\n[target]\ncwd = "{ROOT}"\n'), encoding="utf-8")
    contract = load(config)
    command = ("python", f"tests/engine/targets/{target}.py") if target else None
    options = Options(config, command=command, env={"PYTHONPATH": str(ROOT)})

    async def main() -> list[ScenarioPlayed]:
        phase = LifecyclePhase(contract, options, 1, Interruption(), Judge({}, lambda _exchange: ()))
        async with phase.begun(chosen):
            played = [await phase.outcome(each) for each in phase.scenarios]
        assert [] == phase.not_proven
        return played

    played = asyncio.run(main())
    return played, {file.stem.removeprefix("target-") for file in options.run_folder.glob("target-*.log")}


def breaches(played: ScenarioPlayed) -> list[str]:
    """Return the laws that a scenario has shown to be broken."""
    of_exchanges = [breach.law for _, judged in played.judged for breach in getattr(judged, "breaches", ())]
    return [*(breach.law for breach in played.breaches), *of_exchanges]


def test_one_target_is_started_and_ended_by_two_scenarios(tmp_path: Path) -> None:
    """The outcomes stand in the order of the scenarios, each with its own exchanges; one target was launched."""
    (idle, down), launched = play(tmp_path, *CHAIN)
    assert ("sigterm-idle", "upstream-down-at-start") == (idle.case.name, down.case.name)
    assert ([], []) == (breaches(idle), breaches(down))
    assert (1, 2) == (len(idle.judged), len(down.judged))
    assert {"upstream-down-at-start"} == launched


@pytest.mark.parametrize(
    ("target", "of_idle"),
    [
        ("fails_at_the_end", ["stops"]),
        # It does not start while an upstream is down: what was to follow has a target of its own, and is right.
        pytest.param("settings_to_start", [], marks=pytest.mark.long),
    ],
)
def test_what_is_wrong_is_shown_by_the_scenario_alone(tmp_path: Path, target: str, of_idle: list[str]) -> None:
    """Where something comes of one of the two, the other is played on a target that was started for it."""
    (idle, down), launched = play(tmp_path, *CHAIN, target=target)
    assert of_idle == breaches(idle)
    assert ([] if of_idle else ["stops"]) == breaches(down)
    assert {"sigterm-idle", "upstream-down-at-start"} == launched


def test_what_starts_a_target_does_not_end_one() -> None:
    """No scenario both leaves a target and follows another; of each sort are as many as there are launches to save."""
    assert not [each.name for each in SCENARIOS if each.leaves_running and each.may_follow]
    assert sum(each.leaves_running for each in SCENARIOS) == sum(each.may_follow for each in SCENARIOS)
    assert all(each.starts for each in SCENARIOS if each.may_follow)
