"""The kill matrix's own workings: what is kept, what is tried again, when a chunk ends, and what the document says."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.bank.bank import ROOT, TARGETS
from tests.bank.kill import TOGETHER, Chunk, Task, main, to_do
from tests.bank.matrix import FILE, matrix, told
from tests.bank.results import CONTROL, Results, controls, whole_bank
from tests.bank.trial import GRACE_SECONDS, PARTS, Outcome, TrialError, code_of, end_all, key, run
from tests.processes import alive

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bank.bank import Mutant

BANK = whole_bank()


def outcome(mutant: Mutant, who: str = "default", **other: Any) -> Outcome:
    """Return an outcome that holds: caught by the law that was named beforehand, unless told otherwise."""
    known: dict[str, Any] = {
        "key": key(mutant, who),
        "caught": True,
        "by": mutant.laws[:1],
        "warned": (),
        "told": "",
        "code": 1,
        "seconds": 9.5,
        "at": "2026-01-01T12:00Z",
        "tool": "bothends 0.1.0 at 0123456",
    }
    return Outcome.of({**known, **other})


def results_of(folder: Path, mutant: Mutant, **other: Any) -> Results:
    """Return results that hold one outcome."""
    results = Results(folder)
    results.keep(mutant, {"default": outcome(mutant, **other)})
    return results


def test_the_matrix_lists_every_mutant() -> None:
    """The committed document has a row for each mutant of the bank, with what it does wrong."""
    sections = FILE.read_text(encoding="utf-8").split("\n## ")
    for target in TARGETS:
        (section,) = [section for section in sections if section.startswith(f"{target}: all mutants")]
        rows = [line for line in section.splitlines() if "/`" in line]
        mine = [mutant for mutant in BANK if mutant.target == target]
        assert [] == [mutant.name for mutant in mine if not any(row.startswith(told(mutant)) for row in rows)]
        assert len(mine) == len(rows)


def test_the_matrix_is_what_the_outcomes_come_to() -> None:
    """The committed document is made from the committed outcomes: `make kill ARGS="--chunk-seconds 0"` writes it."""
    assert FILE.read_text(encoding="utf-8") == matrix(Results())


def test_outcomes_are_kept_beside_each_other(tmp_path: Path) -> None:
    """What one found out does not replace what another did, and it is read as it was written."""
    results = results_of(tmp_path, BANK[0])
    results.keep(BANK[0], {"st": outcome(BANK[0], "st", caught=False, by=(), told="—")})
    known = {"default": outcome(BANK[0]), "st": outcome(BANK[0], "st", caught=False, by=(), told="—")}
    assert known == results.of(BANK[0]) == Results(tmp_path).of(BANK[0])
    assert {} == results.of(BANK[1])


def test_programs_keep_outcomes_beside_each_other(tmp_path: Path) -> None:
    """What another program kept meanwhile in the same file stays; mutants that there are no longer go."""
    first, second = Results(tmp_path), Results(tmp_path)
    gone = replace(BANK[0], name="that-was")
    first.keep(gone, {"default": outcome(gone)})
    for results, mutant in ((first, BANK[1]), (second, BANK[0])):
        results.keep(mutant, {"default": outcome(mutant)})
    lines = (tmp_path / f"{BANK[0].target}.jsonl").read_text(encoding="utf-8").splitlines()
    assert sorted(mutant.name for mutant in BANK[:2]) == [json.loads(line)["mutant"] for line in lines]


OLD, OLDER = {"key": "old", "at": "2026-01-02T00:00Z"}, {"key": "older", "at": "2026-01-01T00:00Z"}


@pytest.mark.parametrize(
    ("here", "there", "taken"),
    [
        (None, OLDER, True),
        (OLD, {}, True),
        (OLDER, OLD, True),
        (OLD, OLDER, False),
        ({}, OLD, False),
        (OLD, None, False),
    ],
)
def test_what_is_known_better_elsewhere_is_taken(
    here: dict[str, Any] | None, there: dict[str, Any] | None, *, taken: bool, tmp_path: Path
) -> None:
    """That is what is not known here, what still holds, and of what does not hold any longer the later."""
    folders = [Results(tmp_path / name) for name in ("here", "there")]
    for results, known in zip(folders, (here, there), strict=True):
        if known is not None:
            results.keep(BANK[0], {"default": outcome(BANK[0], **known)})
    mine, theirs = (results.of(BANK[0]) for results in folders)
    assert taken == bool(folders[0].take(folders[1]))
    assert (theirs if taken else mine) == folders[0].of(BANK[0])


def test_the_key_is_of_the_mutant_and_of_who_tries() -> None:
    """Another mutant, another edit, another profile or a peer: another key."""
    first, second = BANK[0], BANK[1]
    other = replace(first, edits=(replace(first.edits[0], replace="other"),))
    keys = {key(first, "default"), key(second, "default"), key(other, "default"), key(first, "quick"), key(first, "st")}
    assert 5 == len(keys)
    assert key(first, "default") == key(replace(first, about="told otherwise."), "default")


def test_what_an_outcome_depends_on_is_there() -> None:
    """A part that has moved would change, and no outcome would be made anew."""
    assert [] == [part for part in PARTS if not (ROOT / "src" / "bothends" / part).is_dir()]


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ('"""Says more."""\n\nWAIT = 2\n"""Seconds."""\n\n\ndef wait() -> int:\n    return WAIT  # at most\n', True),
        ("WAIT = 3\n\n\ndef wait() -> int:\n    return WAIT\n", False),
        ("WAIT = 2\n\n\ndef wait() -> int:\n    return WAIT + 1\n", False),
        ('WAIT = "2"\n\n\ndef wait() -> int:\n    return WAIT\n', False),
    ],
    ids=["comments", "a-number", "a-step", "a-text"],
)
def test_an_outcome_depends_on_code(changed: str, *, same: bool) -> None:
    """What is only said in a comment or a docstring changes no outcome; each other change may."""
    known = b'WAIT = 2\n\n\ndef wait() -> int:\n    """Return how long."""\n    return WAIT\n'
    assert same == (code_of(known) == code_of(changed.encode()))


def test_only_what_holds_no_longer_is_tried_again(tmp_path: Path) -> None:
    """An outcome under another key counts as none; one that holds is not tried again."""
    mutant = BANK[0]
    name = f"{mutant.target}/{mutant.area}/{mutant.name}"
    fresh = results_of(tmp_path / "fresh", mutant)
    stale = results_of(tmp_path / "stale", mutant, key="of something else")
    assert [] == to_do(fresh, name, ["default"])
    assert [Task(mutant, "default")] == to_do(stale, name, ["default"])
    assert [Task(mutant, TOGETHER)] == to_do(fresh, name, ["default", TOGETHER])
    assert [Task(control, "quick") for control in controls()] == to_do(fresh, f"*/{CONTROL}", ["quick"])


@pytest.mark.parametrize(
    ("again", "caught", "due"),
    [("changed", True, True), ("missed", True, False), ("missed", False, True), ("none", False, False)],
)
def test_which_are_tried_again(again: str, *, caught: bool, due: bool, tmp_path: Path) -> None:
    """Of what holds no longer, a person may leave out what was caught, or all; what is not known is always tried."""
    results = results_of(tmp_path, BANK[0], key="old", caught=caught)
    tasks = [Task(BANK[0], "default")] if due else []
    assert tasks == to_do(results, f"*/{BANK[0].name}", ["default"], again)
    assert [Task(BANK[0], "quick")] == to_do(results, f"*/{BANK[0].name}", ["quick"], again)


def test_a_chunk_begins_only_what_it_can_end(tmp_path: Path) -> None:
    """Once tries have shown how long they take, none is begun that would not fit; the rest is told."""
    results = Results(tmp_path)
    tasks = [Task(mutant, "quick") for mutant in BANK[:6]]

    def attempt(task: Task) -> dict[str, Outcome]:
        return {"quick": outcome(task.mutant, "quick", seconds=1e6 if task == tasks[2] else 0.01)}

    chunk = Chunk(results, time.monotonic() + 1000, 1, attempt)
    assert 3 == chunk.work(tasks)
    assert [True] * 3 + [False] * 3 == [results.is_current(task.mutant, "quick") for task in tasks]
    assert 6 == Chunk(results, time.monotonic(), 2, attempt).work(tasks)


def test_a_try_without_a_verdict_is_not_kept(tmp_path: Path) -> None:
    """It is told and counted, and the others go on."""
    results = Results(tmp_path)
    tasks = [Task(mutant, "quick") for mutant in BANK[:3]]

    def attempt(task: Task) -> dict[str, Outcome]:
        if task == tasks[1]:
            raise TrialError("the disk is full")
        return {"quick": outcome(task.mutant, "quick")}

    chunk = Chunk(results, time.monotonic() + 1000, 2, attempt)
    assert 0 == chunk.work(tasks)
    assert [tasks[1]] == chunk.failed
    assert [True, False, True] == [results.is_current(task.mutant, "quick") for task in tasks]


def test_the_document_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without time no try is made, and the document is written from what is known."""
    monkeypatch.setattr("tests.bank.kill.FILE", tmp_path / "matrix.md")
    assert 0 == main(["--chunk-seconds", "0", "--take", str(tmp_path)])
    assert matrix(Results()) == (tmp_path / "matrix.md").read_text(encoding="utf-8")


