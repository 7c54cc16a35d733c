"""`keeps_state`: what was acknowledged is read after the target was killed and started again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases import plain_cases
from bothends.contract import load
from tests.judged.project import Project, Report
from tests.judged.test_histories import HOOKS, STATE, spec_of

if TYPE_CHECKING:
    from collections.abc import Mapping
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


LASTING = {
    "attempts": "until-acknowledged",
    "within_ms": 2000,
    "retry_within_ms": 3000,
    "identity": "header.webhook-id",
    "survives": "kill",
}


def relayed(folder: Path, *, like: str = "", delivery: Mapping[str, Any] = LASTING, seed: int = 1) -> Project:
    """Return tickets whose events wait in an outbox, and what is promised of them."""
    spec = spec_of(STATE, "strong")
    for operation in spec["paths"]["/tickets/{ticketId}"].values():
        for callback in operation.get("callbacks", {}).values() if isinstance(operation, dict) else ():
            callback["{hooks}/told"]["post"]["x-delivery"] = dict(delivery)
    env = {"RELAY": like, "STATE": "{target.state}", "HOOK": "{world.hooks}"}
    project = Project(folder, "relayed", spec, env, HOOKS, 'operations = ["*"]', target_lines=KEEPS)
    project.written(seed)
    return project


@pytest.mark.parametrize("like", ["", "late", "repeats"])
def test_an_event_that_waits_in_a_file_outlives_a_kill(tmp_path: Path, like: str) -> None:
    """It is sent after the restart: at once or later, and what had been acknowledged may be sent again."""
    report = relayed(tmp_path, like=like).verified("--only", "crash")
    assert set() == report.errors, report.text
    judged = {law["law"]: law["judged"] for law in report.value["laws"]}
    assert 3 == judged["write-has-event"], report.text


def test_an_event_that_waits_in_memory_is_lost_by_a_kill(tmp_path: Path) -> None:
    """The ingest refuses its first attempt, and the target is killed before the next one."""
    report = relayed(tmp_path, like="memory").verified("--only", "crash")
    assert {"write-has-event"} == report.errors, report.text


@pytest.mark.parametrize(
    "delivery",
    [{**LASTING, "survives": "stop"}, {**LASTING, "attempts": "once"}, {**LASTING, "answer": "after"}],
    ids=["stop", "once", "after"],
)
def test_an_event_of_which_less_is_promised_is_not_refused(tmp_path: Path, delivery: Mapping[str, Any]) -> None:
    """What waits may be lost: the target is killed at the other points."""
    relayed(tmp_path, delivery=delivery)
    contract = load(tmp_path / "bothends.toml")
    assert {"getTicket.after-answer", "getTicket.after-acknowledgement"} == {
        each.name for each in plain_cases(contract, "crash")
    }


def test_an_outbox_in_memory_that_promises_to_outlive_a_stop_is_right(tmp_path: Path) -> None:
    """It is killed all the same, and what was to be sent is not asked for."""
    report = relayed(tmp_path, like="memory", delivery={**LASTING, "survives": "stop"}).verified("--only", "crash")
    assert set() == report.errors, report.text
