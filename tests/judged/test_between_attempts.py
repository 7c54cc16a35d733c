"""SIGTERM between two attempts at an event that the contract promises to attempt until it is acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.judged.orders import orders

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Report

ONLY = ("--only", "start-and-stop/sigterm-between-attempts")
TERMS = {"attempts": "until-acknowledged", "retry_within_ms": 2000}


def stopped(folder: Path, stops: str, *, promised: bool) -> Report:
    """Return what is said of a target that is stopped so."""
    project = orders(folder, terms=TERMS, PAUSE="1", STOPS=stops, OUTBOX=str(folder / "outbox.json"))
    if promised:
        project.target_lines = "serves_in_flight = true"
    return project.verified(*ONLY)


@pytest.mark.parametrize("stops", ["drains", "keeps"])
def test_a_target_that_makes_the_next_attempt_is_right(tmp_path: Path, stops: str) -> None:
    """The attempt is made before the end, or after the next start."""
    report = stopped(tmp_path, stops, promised=True)
    assert (set(), set()) == (report.errors, report.warnings), report.text
    assert "sigterm-between-attempts" not in report.not_proven


@pytest.mark.parametrize(("promised", "errors", "warnings"), [(True, {"stops"}, set()), (False, set(), {"stops"})])
def test_a_target_that_forgets_it_is_found(
    tmp_path: Path, *, promised: bool, errors: set[str], warnings: set[str]
) -> None:
    """It is an error where the target guarantees to serve what is in flight, else a warning with the line to add."""
    report = stopped(tmp_path, "loses", promised=promised)
    assert (errors, warnings) == (report.errors, report.warnings), report.text
    (finding,) = [one for one in report.value["findings"] if one["law"] == "stops"]
    assert "between two attempts" in finding["summary"]
    assert "serves_in_flight = true" in finding["expected"]
