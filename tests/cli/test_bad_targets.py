"""`bothends verify` against targets that die, talk garbage or say nothing: a finding, and no traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Project, Snapshots

TARGETS = "python -m tests.cli.targets."


@pytest.fixture
def unready(project: Project) -> Project:
    """A project whose target is ready when its port accepts."""
    project.replace("bothends.toml", 'ready = "/healthz"\n', "")
    return project


def test_a_target_that_dies_half_way(project: Project, snapshots: Snapshots) -> None:
    """It starts anew, twice; its exit code is told, and that it left a request unanswered once is no finding."""
    command = f"{TARGETS}dies"
    snapshots.check("target-dies", project.call("verify", "--only", "success", "--command", command).told)


def test_a_target_whose_connections_end_before_it_does(project: Project) -> None:
    """That it was about to die is seen, however busy the machine is with it."""
    run = project.call("verify", "--only", "success", "--command", f"{TARGETS}dies 0.1")
    assert (4, True) == (run.code, "The target exited with code 7" in run.told)


def test_a_target_that_answers_garbage(unready: Project, snapshots: Snapshots) -> None:
    """What is no HTTP is a finding; the escape sequences in it are shown, not acted on."""
    command = rf"{TARGETS}speaks '\x1b[2Jgarbage\r\n\r\n'"
    snapshots.check(
        "target-answers-garbage", unready.call("verify", "--only", "success/usual", "--command", command).told
    )


def test_a_target_that_never_answers(unready: Project, snapshots: Snapshots) -> None:
    """The run waits for as long as it judges by, and no longer: 10 s, twice."""
    command = ("verify", "--only", "success/usual", "--fail-fast", "--command", f"{TARGETS}speaks")
    snapshots.check("target-never-answers", unready.call(*command).told)
