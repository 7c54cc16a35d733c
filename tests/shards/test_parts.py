"""A run in parts says what one run says, of right targets and of broken ones."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bank.bank import ROOT, TARGETS, plant
from tests.bank.results import whole_bank
from tests.cli.test_small_contracts import PING, small
from tests.deliveries.project import TARGET
from tests.in_process import bothends
from tests.shards.parts import BUG, alone, merged, part, parts, write_orders

if TYPE_CHECKING:
    from pathlib import Path

FEW = ("--profile", "quick", "--seed", "1", "--max-examples", "5")
BROKEN = (
    "hardened/ingest-failure-swallowed",
    "hardened/settings-at-top",
    "hardened/nan-taken",
    "hardened/get-executes",
    "hardened/limit-off-by-one",
    "hardened/chunks-in-lexical-order",
    "hardened/settings-kept-for-ever",
    "hardened/id-anew-at-retry",
    "hardened/ends-with-an-error-code",
    "hardened/name-escaped-as-html",
)


def orders(folder: Path, bug: str = "") -> tuple[str, ...]:
    """Write a contract whose event comes after the answer; return what a run of it is told."""
    write_orders(folder, bug)
    return (*FEW, "--command", f"{sys.executable} {TARGET}")


@pytest.mark.parametrize("bug", ["", BUG])
def test_three_parts_say_what_one_run_says(tmp_path: Path, bug: str) -> None:
    """Cases, answers seen, laws, findings, verdict and exit code are those of one run; faults are met in each part."""
    words = (*orders(tmp_path, bug), "--only", "[su][up]*")  # success, and each fault of the ingest
    one = alone(tmp_path, *words)
    several = merged(tmp_path, parts(tmp_path, 3, *words))
    assert one.said == several.said, several.out
    assert (bug == "") == (not one.report["findings"])


def test_each_part_asks_whether_a_target_has_recovered(tmp_path: Path) -> None:
    """Of faults alone, too: a good request comes after each, in whichever part it is played."""
    words = (*orders(tmp_path), "--only", "upstream-wrong/*redirects-30[12]")
    one = alone(tmp_path, *words)
    several = merged(tmp_path, parts(tmp_path, 2, *words))
    assert one.said == several.said, several.out


def test_parts_of_a_whole_run_say_what_the_whole_has_not_seen(tmp_path: Path) -> None:
    """An answer that no case brought about is known of the whole only, and so is the coverage: the merge tells them."""
    project = small(tmp_path, PING)
    words = ("--profile", "quick", "--max-examples", "3", "--seed", "1")
    one = alone(project.folder, *words)
    several = merged(project.folder, parts(project.folder, 2, *words))
    assert one.said == several.said, several.out
    assert ["answer 409"] == [what for what, _ in several.said["not proven"]]
    assert 4 == several.code


def test_what_is_found_in_parts_can_be_replayed_and_accepted(tmp_path: Path) -> None:
    """The merge leaves behind what a run leaves: a replay file for each finding, and the note of what was found."""
    words = (*orders(tmp_path, BUG), "--only", "success")
    blobs = parts(tmp_path, 2, *words)
    shutil.rmtree(tmp_path / ".bothends")
    run = merged(tmp_path, blobs)
    assert 1 == run.code, run.out
    found = run.report["findings"][0]["id"]
    again = bothends(tmp_path, "replay", found, "--command", f"{sys.executable} {TARGET}")
    assert (1, "") == (again.returncode, again.stderr), again.stdout
    accepted = bothends(tmp_path, "accept", "--reason", "for now", "--until", "2999-12-31")
    assert 0 == accepted.returncode, accepted.stderr
    known = merged(tmp_path, blobs)
    assert (0, "proven") == (known.code, known.report["verdict"]), known.out


def test_all_reports_are_the_merges(tmp_path: Path) -> None:
    """Each report has each exchange of each part, as a run's has."""
    words = (*orders(tmp_path), "--only", "success")
    blobs = parts(tmp_path, 2, *words)
    names = ("html", "junit", "markdown", "ndjson")
    run = merged(tmp_path, blobs, *(word for name in names for word in (f"--{name}", f"out.{name}")))
    events = [json.loads(line) for line in (tmp_path / "out.ndjson").read_text().splitlines()]
    judged = [event for event in events if event["event"] == "exchange-judged"]
    assert run.report["exchanges"] == len(judged) > 0
    assert ["run-started"] == [event["event"] for event in events if event["event"].startswith("run-started")]
    assert "run-finished" == events[-1]["event"]
    for name in names:
        assert (tmp_path / f"out.{name}").stat().st_size > 0


