"""The system's clock is set while a run goes on: right times are right, and wrong ones are wrong as ever."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any

import pytest

from bothends import clock as clocks
from bothends.clock import Clock, Step
from tests.judged.orders import orders

if TYPE_CHECKING:
    from pathlib import Path

    from tests.judged.project import Project, Report

STEPS = [600.0, -600.0]
ONLY = ("--only", "success")


class Hands:
    """The system's clock in a test: it is set as one likes."""

    def __init__(self) -> None:
        """Show the right time."""
        self.by = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return time.time() + self.by


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Let the one clock read a clock that can be set."""
    made = Hands()
    monkeypatch.setattr(clocks, "system_time", made)
    return made


@pytest.mark.parametrize("by", STEPS)
def test_a_step_is_seen_and_the_run_goes_on(hands: Hands, by: float) -> None:
    """The times of a run stay in order; what the system says is known for any time of the run."""
    clock = Clock()
    before = clock.now()
    clock.look()
    hands.by = by
    clock.look()
    after = clock.now()
    (step,) = clock.steps
    assert before <= step.before <= step.after <= after < before + 60
    assert abs(step.by - by) < clocks.LEAST_STEP
    assert (before, True) == (clock.wall(before), abs(clock.wall(after) - after - by) < clocks.LEAST_STEP)
    assert (True, True, False) == (
        clock.stepped(before, after),
        clock.stepped(step.after, after),
        clock.stepped(after + 1, after + 2),
    )


def test_what_is_no_step(hands: Hands) -> None:
    """A clock that is slewed by less than can matter is not said to be set; several such steps are."""
    clock = Clock()
    hands.by = clocks.LEAST_STEP / 2
    clock.look()
    assert [] == clock.steps
    hands.by = clocks.LEAST_STEP * 1.5
    clock.look()
    assert 1 == len(clock.steps)
    assert abs(clock.system() - time.time() - hands.by) < clocks.LEAST_STEP


def test_steps_add_up() -> None:
    """Two steps make the sum of both; a time between them has the first alone."""
    clock = Clock()
    clock.steps = [Step(10.0, 11.0, 5.0), Step(20.0, 21.0, -2.0)]
    assert (9.0, 20.0, 33.0) == (clock.wall(9.0), clock.wall(15.0), clock.wall(30.0))


def timed(folder: Path, **env: str) -> Project:
    """Return a service whose events say what time it is."""
    project = orders(folder, terms={"answer": "after"}, CLOCK=str(folder / "clock"), **env)
    project.target = "clocked"
    project.spec = copy.deepcopy(project.spec)  # parts of it are those of all projects
    callback = project.spec["paths"]["/orders"]["post"]["callbacks"]["ordered"]["{hooks}/orders"]["post"]
    media: dict[str, Any] = callback["requestBody"]["content"]["application/json"]
    schema = media["schema"]
    at = {"at": {"type": "integer", "x-from": "clock.ms"}}
    media["schema"] = {**schema, "required": ["order", "at"], "properties": {**schema["properties"], **at}}
    return project


def verified(project: Project, monkeypatch: pytest.MonkeyPatch) -> Report:
    """Return what a run says whose clock is that of the target."""
    file = project.folder / "clock"

    def system_time() -> float:
        text = file.read_text("utf-8") if file.exists() else "0"
        return time.time() + float(text)

    monkeypatch.setattr(clocks, "system_time", system_time)
    return project.verified(*ONLY)


@pytest.mark.parametrize("by", STEPS)
def test_a_right_target_is_right_on_both_sides_of_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: float
) -> None:
    """The exchange that the clock was set in is played again, and a line says so."""
    report = verified(timed(tmp_path, SET_AT="6", BY=str(by)), monkeypatch)
    assert (set(), []) == (report.errors, list(report.not_proven)), report.text
    (note,) = [one for one in report.notes if "clock" in one]
    assert note.startswith(f"the clock of this machine was set during the run ({by:+.1f} s)"), note
    assert (by > 0) or "played again after it" in note, note  # a time of before a step forward is between both


def test_a_wrong_time_is_found_beside_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target whose times are an hour behind is wrong, whoever sets the clock."""
    report = verified(timed(tmp_path, SET_AT="6", BY="600", BUG="behind"), monkeypatch)
    assert {"provenance"} == report.errors, report.text


def test_a_clock_that_is_set_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be seen without a step is not proven, with a line."""
    report = verified(timed(tmp_path, SET_AT="3", BY="-60", EACH="1"), monkeypatch)
    assert set() == report.errors, report.text
    assert "The clock of this machine was set while" in report.not_proven["the clock"]
