"""Plays the table, or rows of it, several at a time: `python -m tests.verdicts.measure [--jobs N] [ROW ...]`.

With `VERDICTS_SOURCES=/path/to/src` another working copy is measured, with `VERDICTS_RECORD=FILE` the runs are kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from tests.verdicts.judging import differences, play
from tests.verdicts.rows import Trial, files, trials


def main() -> int:
    """Play what is asked for; return how many trials were not as they should be, 100 at the most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("rows", nargs="*", default=["*"], help="names or patterns, such as security/*")
    arguments = parser.parse_args()
    every = [trial for file in files() for trial in trials(file)]
    chosen = [trial for trial in every if any(_fits(trial, pattern) for pattern in arguments.rows)]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        wrong = sum(pool.map(_tell, chosen))
    rows = len({trial.row for trial in chosen})
    print(f"{len(chosen)} trials of {rows} rows, {wrong} not as they should be")  # noqa: T201 -- a program's output
    return min(wrong, 100)


def _fits(trial: Trial, pattern: str) -> bool:
    return fnmatch(trial.row, pattern) or fnmatch(f"{trial.row} {trial.breaks or 'right'}", pattern)


def _tell(trial: Trial) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            ended = play(Path(folder), trial)
        except subprocess.TimeoutExpired as error:
            found, seconds = [f"not at an end after {error.timeout} s"], error.timeout
        else:
            found, seconds = differences(trial, ended), ended.seconds
            if ended.code in (2, 3, 5):
                found.append((ended.err or ended.out)[-400:])
    print(f"{'RED  ' if found else 'green'} {trial.row} {trial.breaks or 'right'} ({seconds:.1f} s)", flush=True)  # noqa: T201
    for line in found:
        print(f"      {line}", flush=True)  # noqa: T201
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
