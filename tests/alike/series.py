"""The table of equal requests with many seeds: `make ties`, which goes on where it was broken off.

    python -m tests.alike.series [--only 'text*'] [--seeds 20] [--fault lose] [--jobs 4] [--again]

Each line of the outcomes is one run: its contract, fault and seed, and what is wrong with what it says. What is known
of this code is not tried again.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from pathlib import Path

from tests.alike.contracts import CONTRACTS, FAULTS, ONLY, problems, verified
from tests.bank.bank import ROOT
from tests.bank.trial import PARTS, digest

OUTCOMES = Path(__file__).with_name("outcomes.jsonl")
SEEDS = 20


def main() -> int:
    """Run what is not known yet; return 1 if a run says what is not so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="*", metavar="PATTERN", help="names of contracts (default: all)")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help="seeds 1 to N")
    parser.add_argument("--fault", action="append", choices=FAULTS[1:], help="(default: none, and each)")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once: they mostly wait")
    parser.add_argument("--again", action="store_true", help="try what is known as well")
    chosen = parser.parse_args()
    key = _key()
    known = {} if chosen.again else _known(key)
    names = [name for name in CONTRACTS if fnmatch.fnmatchcase(name, chosen.only)]
    runs = [
        (name, fault, seed)
        for seed, name, fault in product(range(1, chosen.seeds + 1), names, chosen.fault or FAULTS)
        if fault != "swap" or CONTRACTS[name].tells
    ]
    with ProcessPoolExecutor(chosen.jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        tried = [pool.submit(_tried, *run) for run in runs if _row(*run) not in known]
        for each in as_completed(tried):
            row, problems_found = each.result()
            known[row] = problems_found
            with OUTCOMES.open("a", encoding="utf-8") as outcomes:
                outcomes.write(json.dumps({"key": key, "row": row, "problems": problems_found}) + "\n")
    of_these = [known[_row(*run)] for run in runs]
    wrong = sum(map(bool, of_these))
    sys.stdout.write(f"{len(of_these):,} runs are known, {wrong:,} say what is not so\n")
    return min(wrong, 1)


def _key() -> str:
    """Return the digest of what an outcome depends on."""
    parts = [ROOT / "src" / "bothends" / part for part in PARTS]
    return digest("", [*parts, *(Path(__file__).with_name(name) for name in ("contracts.py", "target.py"))])[:16]


def _row(name: str, fault: str, seed: int) -> str:
    return f"{name}: {fault or 'right'}, seed {seed}"


def _known(key: str) -> dict[str, list[str]]:
    """Return what is known of this code."""
    if not OUTCOMES.exists():
        return {}
    lines = [json.loads(line) for line in OUTCOMES.read_text("utf-8").splitlines()]
    return {line["row"]: line["problems"] for line in lines if line["key"] == key}


def _tried(name: str, fault: str, seed: int) -> tuple[str, list[str]]:
    """Run once; return the row, and what is wrong with what the run says."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        words = ("--profile", "quick", "--only", ONLY)
        seen = verified(Path(folder), CONTRACTS[name], *words, fault=fault, seed=seed)
    found = problems(seen, fault)
    laws = ", ".join(sorted({one["law"] for one in seen.errors})) or "no error"
    seconds = time.monotonic() - began
    lines = [f"{name}, {fault or 'right'}, seed {seed}: {laws}, {len(seen.log)} requests, {seconds:.0f} s"]
    lines += [f"  NOT SO: {each}" for each in found]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
    return _row(name, fault, seed), found


if __name__ == "__main__":
    sys.exit(main())
