"""What a developer waits for: the whole default run, the quick one, and the help; and memory over a long run.

    python benchmarks/whole_run.py

Each is a process from start to exit, target and world included. Times are of this machine; what must
hold anywhere is the ratio of memory.
"""

from __future__ import annotations

import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from rig import BIN, ROOT, measured

SHORT, LONG = 1_000, 10_000
CONFIG = ("--config", str(ROOT / "bothends.toml"), "--seed", "7")


def main() -> int:
    """Run all, and print the table."""
    verify = [str(BIN / "bothends"), "verify", *CONFIG]
    print(f"{'':<34}{'exchanges':>10}{'seconds':>9}{'MiB':>7}")
    helps = [measured([str(BIN / "bothends"), "--help"]) for _ in range(7)]
    print(
        f"{'bothends --help':<34}{'':>10}{statistics.median(h.seconds for h in helps):>9.2f}{helps[0].megabytes:>7.0f}"
    )
    with tempfile.TemporaryDirectory() as kept:
        cases = ROOT / ".bothends" / "cases"
        if cases.exists():
            shutil.move(cases, Path(kept) / "cases")
        runs = {
            "default, cases made anew": measured(verify),
            "default, cases kept": measured(verify),
            "quick, cases made anew": measured([*verify, "--profile", "quick"]),
            f"{SHORT:,} generated cases": measured([*verify, "--max-examples", str(SHORT)]),
            f"{LONG:,} generated cases": measured([*verify, "--max-examples", str(LONG)]),
        }
    for name, run in runs.items():
        if run.code != 0:
            print(run.output)
            return 1
        found = re.search(r"([\d,]+) exchanges in", run.output)
        print(f"{name:<34}{found[1] if found else '?':>10}{run.seconds:>9.2f}{run.megabytes:>7.0f}")
    short, long = (run.megabytes for run in list(runs.values())[-2:])
    print(f"memory of {LONG:,} to {SHORT:,}: {long / short:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
