"""The rows of `table/callbacks.yaml`: what is said of each right target, and of each that breaks one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts.judging import differences, play
from tests.verdicts.rows import asked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.verdicts.rows import Trial


@pytest.mark.parametrize("trial", asked("callbacks"), ids=lambda trial: trial.name)
def test_verdict(trial: Trial, tmp_path: Path) -> None:
    """The verdict, its law, and each line of what is not proven are those of the row."""
    ended = play(tmp_path, trial)
    assert [] == differences(trial, ended), f"{trial.says}\n{ended}"
