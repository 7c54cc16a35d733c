"""A run in lanes says what a run alone says, and accuses nobody whose copies share something."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.engine import Options
from bothends.errors import ContractError
from bothends.lanes.choice import lanes_of
from tests.in_process import bothends
from tests.lanes.things import Things
from tests.ports import ports
from tests.processes import at_work, open_files
from tests.waiting import LONGEST

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.shards.parts import Run

PLAYED = 5
"""Things that are made before a lane is disturbed."""
SLOW = {"PAUSE": "3"}
MANY = ("--max-examples", "150")


def notes(run: Run) -> list[str]:
    """Return what a run says of its lanes."""
    return [note for note in run.report["notes"] if note.startswith("lanes: ")]


def shared(folder: Path) -> str:
    """Return a folder that all copies of a target have."""
    (folder / "store").mkdir(exist_ok=True)
    return str(folder / "store")


@pytest.mark.measured
@pytest.mark.parametrize("mode", ["right", "wrong"])
def test_lanes_say_what_one_says(tmp_path: Path, mode: str) -> None:
    """Verdict, answers seen and findings of two lanes are those of one, and a finding was shown again."""
    things = Things(tmp_path, mode)
    alone, beside = things.verified(1), things.verified(2)
    assert alone.told == beside.told
    assert alone.said["exchanges"] <= beside.said["exchanges"] + 4
    assert [] == notes(beside)
    expected = [True] if mode == "wrong" else []
    assert expected == [finding["reproduced"] for finding in beside.report["findings"]]
    assert [] == list((tmp_path / ".bothends").glob("**/lane-*")), "the folders of the lanes are gone"


def test_what_is_wrong_with_every_request_is_told_by_one_lane(tmp_path: Path) -> None:
    """Where a good request shows an error already, nobody waits for the other lanes to hear of it."""
    run = Things(tmp_path, "broken").verified(2)
    assert {"error"} == {finding["severity"] for finding in run.report["findings"]}
    expected = "lanes: a good request shows an error already, so the run was made with one lane."
    assert [expected] == notes(run)


def test_a_finding_of_lanes_can_be_replayed(tmp_path: Path) -> None:
    """What lanes have found is replayed like any other finding."""
    found = Things(tmp_path, "wrong").verified(2).report["findings"][0]["id"]
    done = bothends(tmp_path, "replay", found)
    assert (1, True) == (done.returncode, "reproduced" in done.stdout), done.stdout + done.stderr


def test_copies_that_send_the_events_of_each_other_are_found_out(tmp_path: Path) -> None:
    """A right target whose copies share an outbox is verified with one lane, and nothing is broken."""
    run = Things(tmp_path, "relay", acknowledged=False, env={"OUTBOX": shared(tmp_path)}).verified(3)
    assert [] == run.report["findings"]
    expected = "lanes: the copies of the target share something: an event of one reaches the world of another"
    assert [f"{expected}, so the run was made with one lane."] == notes(run)


def test_copies_of_a_target_with_many_operations_share_nothing(tmp_path: Path) -> None:
    """If no object was read by the lane that sends, one that another lane makes for itself is no sign of anything."""
    run = Things(tmp_path, makers=9).verified(2)
    assert [] == run.report["findings"]
    assert [] == notes(run)


@pytest.mark.measured
def test_copies_that_know_the_objects_of_each_other_are_found_out(tmp_path: Path) -> None:
    """A right target whose copies share a database is verified with one lane, and nothing is broken."""
    run = Things(tmp_path, "right", shared(tmp_path)).verified(2)
    assert [] == run.report["findings"]
    expected = "lanes: the copies of the target share something: read finds with one what another has made"
    assert [f"{expected}, so the run was made with one lane."] == notes(run)


def test_what_shows_only_beside_another_lane_is_no_finding(tmp_path: Path) -> None:
    """A target that fails only while a copy runs is verified with one lane again, and accused of nothing."""
    things = Things(tmp_path, "crowded", shared(tmp_path))
    things.write()
    run = things.verified(2, "--operation", "make")  # nothing reads, so that nothing is found out before
    assert [] == [finding["law"] for finding in run.report["findings"]]
    assert [
        "lanes: findings of several lanes did not show again with one, so the run was made with one lane."
    ] == notes(run)


@pytest.mark.measured
def test_a_target_that_can_run_once_only_has_one_lane(tmp_path: Path) -> None:
    """If the target of a lane can't be started beside the others, the run is made with one."""
    port = str(ports(1)[0])
    things = Things(tmp_path, "fixed", env={"FIXED": port})
    run = things.verified(2)
    assert [] == run.report["findings"]
    assert [
        "lanes: the target of a lane did not become ready beside the others, so the run was made with one lane."
    ] == (notes(run))


