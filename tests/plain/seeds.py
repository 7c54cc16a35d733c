"""Runs right services of plain documents with many seeds: `python -m tests.plain.seeds [SHAPE ...] [--seeds N]`.

An error is a false alarm. Each run is one line, so that a program which was stopped has said what it had done.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.plain.shapes import SESSIONS, SHAPES
from tests.plain.test_shapes import errors, plain, serving, with_settings

PROFILES = ("quick", "default")


def main() -> int:
    """Run; return how many runs had an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", default=list(SHAPES), help="(default: all)")
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="seeds 1 to N")
    parser.add_argument("--profile", action="append", choices=PROFILES, dest="profiles")
    chosen = parser.parse_args()
    wrong = 0
    with serving() as port:
        for shape in chosen.shapes:
            for profile in chosen.profiles or PROFILES:
                for seed in range(1, chosen.seeds + 1):
                    found = _run(port, shape, profile, seed)
                    wrong += bool(found)
                    sys.stdout.write(f"{shape} {profile} seed {seed}: {found or 'no error'}\n")
                    sys.stdout.flush()
    return wrong


def _run(port: int, shape: str, profile: str, seed: int) -> str:
    """Run once, with the callers of the shape where it has some; return the laws that were broken."""
    run = with_settings if shape in SESSIONS else plain
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        code, report = run(Path(name), port, shape, "right", "--profile", profile, seed=seed)
    broken = ", ".join(sorted(errors(report)))
    sys.stdout.write(f"  exit code {code}, {report['exchanges']:,} exchanges, {time.monotonic() - began:.0f} s\n")
    return broken or ("" if code in {0, 4} else f"exit code {code}")


if __name__ == "__main__":
    sys.exit(main())