def test_a_part_ends_with_0_whatever_it_finds(tmp_path: Path) -> None:
    """It has no verdict; what it found is named."""
    words = (*orders(tmp_path, BUG), "--only", "success")
    done = part(tmp_path, 1, 1, *words)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.splitlines()[-1].startswith("part 1 of 1, no verdict: ")
    assert "; it has findings of " in done.stdout
    assert not any(word in done.stdout for word in ("PROVEN", "BROKEN"))


def test_a_target_that_fails_is_an_error_of_the_part(tmp_path: Path) -> None:
    """The part ends with 3; its blob is there, and the whole is not proven for that reason."""
    write_orders(tmp_path)
    words = (*FEW, "--only", "success", "--command", f"{sys.executable} nowhere.py")
    done = part(tmp_path, 1, 1, *words)
    assert 3 == done.returncode, done.stdout
    run = merged(tmp_path, [tmp_path / "1.blob"])
    assert (3, "not-proven") == (run.code, run.report["verdict"])
    assert run.report["target_failure"].startswith("part 1 of 1: ")


def test_a_blob_is_the_same_but_for_times(tmp_path: Path) -> None:
    """Its head says what it is a part of; no path and no name of this machine is in the package."""
    words = (*orders(tmp_path), "--only", "success")
    part(tmp_path, 1, 2, *words)
    with gzip.open(tmp_path / "1.blob") as file:
        head = json.loads(file.readline())
    assert ("bothends: part of a run", 6, 1, 2) == (head["format"], head["blob"], head["number"], head["plan"]["count"])
    assert str(tmp_path).encode() not in (tmp_path / "1.blob").read_bytes()


def bank_project(folder: Path, name: str) -> None:
    """Put the hardened target into a folder, with one mutant planted or none."""
    if name == "hardened/right":
        for each in ("openapi.yaml", "contracts", "examples/hardened"):
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / each).is_dir() else shutil.copy
            copy(ROOT / each, folder / each)
        return
    mutants = {f"{mutant.target}/{mutant.name}": mutant for mutant in whole_bank()}
    plant(mutants[name], folder)


@pytest.mark.long
@pytest.mark.parametrize("name", ["hardened/right", *BROKEN])
def test_eight_parts_say_what_one_run_says(tmp_path: Path, name: str) -> None:
    """Of a right target and of ten mutants of the bank: answers seen, findings, verdict."""
    bank_project(tmp_path, name)
    words = ("--config", TARGETS["hardened"].settings, "--profile", "quick", "--seed", "1")
    one = alone(tmp_path, *words)
    several = merged(tmp_path, parts(tmp_path, 8, *words), *words[:2])
    assert one.told == several.told, several.out
    assert (name == "hardened/right") == (several.report["verdict"] == "proven")


@pytest.mark.long
def test_eight_parts_find_what_depends_on_chance(tmp_path: Path) -> None:
    """Which callers are mixed up is chance, in one run as well, and so is what else comes of it: the bug is found."""
    bank_project(tmp_path, "hardened/user-kept-on-the-route")
    words = ("--config", TARGETS["hardened"].settings, "--profile", "quick", "--seed", "1")
    both = alone(tmp_path, *words), merged(tmp_path, parts(tmp_path, 8, *words), *words[:2])
    assert ["own-event"] * 2 == [run.report["findings"][0]["law"] for run in both]