def test_an_interrupted_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and the document is written all the same."""

    def attempt(task: Task) -> dict[str, Outcome]:
        raise KeyboardInterrupt(task.label)

    monkeypatch.setattr("tests.bank.kill.FILE", tmp_path / "matrix.md")
    monkeypatch.setattr("tests.bank.kill.attempt", attempt)
    monkeypatch.setattr("tests.bank.kill.Results", lambda: Results(tmp_path))
    assert 130 == main(["--only", f"*/{BANK[0].name}", "--by", "quick"])
    assert (tmp_path / "matrix.md").exists()


def run_until_said(code: str, lines: int, cwd: Path) -> tuple[int | None, str]:
    """Return what `run` says of a program that does not end by itself, given more time until it could say it all."""
    for seconds in (1, 5, 25, 125):
        ended, said = run([sys.executable, "-c", code], cwd, limit=GRACE_SECONDS + seconds)
        if said.count("\n") >= lines:
            break
    return ended, said


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """It is asked to end first, and what it wrote is there."""
    code = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True)); "
    code += "print('begun', flush=True); {} print('done')"
    assert (0, "begun\ndone\n") == run([sys.executable, "-c", code.format("")], tmp_path)
    assert (None, "begun\nasked\ndone\n") == run_until_said(code.format("signal.pause();"), 3, tmp_path)


def test_what_a_program_has_started_ends_with_it(tmp_path: Path) -> None:
    """One that does not end when it is asked to is killed, with all of its group."""
    code = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork(); "
    code += "os.write(1, b'%d\\n' % os.getpid()); time.sleep(600)"  # in one piece, beside the other's
    ended, said = run_until_said(code, 2, tmp_path)
    assert ended is None
    until = time.monotonic() + 60
    while any(map(alive, map(int, said.split()))) and time.monotonic() < until:
        time.sleep(0.02)
    assert [False, False] == list(map(alive, map(int, said.split())))


def test_all_that_runs_can_be_ended(tmp_path: Path) -> None:
    """When nobody waits for them any longer, programs are asked to end."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            end_all()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert -signal.SIGTERM == run([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path)[0]
    finally:
        over.set()
        asking.join()


