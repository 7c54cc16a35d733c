"""What a run comes to: the verdict and the exit code."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.records import Breach, Case, Cause, Finding, NotProven, Request, Severity, Summary, Verdict

CASE = Case("op", "success", "usual", Request("POST", "/"))


def finding(severity: Severity) -> Finding:
    """Return a finding of a severity."""
    return Finding("1", Breach("law", severity, Cause("cause"), "summary", "this", "that", None), CASE, 1)


ERROR = finding(Severity.ERROR)
WARNING = finding(Severity.WARNING)
MISSING = NotProven("answer 504", "never seen")


def summary(**changes: Any) -> Summary:
    """Return the summary of a run that proved all, with what a test changes."""
    kept: dict[str, Any] = {"answers": (), "laws": (), "findings": (), "not_proven": ()}
    return Summary(1, 10, 0.5, **{**kept, **changes})


@pytest.mark.parametrize(
    ("changes", "verdict", "code"),
    [
        ({}, Verdict.PROVEN, 0),
        ({"findings": (WARNING,)}, Verdict.PROVEN, 0),
        ({"findings": (ERROR,)}, Verdict.BROKEN, 1),
        ({"findings": (ERROR, WARNING), "not_proven": (MISSING,)}, Verdict.BROKEN, 1),
        ({"not_proven": (MISSING,)}, Verdict.NOT_PROVEN, 4),
        ({"not_proven": (MISSING,), "target_failure": "died"}, Verdict.NOT_PROVEN, 3),
        ({"findings": (ERROR,), "target_failure": "died"}, Verdict.BROKEN, 1),
        ({"findings": (ERROR,), "target_failure": "died", "harness_failure": "crash"}, Verdict.BROKEN, 5),
        ({"harness_failure": "crash"}, Verdict.NOT_PROVEN, 5),
        ({"interrupted": True}, Verdict.NOT_PROVEN, 130),
        ({"interrupted": True, "findings": (ERROR,), "harness_failure": "crash"}, Verdict.BROKEN, 130),
    ],
)
def test_the_first_that_holds_is_the_exit_code(changes: dict[str, Any], verdict: Verdict, code: int) -> None:
    """Interrupted, then the harness, then findings, then the target, then what was not proven."""
    made = summary(**changes)
    assert (verdict, code) == (made.verdict, made.exit_code)


def test_findings_are_told_apart_by_severity() -> None:
    """Errors break the contract, warnings may stand."""
    made = summary(findings=(ERROR, WARNING))
    assert ((ERROR,), (WARNING,)) == (made.errors, made.warnings)
