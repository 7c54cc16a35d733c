"""`bothends accept`: what the last run found stands until a day, and only what is new fails."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT, Project

if TYPE_CHECKING:
    from tests.cli.conftest import Result

FAULT = ("--only", "upstream-unreachable", "--seed", "1")
TERMS = ("--reason", 'in "issue 12"', "--until", "2099-12-31")


def verify(project: Project, planted: str = "swallowed_failure.py") -> Result:
    """Verify a target with a planted bug."""
    command = f"python {ROOT}/tests/planted/{planted}"
    return project.call("verify", *FAULT, "--command", command, "--env", f"PYTHONPATH={ROOT}")


def test_a_gate_stands_from_the_first_day(project: Project) -> None:
    """What is accepted breaks no run; accepted twice, it is written once; what is new breaks it."""
    assert 1 == verify(project).code
    accepted = project.call("accept", *TERMS)
    assert (0, "") == (accepted.code, accepted.err)
    assert "1 finding accepted until 2099-12-31, in known-findings.toml" == accepted.out.splitlines()[-1]
    (entry,) = tomllib.loads((project.folder / "known-findings.toml").read_text("utf-8"))["known"]
    assert ("event-for-success", 'in "issue 12"') == (entry["law"], entry["reason"])
    assert 0 == verify(project).code
    assert "0 findings accepted" in project.call("accept", *TERMS).out
    assert 1 == verify(project, "errors_as_json.py").code


def test_findings_are_chosen(project: Project) -> None:
    """By ID, law, family or case, and by patterns; one that is not there is told."""
    verify(project)
    assert "1 finding accepted" in project.call("accept", "--only", "upstream-*", *TERMS).out
    done = project.call("accept", "--only", "own-event", *TERMS)
    assert 2 == done.code
    assert "expected: event-for-success" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--reason", "x", "--until", "2020-01-01"), "2020-01-01 is past."),
        (("--reason", " ", "--until", "2099-12-31"), "it is empty"),
        (("--reason", "x", "--until", "soon"), "'soon' is not a day"),
        (TERMS, "There was no run to accept the findings of."),
    ],
)
def test_wrong_calls_are_told(project: Project, arguments: tuple[str, ...], said: str) -> None:
    """A day that is past, no reason, and nothing to accept."""
    done = project.call("accept", *arguments)
    assert 2 == done.code
    assert said in done.err
