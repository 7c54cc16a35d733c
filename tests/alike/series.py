"""The table of equal requests with many seeds: `make ties`, which goes on where it was broken off.

    python -m tests.alike.series [--only 'text*'] [--seeds 20] [--fault lose] [--again]

Each line of the outcomes is one run: its contract, fault and seed, and what is wrong with what it says. What is known
of this version is not tried again.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from tests.alike.contracts import CONTRACTS, FAULTS, ONLY, problems, verified
from tests.bank.trial import this_bothends

OUTCOMES = Path(__file__).with_name("outcomes.jsonl")
SEEDS = 20


def main() -> int:
    """Run what is not known yet; return 1 if a run says what is not so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="*", metavar="PATTERN", help="names of contracts (default: all)")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help="seeds 1 to N")
    parser.add_argument("--fault", action="append", choices=FAULTS[1:], help="(default: none, and each)")
    parser.add_argument("--again", action="store_true", help="try what is known as well")
    chosen = parser.parse_args()
    version = this_bothends()
    known = {} if chosen.again else _known(version)
    names = [name for name in CONTRACTS if fnmatch.fnmatchcase(name, chosen.only)]
    wrong = 0
    for seed, name, fault in product(range(1, chosen.seeds + 1), names, chosen.fault or FAULTS):
        if fault == "swap" and not CONTRACTS[name].tells:
            continue
        row = f"{name}: {fault or 'right'}, seed {seed}"
        if row not in known:
            known[row] = _tried(name, fault, seed)
            line = {"version": version, "row": row, "problems": known[row]}
            with OUTCOMES.open("a", encoding="utf-8") as outcomes:
                outcomes.write(json.dumps(line) + "\n")
        wrong += bool(known[row])
    sys.stdout.write(f"{len(known):,} runs are known, {wrong:,} say what is not so\n")
    return min(wrong, 1)


def _known(version: str) -> dict[str, list[str]]:
    """Return what is known of this version."""
    if not OUTCOMES.exists():
        return {}
    lines = [json.loads(line) for line in OUTCOMES.read_text("utf-8").splitlines()]
    return {line["row"]: line["problems"] for line in lines if line["version"] == version}


def _tried(name: str, fault: str, seed: int) -> list[str]:
    """Return what is wrong with what a run says."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        words = ("--profile", "quick", "--only", ONLY)
        seen = verified(Path(folder), CONTRACTS[name], *words, fault=fault, seed=seed)
    found = problems(seen, fault)
    laws = ", ".join(sorted({one["law"] for one in seen.errors})) or "no error"
    seconds = time.monotonic() - began
    sys.stdout.write(f"{name}, {fault or 'right'}, seed {seed}: {laws}, {len(seen.log)} requests, {seconds:.0f} s\n")
    for each in found:
        sys.stdout.write(f"  NOT SO: {each}\n")
    sys.stdout.flush()
    return found


if __name__ == "__main__":
    sys.exit(main())
