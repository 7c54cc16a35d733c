"""The workings of `make loaded`: what is kept, what is made anew, how it goes on, and what its page says."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.bank.trial import TrialError
from tests.loaded.outcomes import Outcome, Outcomes
from tests.loaded.page import FILE, failures, page
from tests.loaded.run import to_do, work
from tests.loaded.subjects import SEEDS, Subject, correct_targets, subjects, time_bugs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RIGHT = correct_targets()[1]
BUG = time_bugs()[0]
LOOPS = 4


@cache
def key_of(subject: Subject) -> str:
    """Return the key of its outcomes, for which all of the tool is parsed: not while tests are collected."""
    return subject.key()


def outcome(subject: Subject, seed: int = 1, **other: Any) -> Outcome:
    """Return an outcome as it must be, unless told otherwise."""
    found = subject.bug is not None
    known = Outcome(
        subject=subject.name,
        profile=subject.profile,
        seed=seed,
        key=key_of(subject),
        code=1 if found else 0,
        errors=subject.bug.laws[:1] if subject.bug else (),
        warnings=(),
        not_proven=(),
        said="",
        seconds=12.5,
        loops=LOOPS,
        at="2026-01-01T12:00Z",
        tool="bothends 0.1.0 at 0123456",
    )
    return replace(known, **other)


def kept(folder: Path, *outcomes: Outcome) -> Outcomes:
    """Return outcomes that are kept in a file."""
    found = Outcomes(folder / "outcomes.jsonl")
    for one in outcomes:
        found.add(one)
    return found


def due(outcomes: Outcomes, only: str = RIGHT.name, again: str = "changed", loops: int = LOOPS) -> list[int]:
    """Return the seeds that are to be run."""
    return [seed for _, seed in to_do(outcomes, only, None, loops, again)]


def test_the_page_is_what_the_outcomes_come_to() -> None:
    """The committed page is made from the committed outcomes: `make loaded ARGS="--seeds 0"` writes it."""
    assert page(Outcomes()) == FILE.read_text("utf-8")


def test_the_page_lists_each_subject() -> None:
    """Each target and each bug has a row, tried or not."""
    text = FILE.read_text("utf-8")
    for subject in correct_targets():
        assert f"| {subject.name} | {subject.profile} |" in text
    for subject in time_bugs():
        assert f"| {subject.name.removeprefix('bugs/')} |" in text


def test_outcomes_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Each is a line of its own; of two of one run, the later counts."""
    first, later = outcome(RIGHT), outcome(RIGHT, code=4, not_proven=("a", "b"), said="a: —")
    kept(tmp_path, first, outcome(RIGHT, 2), later)
    assert [later, outcome(RIGHT, 2)] == Outcomes(tmp_path / "outcomes.jsonl").of(RIGHT)


def test_what_was_made_is_not_made_again(tmp_path: Path) -> None:
    """A run that was broken off goes on with the seeds that are left."""
    known = kept(tmp_path, outcome(RIGHT, 1), outcome(RIGHT, 3))
    assert [2, *range(4, SEEDS + 1)] == due(known)


def test_what_depends_on_a_change_is_made_again(tmp_path: Path) -> None:
    """An outcome of another state of things is due, unless the caller wants the rest only."""
    known = kept(tmp_path, outcome(RIGHT, 1, key="of-yesterday"))
    assert [1, 1] == [min(due(known)), due(known).count(1)]
    assert 2 == min(due(known, again="none"))


def test_another_load_is_another_run(tmp_path: Path) -> None:
    """What was made with fewer busy loops says nothing of more."""
    known = kept(tmp_path, outcome(RIGHT, 1, loops=0))
    assert 1 == min(due(known))
    assert 2 == min(due(known, loops=0))


