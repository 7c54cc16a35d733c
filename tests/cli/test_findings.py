"""What is told of findings: one for each bug, and of one that does not show again, that it is flaky."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.bank.bank import mutants, plant
from tests.cli.conftest import ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Result


def planted(folder: Path, *names: str) -> Project:
    """Return the folder of the hardened example, with all of these bugs of the bank in it."""
    known = {mutant.name: mutant for mutant in mutants("hardened")}
    first, *others = (known[name] for name in names)
    plant(replace(first, edits=(*first.edits, *(edit for other in others for edit in other.edits))), folder)
    made = Project(folder / "examples" / "hardened")
    made.replace("bothends.toml", '"python"', f'"{sys.executable}"')
    return made


def verified(project: Project, *arguments: str) -> tuple[Result, dict[str, Any]]:
    """Return what was printed, and the JSON report."""
    ended = project.call("verify", "--seed", "1", "--json", "report.json", *arguments)
    report: dict[str, Any] = json.loads((project.folder / "report.json").read_text(encoding="utf-8"))
    return ended, report


def errors(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the findings that break the contract, by law."""
    return {finding["law"]: finding for finding in report["findings"] if finding["severity"] == "error"}


# What each bug is found by alone; with the other it is found all the same.
PAIRS = [
    (("success-is-a-boolean", "answer-schema"), ("settings-kept-for-ever", "provenance")),
    (("signed-out-is-403", "family-status"), ("event-sent-by-two-layers", "one-event")),
    (("limit-of-announced-bodies-only", "family-status"), ("ingest-failure-swallowed", "event-for-success")),
]


@pytest.mark.parametrize(
    ("pair", "only"),
    [
        # Good requests are enough to see these two.
        pytest.param(PAIRS[0], ("--only", "success"), id="of good requests"),
        *(pytest.param(pair, (), id="+".join(name for name, _ in pair), marks=pytest.mark.long) for pair in PAIRS),
    ],
)
def test_two_bugs_are_two_findings(
    pair: tuple[tuple[str, str], tuple[str, str]], only: tuple[str, ...], tmp_path: Path
) -> None:
    """Each has its law, its cases, and its replay; hardly anything else is told."""
    names, laws = zip(*pair, strict=True)
    ended, report = verified(planted(tmp_path / "two", *names), "--profile", "quick", *only)
    assert 1 == ended.code
    found = [finding["law"] for finding in report["findings"] if finding["severity"] == "error"]
    assert set(laws) <= set(found)
    assert len(found) <= 3, found
    assert all(finding["replay"] in ended.out for finding in report["findings"])


@pytest.mark.long
def test_one_bug_is_one_finding(tmp_path: Path) -> None:
    """An event that is sent twice is told once, with its cases and with what follows from it."""
    ended, report = verified(planted(tmp_path / "one", "event-sent-by-two-layers"), "--profile", "quick")
    [(law, finding)] = errors(report).items()
    assert ("one-event", "several events", "success") == (law, finding["cause"], finding["case"].split("/")[0])
    assert finding["count"] > 100
    assert f" and {finding['more_cases']} more\n" in ended.out
    again = Project(tmp_path / "one" / "examples" / "hardened").run("replay", finding["id"])
    assert (1, True) == (again.code, finding["id"] in again.out)


def test_what_does_not_show_again_is_flaky(project: Project) -> None:
    """It is said so, with the batches that it was seen in; a replay plays them, from the target's start."""
    # Two requests, and no crowd, which is not tried of a connection of one's own: a busy machine has time for that too.
    command = f"{sys.executable} {ROOT}/tests/planted/rare/errs_once.py lost=2"
    only = ("--only", "framing/chunks-of-one-byte")
    ended, report = verified(project, *only, "--command", command, "--env", f"PYTHONPATH={ROOT}")
    finding = errors(report)["event-for-success"]
    assert (1, True, False) == (ended.code, finding["flaky"], finding["reproduced"])
    [step] = finding["history"]
    seen_in = (step["families"], step["given"], step["requests"], step["at_once"])
    assert (["success", "framing"], [], 2, 1) == seen_in
    assert "1. error, flaky: event-for-success: The answer is 200, but the event is lost." in ended.out
    assert "once; not reproduced" in ended.out
    assert "history   2 requests, one after the other (success, framing) while all services work" in ended.out
    again = project.call("replay", finding["id"])
    assert (1, True) == (again.code, finding["id"] in again.out)
