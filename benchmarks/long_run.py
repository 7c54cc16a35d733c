"""A long run of good and bad requests: its rate beside that of wrk on the same target, and its memory on the way.

    python benchmarks/long_run.py [EXCHANGES]

100,000 exchanges unless it says another number; they take two minutes, a million twenty. The memory is that of
bothends' own process, without the target. It takes Linux, and `wrk` for the ratio.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fuzzing import wrk
from rig import ROOT, rig

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = 10_000, 100_000, 1_000_000
_COME = re.compile(r"([\d,]+) of [\d,]+ exchanges")
_SAID = re.compile(r"([\d,]+) exchanges in ")


def main() -> int:
    """Run it, and print the figures; 0 when the target is proven."""
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with rig() as on:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, __file__, "in-a-process", str(asked), "--config", str(on.settings)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wanted, said, now = [size for size in SIZES if size < asked], "", 0.0
        for said in process.stdout or ():
            come = _COME.search(said)
            now = _megabytes(process.pid, "VmRSS") if come else now
            while come and wanted and _number(come[1]) >= wanted[0]:
                print(f"memory at {wanted.pop(0):>9,} exchanges: {now:6.1f} MiB", flush=True)
            if _SAID.search(said):
                break
        most = _megabytes(process.pid, "VmHWM")
        code = process.wait()
        seconds = time.perf_counter() - began
        rate = wrk(on)
    found = _SAID.search(said)
    if found is None:
        print(said)
        return 1
    exchanges = _number(found[1])
    print(f"memory at {exchanges:>9,} exchanges: {now:6.1f} MiB, and {most:.1f} at most, with the report")
    print(f"{exchanges:,} exchanges in {seconds:.1f} s: {exchanges / seconds:.0f}/s; wrk: {rate}")
    number = re.match(r"\d+", rate)
    if number is not None:
        print(f"ratio to wrk: {exchanges / seconds / int(number[0]):.2f}")
    return code


def in_a_process(asked: int, more: Sequence[str]) -> None:
    """Make the run, with so many exchanges as are asked for."""
    from bothends.cases.plan import SOAKED  # noqa: PLC0415 -- of the other process
    from bothends.cli.main import main as bothends  # noqa: PLC0415 -- likewise

    SOAKED["deep"] = asked
    sys.exit(bothends(["verify", "--profile", "deep", "--only", "soak", "--seed", "7", "--lanes", "1", *more]))


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def _megabytes(pid: int, what: str) -> float:
    """Return the memory of a process, MiB; 0 when it has just ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(rf"{what}:\s+(\d+)", text)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    if sys.argv[1:2] == ["in-a-process"]:
        in_a_process(int(sys.argv[2]), sys.argv[3:])
    sys.exit(main())