def test_targets_take_turns(tmp_path: Path) -> None:
    """The first seed of all comes before the second of any."""
    tasks = to_do(kept(tmp_path), "*", 2, LOOPS, "changed")
    assert [*[1] * len(subjects()), *[2] * len(subjects())] == [seed for _, seed in tasks]


def test_one_profile_of_a_target_can_be_chosen(tmp_path: Path) -> None:
    """`nextjs default` is five runs, `nextjs` those and twenty more."""
    assert 5 == len(due(kept(tmp_path), "nextjs default"))
    assert 25 == len(due(kept(tmp_path), "nextjs"))


def _interrupted(_: Subject, seed: int) -> Outcome:
    if seed == 3:
        raise KeyboardInterrupt
    return outcome(RIGHT, seed)


def _without_verdict(_: Subject, seed: int) -> Outcome:
    if seed == 2:
        raise TrialError("bothends ended with 5")
    return outcome(RIGHT, seed)


def worked(
    attempt: Callable[[Subject, int], Outcome], outcomes: Outcomes, seconds: float = 60.0
) -> list[Outcome | TrialError]:
    """Work on four seeds, keep each outcome, and return all."""
    found = []
    for _, one in work([(RIGHT, seed) for seed in (1, 2, 3, 4)], 1, time.monotonic() + seconds, attempt):
        found.append(one)
        if isinstance(one, Outcome):
            outcomes.add(one)
    return found


def test_what_was_made_before_an_interruption_is_kept(tmp_path: Path) -> None:
    """Ctrl-C in the third run leaves two; the next call goes on with the third."""
    with pytest.raises(KeyboardInterrupt):
        worked(_interrupted, kept(tmp_path))
    again = Outcomes(tmp_path / "outcomes.jsonl")
    assert [1, 2] == [one.seed for one in again.of(RIGHT)]
    assert 3 == min(due(again))


def test_a_run_without_a_verdict_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    """What fails in bothends itself says nothing of a target: it is due again."""
    found = worked(_without_verdict, known := kept(tmp_path))
    assert [False, True, False, False] == [isinstance(one, TrialError) for one in found]
    assert 2 == min(due(known))


def test_no_run_begins_after_the_time(tmp_path: Path) -> None:
    """When the minutes are over, what has not begun is left for the next call."""
    assert [] == worked(_without_verdict, kept(tmp_path), seconds=-1.0)


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (lambda: [outcome(RIGHT, seed) for seed in range(1, SEEDS + 1)], []),
        (lambda: [outcome(RIGHT, 1, code=1, errors=("drains",), said="drains: it ends.")], ["BROKEN", "only 0 of 1"]),
        (lambda: [outcome(RIGHT, 1, code=None)], ["no end", "only 0 of 1"]),
        (lambda: [outcome(RIGHT, seed, code=0 if seed > 5 else 4) for seed in range(1, SEEDS + 1)], []),
        (lambda: [outcome(RIGHT, seed, code=0 if seed > 6 else 4) for seed in range(1, SEEDS + 1)], ["only 14 of 20"]),
        (lambda: [outcome(BUG, seed) for seed in range(1, SEEDS + 1)], []),
        (lambda: [outcome(BUG, seed, code=int(seed > 1)) for seed in range(1, SEEDS + 1)], []),
        (lambda: [outcome(BUG, seed, code=int(seed > 2)) for seed in range(1, SEEDS + 1)], ["only 18 of 20"]),
        (lambda: [outcome(BUG, 1, code=4)], ["only 0 of 1"]),
        (lambda: [outcome(BUG, 1, errors=("problem-status",))], ["only 0 of 1"]),
    ],
)
def test_what_must_be(outcomes: Callable[[], list[Outcome]], said: list[str], tmp_path: Path) -> None:
    """No error on a correct target, and three of four proven; a bug missed once in twenty runs at most."""
    lines = list(failures(kept(tmp_path, *outcomes())))
    assert len(said) == len(lines)
    assert all(part in line for part, line in zip(said, lines, strict=True)), lines
