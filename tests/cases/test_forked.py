"""What a fork makes is what this process would make, however the fork ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

VALUES = [number if number % 3 else None for number in range(300)]


def came_of(name: str, folder: Path) -> Any:
    """Return what came of one of `tests.cases.forking`."""
    command = [sys.executable, "-W", "error", "-m", "tests.cases.forking", name, str(folder)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, check=False, text=True)
    assert "" == done.stderr
    return json.loads(done.stdout)


def test_all_that_a_fork_makes_is_read(tmp_path: Path) -> None:
    """It makes so many values ahead, then those that are asked for; nothing is left of it."""
    assert [VALUES, True] == came_of("all_values", tmp_path)


def test_of_a_fork_that_ends_the_rest_is_made_here(tmp_path: Path) -> None:
    """Nothing is lost, and nothing comes twice."""
    assert VALUES == came_of("a_fork_that_ends", tmp_path)


def test_what_a_fork_can_not_make_is_raised_here(tmp_path: Path) -> None:
    """The error is that of making it here, after what came before it."""
    assert [[1], "raised"] == came_of("a_fork_that_raises", tmp_path)


def test_who_reads_no_further_ends_the_fork(tmp_path: Path) -> None:
    """No process is left behind."""
    assert [VALUES[:1], True] == came_of("a_fork_that_is_left", tmp_path)


def test_cases_of_a_fork_are_those_made_here(tmp_path: Path) -> None:
    """Valid and invalid ones are drawn by two processes, and are the same."""
    assert [True, True] == came_of("made_by_a_fork", tmp_path)


def test_a_plan_takes_the_cases_of_its_fork(tmp_path: Path) -> None:
    """They are kept as if it had made them itself, and the next one needs no fork."""
    forks, count, same, over = came_of("planned", tmp_path)
    assert (True, LEAST_FUZZED, True, True) == (forks, count, same, over)


LEAST_FUZZED = 200
