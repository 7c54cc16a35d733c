"""An event that comes seconds after its answer, in a run that has next to nothing else to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judged.orders import orders

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Project

ONLY = ("--only", "success/example")


def without_when(folder: Path, **env: Any) -> Project:
    """Return a service whose contract does not say whether an answer owes its event."""
    project = orders(folder, **env)
    callback = project.spec["paths"]["/orders"]["post"]["callbacks"]["ordered"]["{hooks}/orders"]["post"]
    del callback["x-when"]
    return project


def test_an_event_that_may_come_is_waited_for(tmp_path: Path) -> None:
    """It comes two seconds after the only answer of the run, and is judged like any other."""
    report = without_when(tmp_path, AFTER="2").verified(*ONLY)
    assert (set(), []) == (report.errors, [what for what in report.not_proven if what.startswith("callback")])
    judged = {law["law"]: law["judged"] for law in report.value["laws"]}
    assert judged["event-schema"] >= 1, report.text


def test_what_is_wrong_with_it_is_found(tmp_path: Path) -> None:
    """An event that comes as late and is not of its schema is an error."""
    report = without_when(tmp_path, AFTER="2", BUG="item-as-number").verified(*ONLY)
    assert {"event-schema"} == report.errors, report.text


def test_an_event_for_a_refusal_is_told(tmp_path: Path) -> None:
    """An event that comes two seconds after a 400 is told in a run of one such request; nothing says whose it is."""
    right = without_when(tmp_path, AFTER="2").verified("--only", "invalid-body/just-null")
    assert (set(), False) == (right.errors, "unexplained events" in right.not_proven), right.text
    wrong = without_when(tmp_path / "wrong", AFTER="2", BUG="refused-too").verified("--only", "invalid-body/just-null")
    assert (set(), True) == (wrong.errors, "unexplained events" in wrong.not_proven), wrong.text