def test_no_error_is_made_of_what_is_allowed() -> None:
    """A mutant that breaks nothing is a correct target as well: to call it broken would be a false alarm."""
    known = Results()
    outcomes = {mutant.name: known.of(mutant).get("default") for mutant in BANK if mutant.why_not}
    assert {} == {name: outcome.by for name, outcome in outcomes.items() if outcome and outcome.caught}


def test_what_is_allowed_is_counted_apart(tmp_path: Path) -> None:
    """It is argued in a table of its own, with what was said of it, and is in no total."""
    allowed = [mutant for mutant in BANK if mutant.why_not]
    text = matrix(results_of(tmp_path, allowed[0], caught=False, by=(), code=0))
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {allowed[0].target}/`{allowed[0].name}` |")]
    assert [allowed[0].why_not, "nothing"] == [cell.strip() for cell in row.split("|")[-3:-1]]
    (total,) = [line for line in text.splitlines() if line.startswith("| **all** |")]
    assert str(len(BANK) - len(allowed)) == total.split("|")[3].strip()


def test_what_nobody_caught_comes_first(tmp_path: Path) -> None:
    """A mutant that was not caught has a section with its argument, or the lack of one, before the tables."""
    missed = [mutant for mutant in BANK if not mutant.why_not][:1]
    results = results_of(tmp_path, missed[0], caught=False, by=(), code=0)
    text = matrix(results)
    section = text.index(f"### {missed[0].target}/{missed[0].name}")
    assert section < text.index("all mutants") < text.index(f"`{missed[0].name}`")
    assert "**Not argued yet.**" in text[section:]


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ({}, "**event-for-success**"),
        ({"by": ("answered", "event-for-success")}, "answered, **event-for-success**"),
        ({"by": ("answered",)}, "answered"),
        ({"caught": False, "by": (), "warned": ("event-for-success", "answered")}, "event-for-success (warning)"),
        ({"caught": False, "by": (), "warned": ("answered",)}, "no"),
        ({"caught": False, "by": (), "code": None}, "no end"),
    ],
)
def test_laws_that_were_named_beforehand_are_bold(other: dict[str, Any], shown: str, tmp_path: Path) -> None:
    """A warning is told only when its law was named beforehand."""
    mutant = next(mutant for mutant in BANK if mutant.laws == ("event-for-success",))
    lines = matrix(results_of(tmp_path, mutant, **other)).splitlines()
    (row,) = [line for line in lines if line.startswith(f"| {mutant.area}/`{mutant.name}` |")]
    assert [shown, "not tried", "not tried", "not tried"] == [cell.strip() for cell in row.split("|")[-5:-1]]


def test_totals_count_what_was_tried(tmp_path: Path) -> None:
    """A sum tells how many of how many, as long as not all were tried."""
    text = matrix(results_of(tmp_path, BANK[0]))
    (row,) = [line for line in text.splitlines() if line.startswith("| **all** |")]
    cells = [cell.strip() for cell in row.split("|")[3:-1]]
    assert [
        str(sum(not mutant.why_not for mutant in BANK)),
        "1 of 1 tried (100.0 %)",
        "1 of 1 tried (100.0 %)",
        "0",
        "not tried",
        "not tried",
        "not tried",
    ] == cells
