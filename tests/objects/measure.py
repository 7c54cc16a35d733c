"""Plays the table, or rows of it: `python -m tests.objects.measure [--seeds N] [--right] [ROW ...]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from tests.objects.project import differences, verified
from tests.objects.table import ROWS

if TYPE_CHECKING:
    from tests.objects.rows import Wrong


def main() -> int:
    """Play what is asked for; return how many services were not as they should be, 100 at the most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="with how many seeds right services are tried")
    parser.add_argument("--right", action="store_true", help="right services alone")
    parser.add_argument("--text", action="store_true", help="what a run said that was not as it should be")
    parser.add_argument("rows", nargs="*", default=["*"], help="names or patterns")
    arguments = parser.parse_args()
    chosen = [row for name, row in ROWS.items() if any(fnmatch(name, pattern) for pattern in arguments.rows)]
    runs = failed = 0
    for row in chosen:
        tries: list[tuple[Wrong | None, int]] = [(None, seed) for seed in range(1, arguments.seeds + 1)]
        tries += [] if arguments.right else [(wrong, 1) for wrong in row.wrong]
        for wrong, seed in tries:
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                report = verified(Path(folder), row, "" if wrong is None else wrong.bug, seed)
            found = differences(row, report, wrong)
            runs, failed = runs + 1, failed + bool(found)
            what = f"{row.name} {f'seed {seed}' if wrong is None else wrong.bug}"
            _tell(f"{'RED  ' if found else 'green'} {what} ({time.monotonic() - began:.1f} s)")
            for line in found:
                _tell(f"      {line}")
            if found and arguments.text:
                _tell(report.text)
    _tell(f"{runs} services of {len(chosen)} rows, {failed} not as they should be")
    return min(failed, 100)


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- a program's output


if __name__ == "__main__":
    sys.exit(main())
