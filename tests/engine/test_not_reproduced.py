"""Why a finding has not shown again, as a replay tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bothends.contract import load
from bothends.engine.evidence.evidence import Evidence
from bothends.engine.evidence.facts import Facts
from bothends.engine.judge.findings import Findings
from bothends.engine.judge.known import Known
from bothends.records import ReplayOutcome


@pytest.mark.parametrize(
    ("busy", "why", "told"),
    [
        ((), "the target has changed", ["finding 0a1b2c3d4e"]),
        (("redelivery/ingest-answers-500",), "replay it when it has less to do", ["finding 0a1b2c3d4e", "time"]),
    ],
)
def test_a_machine_that_is_too_busy_is_named(busy: tuple[str, ...], why: str, told: list[str]) -> None:
    """What was late in each try has not shown for that: nothing follows for the target or for what is kept."""
    contract = load(Path(__file__).parents[2] / "bothends.toml")
    outcome = ReplayOutcome("0a1b2c3d4e", tries=2, reproduced=False)
    facts = Facts(1, whole=False, busy=busy)
    end = Evidence(contract).summary(facts, Findings(), Known(), threshold=None, replay=outcome, batches=True)
    assert told == [item.what for item in end.not_proven]
    assert why in end.not_proven[0].why
