"""The rows of the table: what is said of each right target, and of each that breaks one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts.judging import differences, play
from tests.verdicts.rows import files, trials

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verdicts.rows import Trial


SAMPLE = {
    "answers/upstream-of-the-first:orderPlaced",
    "callbacks/two-never:orderPaid",
    "everything/everything-never:orderPaid",
    "expressions/body-never:orderPlaced",
    "paths/known-refusal:404:500",
    "security/both-right",
    "security/both-skips:bearer",
    "when/body-never:orderPlaced",
}
"""What `make test` plays: of each file of the table something that is broken, or a right target, which takes longer."""

TRIALS = [
    pytest.param(trial, id=trial.name, marks=() if trial.name in SAMPLE else pytest.mark.long)
    for file in files()
    for trial in trials(file)
]


def test_the_sample_is_of_each_file() -> None:
    """Each name of the sample is that of a trial, and no file of the table is without one."""
    names = {trial.name for file in files() for trial in trials(file)}
    assert SAMPLE <= names
    assert set(files()) == {name.partition("/")[0] for name in SAMPLE}


@pytest.mark.parametrize("trial", TRIALS)
def test_verdict(trial: Trial, tmp_path: Path) -> None:
    """The verdict, its law, and each line of what is not proven are those of the row."""
    ended = play(tmp_path, trial)
    assert [] == differences(trial, ended), f"{trial.says}\n{ended}"
