"""What a replay takes beside the target's start and the exchange itself.

    python benchmarks/replay.py

Faults that one request shows are found in the reference, and each finding is replayed: a process from its start to
its exit, the launch of the target and its end included. The target's start alone is measured beside it, and so are
the seconds of the exchange, as the run tells them. Medians of several rounds; at most two seconds are right.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from rig import BIN, ROOT, measured, started

FAULTS = {
    "event_again_later": "success/usual",
    "event_without_session": "signed-out/no-session",
    "settings_at_top": "success/usual",
    "swallowed_failure": "upstream-unreachable/ingest-unreachable",
}
ROUNDS = 5
MOST_SECONDS = 2.0


def main() -> int:
    """Find, replay, and print the table; 1 when one is not found again or takes too long."""
    starts = [started() for _ in range(ROUNDS)]
    launch = statistics.median(starts)
    print(f"the reference is ready after {launch:.2f} s")
    print(f"{'':<26}{'whole':>8}{'exchange':>10}{'beside them':>13}")
    worst = max(_beside(fault, only, launch) for fault, only in FAULTS.items())
    return int(worst > MOST_SECONDS)


def _beside(fault: str, only: str, launch: float) -> float:
    """Return what the replays of a fault's finding take beside the launch and the exchange, the median, seconds."""
    with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as place:
        folder = Path(place)
        settings = (ROOT / "bothends.toml").read_text("utf-8").replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
        settings = settings.replace('"openapi.yaml', f'"{ROOT}/openapi.yaml')
        (folder / "bothends.toml").write_text(settings.replace('"contracts/', f'"{ROOT}/contracts/'), "utf-8")
        report, told = folder / "report.json", folder / "told.ndjson"
        target = ("--command", f"python tests/planted/{fault}.py", "--env", f"PYTHONPATH={ROOT}")
        verify = ("verify", "--seed", "7", "--only", only, "--json", str(report))
        measured([str(BIN / "bothends"), *verify, *target], cwd=folder)
        [finding] = json.loads(report.read_text("utf-8"))["findings"]
        replay = [str(BIN / "bothends"), "replay", finding["id"], "--ndjson", str(told)]
        whole, own = [], []
        for _ in range(ROUNDS):
            run = measured(replay, cwd=folder)
            if run.code != 1:
                raise RuntimeError(f"{fault} was not found again:\n{run.output}")
            whole.append(run.seconds)
            lines = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
            own.append(max(line["seconds"] for line in lines if line["event"] == "exchange-judged"))
    beside: float = statistics.median(whole) - launch - statistics.median(own)
    print(f"{fault:<26}{statistics.median(whole):>8.2f}{statistics.median(own):>10.3f}{beside:>13.2f}")
    return float(beside)


if __name__ == "__main__":
    sys.exit(main())
