"""Unless the settings say that its copies share nothing, there is one process of the target at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.busy import until_shown
from tests.in_process import bothends
from tests.one_process.project import Project
from tests.ports import ports
from tests.waiting import until
from tests.warm.start import command

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

LOCKS = 'LOCKS = "1"'


@pytest.mark.parametrize(
    "profile",
    [
        ("quick", "--only", "s*"),
        pytest.param(("quick",), marks=pytest.mark.long),
        pytest.param(("default",), marks=pytest.mark.long),
        # A whole deep run of this contract has 100,000 requests; these are those that start and stop a target.
        ("deep", "--only", "start-and-stop"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("port", [False, True], ids=["any port", "a port of its own"])
def test_a_target_that_locks_its_folder_is_verified(tmp_path: Path, profile: tuple[str, ...], *, port: bool) -> None:
    """With lanes asked for as well, a second process is never started, and nothing is broken."""
    project = Project(tmp_path, env=LOCKS, world=f"port = {ports(1)[0]}" if port else "")
    run = project.verify("--profile", *profile, "--lanes", "3", "--json", "report.json")
    assert "BROKEN" not in run.stdout, run.stdout
    assert run.returncode in {0, 4}, run.stdout
    assert "second" not in project.starts
    assert ["start", "end"] == project.starts[:2]
    assert project.starts.count("start") > 1, "the target was started and stopped"
    [told] = [note for note in json.loads((tmp_path / "report.json").read_text())["notes"] if "lanes" in note]
    assert told.startswith(
        "lanes: --lanes 3 is asked for, and the run has one lane: one process of the target at a time"
    )


def test_a_target_that_can_not_end_in_order_is_found_out_with_one_process(tmp_path: Path) -> None:
    """What a scenario finds is found when it is played after all else, and it can be replayed."""
    project = Project(tmp_path, env=LOCKS)
    server = project.folder / "server.py"
    server.write_text(server.read_text().replace('told("end")\n', 'told("end")\nos._exit(7)\n'))
    run = project.verify("--profile", "quick", "--only", "s*")
    assert "does not exit cleanly at SIGTERM" in run.stdout
    assert "second" not in project.starts
    again = subprocess.run(
        [*command(), "replay", run.stdout.split("bothends replay ")[1].split()[0]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (1, True) == (again.returncode, "reproduced" in again.stdout), again.stdout + again.stderr
    assert "second" not in project.starts


@pytest.mark.parametrize("port", [False, True], ids=["any port", "a port of its own"])
def test_copies_that_share_nothing_run_side_by_side(tmp_path: Path, *, port: bool) -> None:
    """Where the settings say so, scenarios are played beside the other cases; but two worlds never have one port."""
    project = Project(tmp_path, target="isolated = true", world=f"port = {ports(1)[0]}" if port else "")
    run = project.verify("--profile", "quick", "--only", "s*", "--lanes", "1")
    assert run.returncode in {0, 4}, run.stdout
    assert port == ("second" not in project.starts)


def test_a_second_run_is_refused(tmp_path: Path) -> None:
    """While a run has the target, another one says which process has it; it is let go of however that one ends."""
    project = Project(tmp_path, env=LOCKS)
    as_users_do = [sys.executable, "-m", "bothends"]  # it is killed, and its process is named
    first = subprocess.Popen(
        [*as_users_do, "verify", "--profile", "quick"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        until(lambda: "start" in project.starts)
        second = project.verify("--profile", "quick", "--shard", "1/2", "--seed", "1", "--blob", "1.blob")
        assert 2 == second.returncode, second.stdout
        assert f"process {first.pid}" in second.stderr
        for words in ("one process of the target at a time", "isolated = true", "a folder each"):
            assert words in second.stderr
        assert ["start"] == project.starts
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.communicate()

    def run_again() -> CompletedProcess[str] | None:
        again = project.verify("--only", "success/least")
        return None if again.returncode == 2 else again  # what is left of the first one ends a moment after it

    third = until(run_again)
    assert 0 == third.returncode, third.stdout + third.stderr
    assert ["start", "start", "end"] == project.starts, "the second was never started, and the first was gone"


@pytest.mark.parametrize(
    ("isolated", "other"), [("isolated = true", "server.py"), ("", "other.py")], ids=["copies", "another program"]
)
def test_runs_of_targets_that_are_apart_are_made_at_once(tmp_path: Path, isolated: str, other: str) -> None:
    """Nobody is refused whose settings say that copies share nothing, or who starts another program."""
    Project(tmp_path, target=isolated)
    (tmp_path / "other.py").write_text((tmp_path / "server.py").read_text())
    asked = [*command(), "verify", "--only", "success", "--command"]

    def both() -> list[tuple[int, str, str]]:
        begun = [
            subprocess.Popen(
                [*asked, f"python {name}"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for name in ("server.py", other)
        ]
        said = [run.communicate() for run in begun]
        return [(run.returncode, *texts) for run, texts in zip(begun, said, strict=True)]

    # Where the machine was too busy for one of them, neither shows what both are to show.
    done = until_shown(both, lambda done: max((code, out) for code, out, _ in done))
    assert [0, 0] == [code for code, _, _ in done], done


def test_parts_with_a_folder_and_a_target_each_run_at_once(tmp_path: Path) -> None:
    """Each target has its folder for itself, and the parts are one run."""
    projects = [Project(tmp_path / name, env=LOCKS) for name in ("one", "other")]
    words = ["--only", "success", "--seed", "1"]
    begun = [
        subprocess.Popen(
            [*command(), "verify", *words, "--shard", f"{number}/2", "--blob", "part.blob"],
            cwd=project.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, project in enumerate(projects, 1)
    ]
    said = [run.communicate() for run in begun]
    assert [0, 0] == [run.returncode for run in begun], said
    assert [["start", "end"]] * 2 == [project.starts for project in projects]
    merged = bothends(tmp_path / "one", "merge", "part.blob", "../other/part.blob")
    assert merged.returncode in {0, 4}, merged.stdout + merged.stderr  # 4: the machine was too busy to tell


def test_workers_of_pytest_take_turns(tmp_path: Path) -> None:
    """Each worker has the target for a while; two never have it at once, and all items pass."""
    project = Project(tmp_path, env=LOCKS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_things.py").write_text(TESTS)
    run = subprocess.run(
        [*command("pytest"), "-p", "no:cacheprovider", "-q", "-n", "2", "test_things.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == run.returncode, run.stdout + run.stderr
    assert "second" not in project.starts
    assert project.starts.count("start") >= 2, "both workers had it"


TESTS = """
import time

import pytest


@pytest.mark.parametrize("number", range(12))
def test_adds(target, contract, number):
    time.sleep(0.1)
    contract.check(target.post(json={"name": f"thing {number}"}))


@pytest.mark.parametrize("number", range(4))
def test_nothing(number):
    time.sleep(0.5)


@pytest.mark.parametrize("number", range(4))
def test_adds_later(target, number):
    assert target.post(json={"name": f"late {number}"}).response.status == 200
"""
