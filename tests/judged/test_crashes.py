"""`keeps_state`: what was acknowledged is read after the target was killed and started again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.contract import load
from tests.judged.project import Project, Report
from tests.judged.test_histories import HOOKS, STATE, spec_of

if TYPE_CHECKING:
    from pathlib import Path

KEEPS = 'keeps_state = "kill"'


def crashed(
    folder: Path, *, bug: str = "", promised: str = KEEPS, consistency: Any = "strong", seed: int = 1
) -> Report:
    """Return what a run of kills says of tickets."""
    env = {"KEPT": bug, "STATE": "{target.state}", "HOOK": "{world.hooks}"}
    spec = spec_of(STATE, consistency)
    project = Project(folder, "kept", spec, env, HOOKS, 'operations = ["*"]', target_lines=promised)
    return project.verified("--only", "crash", seed=seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_target_that_keeps_what_it_has_acknowledged_breaks_no_law(tmp_path: Path, seed: int) -> None:
    """It is killed after an answer, and after an acknowledgement: what is there then is read again."""
    report = crashed(tmp_path, seed=seed)
    assert set() == report.errors, report.text
    judged = {law["law"]: law["judged"] for law in report.value["laws"]}
    assert 2 == judged["write-survives"], report.text


@pytest.mark.parametrize("bug", ["memory", "later"])
def test_what_was_acknowledged_and_is_lost_by_a_kill_is_an_error(tmp_path: Path, bug: str) -> None:
    """A change that is kept in memory, or written some time after its answer."""
    report = crashed(tmp_path, bug=bug)
    assert {"write-survives"} == report.errors, report.text


@pytest.mark.parametrize(
    ("promised", "consistency"), [("", "strong"), ('keeps_state = "stop"', "strong"), (KEEPS, None)], ids=str
)
def test_what_is_not_promised_is_not_played(tmp_path: Path, promised: str, consistency: Any) -> None:
    """A target that promises to keep nothing over a kill is not killed, nor one whose readings may be of any age."""
    project = Project(tmp_path, "kept", spec_of(STATE, consistency), {}, HOOKS, target_lines=promised)
    project.written()
    contract = load(tmp_path / "bothends.toml")
    assert [] == [*plain_cases(contract, "crash")]
