"""Where cases are played as they are made, a process of its own makes them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import at_work
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from tests.cli.conftest import Project

A_SLOW_START = 180.0
"""Seconds within which cases are being made, on a machine where ten tests compile and start at once."""
ONLY = ("verify", "--only", "fuzz-*", "--max-examples")


def test_the_first_run_has_the_cases_of_the_next(project: Project) -> None:
    """Made beside the run or kept, they are as many, and the seed that is chosen says which they are."""
    told = []
    for _ in range(2):
        process = project.start(*ONLY, "200")
        out, err = process.communicate(timeout=LONGEST)
        assert (0, "") == (process.returncode, err)
        told.append(out.splitlines()[-1])
    (file,) = (project.folder / ".bothends" / "cases").glob("*.jsonl")
    seeds = [int(line.partition("seed ")[2].partition(":")[0]) for line in told]
    assert [int(file.stem.rpartition("-")[2])] * 2 == [seed % (1 << 20) for seed in seeds]
    assert ["201 exchanges"] * 2 == [line.partition(" in ")[0] for line in told]
    assert [] == at_work(project.folder)


def test_a_wrong_contract_is_told_as_ever(project: Project) -> None:
    """Whoever loads it first, the message and the exit code are those of any run."""
    project.replace("openapi.yaml", "openapi: 3.1.0", "openapi: 7.1.0")
    process = project.start(*ONLY, "200")
    _, err = process.communicate(timeout=LONGEST)
    assert (2, err) == (process.returncode, project.run("verify").err)
    assert "openapi.yaml:1" in err


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="what is left is read from /proc")
def test_nothing_is_left_of_a_run_that_is_interrupted(project: Project) -> None:
    """Ctrl-C reaches who makes the cases as well; it goes with the run."""
    cases = project.folder / ".bothends" / "cases"
    with project.start(*ONLY, "8000") as process:
        try:
            deadline = time.monotonic() + A_SLOW_START
            while not list(cases.glob("*.making")) or len(at_work(project.folder)) == 1:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            os.kill(process.pid, signal.SIGINT)
            process.communicate(timeout=LONGEST)
        finally:
            process.kill()  # else the tests after this one would meet it
    assert (130, []) == (process.returncode, at_work(project.folder))
