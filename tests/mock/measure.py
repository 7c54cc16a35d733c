"""Which of the bugs that are planted in the mock bothends finds.

    python -m tests.mock.measure [--only not-sent] [--again]

Each is tried with the cases of its row; where these do not find it, with the quick profile. What is known is not tried
again. The outcomes are in `outcomes.jsonl`, each with its day.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.in_process import bothends
from tests.mock.bugs import BUGS, Bug

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests" / "mock" / "target.py"
SETTINGS = ROOT / "examples" / "orders" / "python" / "bothends.toml"
OUTCOMES = Path(__file__).parent / "outcomes.jsonl"
PROFILE = "quick"


def main() -> int:
    """Try what is not known; 1 when one was not found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--only", default="*", help="BUG, with * and ?")
    parser.add_argument("--again", action="store_true", help="try also what is known")
    asked = parser.parse_args()
    known = read()
    for name, bug in BUGS.items():
        if not fnmatch.fnmatch(name, asked.only) or (name in known and known[name]["by"] and not asked.again):
            continue
        known[name] = outcome(bug)
        write(known)
        print(f"{name}: {', '.join(known[name]['by']) or 'nothing'} ({known[name]['seconds']} s)", flush=True)  # noqa: T201 -- its report
    return int(any(not each["by"] for each in known.values()))


def outcome(bug: Bug) -> dict[str, Any]:
    """Return what bothends says of a bug."""
    began = time.monotonic()
    by = found_by(bug, bug.only)
    if not by and bug.only:
        by = found_by(bug, "")
    seconds = round(time.monotonic() - began, 1)
    day = datetime.now(UTC).date().isoformat()
    return {"bug": bug.name, "by": by, "named": bool({*by} & {*bug.laws}), "seconds": seconds, "at": day}


def found_by(bug: Bug, only: str) -> list[str]:
    """Return the laws that a run finds broken.

    Args:
        bug: What is planted.
        only: The cases that run; empty: all of the profile.
    """
    with tempfile.TemporaryDirectory(prefix="bothends-mock-") as place:
        report = Path(place) / "report.json"
        words = ["verify", "--config", str(SETTINGS), "--command", f"python {TARGET} {bug.name}", "--seed", "1"]
        words += ["--profile", PROFILE, "--fail-fast", "--json", str(report)]
        words += ["--only", only] if only else []
        done = bothends(Path(place), *words, measured=False)
        if not report.is_file():
            raise RuntimeError(f"{bug.name}: no report: {done.stdout}{done.stderr}")
        found = json.loads(report.read_text("utf-8"))
    return sorted({each["law"] for each in found["findings"] if each["severity"] == "error"})


def read() -> dict[str, dict[str, Any]]:
    """Return what is known of each bug that there still is."""
    if not OUTCOMES.is_file():
        return {}
    lines = [json.loads(line) for line in OUTCOMES.read_text("utf-8").splitlines()]
    return {line["bug"]: line for line in lines if line["bug"] in BUGS}


def write(known: dict[str, dict[str, Any]]) -> None:
    """Write what is known."""
    ordered = [known[name] for name in BUGS if name in known]
    OUTCOMES.write_text("".join(f"{json.dumps(each)}\n" for each in ordered), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