def test_a_lane_that_dies_is_missing(tmp_path: Path) -> None:
    """What a lane had to show is not proven when its process is killed; what the others saw is kept."""
    quick = tmp_path / "quick"
    with Things(tmp_path, env=SLOW | {"QUICK": str(quick)}).begun(2, *MANY, only="fuzz-valid") as run:
        os.kill(_until_a_lane_plays(tmp_path, run), signal.SIGKILL)
        quick.touch()
        out, err = run.communicate(timeout=LONGEST)
    report = json.loads((tmp_path / "report.json").read_text())
    missing = [one["what"] for one in report["not_proven"] if one["what"].startswith("lane ")]
    assert (4, 1) == (run.returncode, len(missing)), out + err
    assert 0 < report["exchanges"]


@pytest.mark.measured
def test_ctrl_c_ends_all_lanes(tmp_path: Path) -> None:
    """Ctrl-C ends the run and its lanes in an orderly way: what was seen so far is told, and nothing runs on."""
    with Things(tmp_path, env=SLOW).begun(2, *MANY, only="fuzz-valid") as run:
        _until_a_lane_plays(tmp_path, run)
        os.kill(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=LONGEST)
    assert (130, True) == (run.returncode, "Interrupted" in err), out + err
    assert [] == at_work(tmp_path)


def _until_a_lane_plays(folder: Path, run: subprocess.Popen[str]) -> int:
    """Wait until both lanes have had some things made; return the process of one."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until and run.poll() is None:
        stores = list((folder / ".bothends").glob("*/lanes/*/lane-*/store"))
        if len(stores) == 2 and all(len(list(store.glob("*.json"))) > PLAYED for store in stores):
            for process in at_work(folder):
                if _hands_over(process) == 1:
                    return process
        time.sleep(0.02)
    raise AssertionError("no lane has begun to play")


def _hands_over(process: int) -> int:
    """Return how many files a process has open by which a lane hands something over: the first lane has its own."""
    return sum("/lanes/" in file and file.endswith("(deleted)") for file in open_files(process))


def test_lanes_are_asked_for_or_follow_from_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole runs of targets that are apart have one or two more than cores, four at most; all others have one."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    Things(tmp_path, isolated=False).write()
    options = Options(config=tmp_path / "bothends.toml")
    assert [1, 1, 1] == [lanes_of(load(options.config), options, asked) for asked in (None, 1, 3)]
    Things(tmp_path).write()
    assert [3, 1, 3] == [lanes_of(load(options.config), options, asked) for asked in (None, 1, 3)]
    named = options.config.read_text()
    options.config.write_text(f"{named}port = 18934\n")
    assert [1, 1] == [lanes_of(load(options.config), options, asked) for asked in (None, 3)]
    options.config.write_text(named)
    quick = Options(config=options.config, profile="quick")
    assert [3, 4] == [lanes_of(load(options.config), each, None) for each in (options, quick)]
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    assert 4 == lanes_of(load(options.config), options, None)
    for unknown_or_single in (None, 1):
        monkeypatch.setattr("os.cpu_count", lambda cores=unknown_or_single: cores)
        assert 1 == lanes_of(load(options.config), options, None)
    narrower = [Options(config=options.config, fail_fast=True), Options(config=options.config, only="success")]
    assert [1, 1] == [lanes_of(load(options.config), each, None) for each in narrower]


@pytest.mark.parametrize(
    ("chosen", "lanes", "problem"),
    [
        ({}, 17, "--lanes 17"),
        ({"fail_fast": True}, 2, "--fail-fast stops at the first error"),
        ({"url": "http://127.0.0.1:1"}, 2, "--lanes needs a target that bothends launches"),
    ],
    ids=["too many", "fail-fast", "url"],
)
def test_what_lanes_are_not_for_is_said(tmp_path: Path, chosen: dict[str, Any], lanes: int, problem: str) -> None:
    """Too many, or several for a running target or a run that ends at the first error, are a mistake of the call."""
    Things(tmp_path).write()
    file = tmp_path / "bothends.toml"
    file.write_text(file.read_text() + "port = 18934\n")
    with pytest.raises(ContractError, match=problem):
        lanes_of(load(file), Options(config=file, **chosen), lanes)
