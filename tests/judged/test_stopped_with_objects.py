"""A target that is started and stopped has requests about objects of their own, which its process has made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.judged.project import Project, Report
from tests.judged.test_objects_of_two_callers import HOOKS, KEYS, spec_of
from tests.judged.test_used_up import spec_of as kiosk

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, BEHIND = {"x-delivery": {"answer": "after"}}, {"x-delivery": {"answer": "any", "within_ms": 1000}}


def stopped(folder: Path, event: dict[str, Any], *scenarios: str, bug: str = "") -> Report:
    """Return what scenarios say of baskets, whose orders have an event with such terms."""
    when = "behind" if event is BEHIND else "before"
    env = {"BUG": bug, "WHEN": when, "HOOK": "{world.hooks}/orders"}
    project = Project(folder, "baskets", spec_of(event), env, KEYS + HOOKS)
    project.target_lines = "drains = true\nserves_in_flight = true"
    return project.verified(*(word for name in scenarios for word in ("--only", f"start-and-stop/{name}")))


def test_what_is_in_flight_is_about_objects_that_are_there(tmp_path: Path) -> None:
    """Six orders wait for the ingest at once; what the target kept in memory is made anew after the next start."""
    report = stopped(tmp_path, BEFORE, "sigterm-during-ingest", "sigkill-after-storing", "requests-while-starting")
    assert (0, set()) == (report.code, report.errors), report.text
    orders = sum(one["seen"] for one in report.value["answers"] if one["operation"] == "order")
    assert 7 <= orders, report.text


@pytest.mark.parametrize(("bug", "errors"), [("", set()), ("dropped", {"event-for-success"})])
def test_events_behind_answers_are_due(tmp_path: Path, bug: str, errors: set[str]) -> None:
    """What was answered before SIGTERM are orders, with an event each."""
    report = stopped(tmp_path, BEHIND, "sigterm-after-answers", bug=bug)
    assert errors == report.errors, report.text
    assert errors or report.code == 0, report.text


def test_answers_about_nothing_prove_nothing(tmp_path: Path) -> None:
    """Who is asked for what nobody could make has nothing to lose at its end: that is said, and is no success."""
    project = Project(tmp_path, "kiosk", kiosk(), top='operations = ["complete"]')
    report = project.verified("--only", "start-and-stop/sigterm-idle")
    assert set() == report.errors, report.text
    why = "No object was known that complete could be about: each of its requests was answered 404."
    assert why == report.not_proven["sigterm-idle"], report.text
