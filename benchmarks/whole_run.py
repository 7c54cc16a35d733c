"""What a developer waits for: the whole default run, the quick one, and the help; and memory over a long run.

    python benchmarks/whole_run.py [short]

Each is a process from start to exit, target and world included, with one lane unless it says so. Times are of this
machine; what must hold anywhere is the ratio of memory. With `short`, the runs that measure it are left out.

Beside the seconds stands what they are spent on, in seconds of processor time, which a busy machine changes less:

    loading     code that bothends loads, in its own process
    own         all else that its own process does
    launches    targets that were launched (how many stands before it), until they were ready
    rest        targets that serve, and the process that makes the generated cases; `making` is the difference of a run
                that makes them and one that has them
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from rig import BIN, ROOT, Measured, measured

PARTS = Path(__file__).with_name("parts.py")
SHORT, LONG = 1_000, 10_000
CONFIG = ("--config", str(ROOT / "bothends.toml"), "--seed", "7")


def main() -> int:
    """Run all, and print the table."""
    in_lanes = [str(BIN / "bothends"), "verify", *CONFIG]
    verify = [*in_lanes, "--lanes", "1"]
    counted = [sys.executable, str(PARTS)]
    print(f"{'':<34}{'exchanges':>10}{'seconds':>9}{'MiB':>7}")
    helps = [measured([str(BIN / "bothends"), "--help"]) for _ in range(7)]
    print(
        f"{'bothends --help':<34}{'':>10}{statistics.median(h.seconds for h in helps):>9.2f}{helps[0].megabytes:>7.0f}"
    )
    with tempfile.TemporaryDirectory() as kept:
        cases = ROOT / ".bothends" / "cases"
        if cases.exists():
            shutil.move(cases, Path(kept) / "cases")
        parts = Path(kept) / "parts.json"
        quick, making = ["--profile", "quick"], []
        short = sys.argv[1:] == ["short"]
        for name, more in {
            "default, cases made anew": [],
            "default, cases kept": [],
            "quick, cases made anew": quick,
            "quick, cases kept": quick,
        }.items():
            run = measured([*counted, str(parts), *verify[1:], *more])
            if not told(name, run):
                return 1
            making.append(told_parts(json.loads(parts.read_text())))
        for name, more in {"default, in lanes": [], "quick, in lanes": quick}.items():
            if not told(name, measured([*in_lanes, *more])):
                return 1
        print(f"making the cases: default {making[0] - making[1]:.2f}, quick {making[2] - making[3]:.2f} s")
        if short:
            return 0
        memory = {count: measured([*verify, "--max-examples", str(count)]) for count in (SHORT, LONG)}
    if not all(told(f"{count:,} generated cases", run) for count, run in memory.items()):
        return 1
    print(f"memory of {LONG:,} to {SHORT:,}: {memory[LONG].megabytes / memory[SHORT].megabytes:.2f}")
    return 0


def told(name: str, run: Measured) -> bool:
    """Print a run; return whether it has proven the reference."""
    if run.code != 0:
        print(run.output)
        return False
    found = re.search(r"([\d,]+) exchanges in", run.output)
    print(f"{name:<34}{found[1] if found else '?':>10}{run.seconds:>9.2f}{run.megabytes:>7.0f}")
    return True


def told_parts(parts: dict[str, float]) -> float:
    """Print what a run's processor time went into; return what is left for targets that serve, and for making cases."""
    rest, own = parts["children"] - parts["until ready"], parts["own"] - parts["loading"]
    print(
        f"    loading {parts['loading']:.2f} ({parts['modules']:.0f} modules), own {own:.2f}, "
        f"{parts['launches']:.0f} launches {parts['until ready']:.2f}, rest {rest:.2f}; "
        f"in all {parts['own'] + parts['children']:.2f} s of processor time"
    )
    return rest


if __name__ == "__main__":
    sys.exit(main())
