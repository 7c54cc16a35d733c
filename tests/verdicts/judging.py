"""Whether a run has said what its trial asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verdicts.command import QUICK, record, run, write_trial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.verdicts.command import Ended
    from tests.verdicts.rows import Line, Trial


def play(folder: Path, trial: Trial) -> Ended:
    """Verify the target of a trial in a folder.

    What is broken is told at the first error that shows it: what else is said of it is no matter of the verdict.
    """
    write_trial(folder, trial)
    ended = run(folder, "verify", *QUICK, *(("--fail-fast",) if trial.laws else ()))
    record(f"{trial.row} {trial.breaks or 'right'}", ended)
    return ended


def differences(trial: Trial, ended: Ended) -> list[str]:
    """Return in what a run has not said what it should; nothing: it has."""
    if trial.laws:
        if ended.code == 1 and ended.laws and ended.laws[0] in trial.laws:
            return []
        return [f"expected BROKEN by {' or '.join(trial.laws)}, was exit code {ended.code} by {list(ended.laws)}"]
    found = [f"an error by {law}" for law in ended.laws]
    code = 4 if trial.lines else 0
    if ended.code != code:
        found.append(f"expected exit code {code}, was {ended.code}")
    return found + _lines(trial.lines, ended.missing)


def _lines(wanted: Sequence[Line], missing: Sequence[Mapping[str, str]]) -> list[str]:
    """Return which of the lines are missing, and which are too many; each stands for one."""
    left = list(missing)
    found = []
    for line in wanted:
        fitting = next((each for each in left if _fits(line, each)), None)
        if fitting is None:
            found.append(f"not told: {line}")
        else:
            left.remove(fitting)
    return found + [f"told as well: {each}" for each in left]


def _fits(line: Line, told: Mapping[str, str]) -> bool:
    return line.what.lower() in told["what"].lower() and line.where in told["where"] and line.add in told["add"]
