"""A deep run of 100,000 exchanges in which a target errs four times: memory over time, and what was found.

    python benchmarks/deep.py

The reference loses one event, doubles one, mixes two callers up, and sends an old one again, tens of thousands
of requests apart. Memory is that of bothends' own process, without the target. It takes some minutes, and Linux.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from rig import BIN, ROOT

PLANTED = {
    "lost": (25_000, "event-for-success"),
    "duplicated": (45_000, "one-event"),
    "mixed": (65_000, "own-event"),
    "phantom": (85_000, "no-phantom"),
}
SECONDS_BETWEEN_LOOKS = 1.0


def main() -> int:
    """Run, and print the figures; 0 when each fault makes one finding, by its law."""
    faults = " ".join(f"{name}={number}" for name, (number, _) in PLANTED.items())
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            *(str(BIN / "bothends"), "verify", "--config", str(ROOT / "bothends.toml"), "--seed", "7", "--lanes", "1"),
            *("--profile", "deep", "--json", str(report), "--env", f"PYTHONPATH={ROOT}"),
            *("--command", f"python {ROOT / 'tests' / 'planted' / 'rare' / 'errs_once.py'} {faults}"),
        ]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        sizes = []
        while process.poll() is None:
            sizes.append(_megabytes(process.pid))
            time.sleep(SECONDS_BETWEEN_LOOKS)
        seconds = time.perf_counter() - began
        told = json.loads(report.read_text(encoding="utf-8"))
    print(f"exit code {process.returncode}, {told['exchanges']:,} exchanges in {seconds:.0f} s")
    resident = [now for now, _ in sizes if now]
    for part, name in enumerate(("first", "second", "third", "last")):
        quarter = resident[part * len(resident) // 4 : (part + 1) * len(resident) // 4]
        print(f"{name:<7} quarter of the run: {statistics.median(quarter):6.1f} MiB in the middle")
    print(f"peak                     {max(peak for _, peak in sizes):6.1f} MiB")
    # On a machine that is busy with other work, a request may come to be answered too late: that is told too.
    found = Counter(f["law"] for f in told["findings"])
    for finding in told["findings"]:
        print(f"{finding['severity']}: {finding['law']}: {finding['summary']}")
    return 0 if all(found[law] == 1 for _, law in PLANTED.values()) else 1


def _megabytes(pid: int) -> tuple[float, float]:
    """Return how much of a process is resident now, and was at most, MiB; zeros when it has just ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0, 0.0
    kilobytes = {line.partition(":")[0]: line.split()[1] for line in text.splitlines() if line.startswith("Vm")}
    return int(kilobytes.get("VmRSS", 0)) / 1024, int(kilobytes.get("VmHWM", 0)) / 1024


if __name__ == "__main__":
    sys.exit(main())
