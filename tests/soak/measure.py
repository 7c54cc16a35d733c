"""A million exchanges on Locust, with forty faults among them, found by four workers; `make soak`.

    python -m tests.soak.measure [--exchanges 1000000] [--workers 4] [--users 32]

It prints how many exchanges a second were judged, what each process took of memory at most, and what was found; it ends
with 1 if that is not what was planted.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.soak.soaks import FORTY, TEN, memory, places, project, soak

_LONGEST = 24 * 3600.0
_LOOK_SECONDS = 5.0


def main() -> int:
    """Soak, and print what it came to."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__.splitlines()[0])
    parser.add_argument("--exchanges", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--users", type=int, default=32)
    chosen = parser.parse_args()
    began = time.monotonic()
    most: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        where = project(Path(folder), places(chosen.exchanges, TEN, seed=chosen.exchanges))
        with soak(where, chosen.exchanges, workers=chosen.workers, users=chosen.users) as running:
            while running.master.poll() is None and time.monotonic() - began < _LONGEST:
                time.sleep(_LOOK_SECONDS)
                for name, kilobytes in memory(running).items():
                    most[name] = max(most.get(name, 0), kilobytes)
                sys.stderr.write(f"\r{running.exchanges():,} exchanges")
            told = running.ended(_LOOK_SECONDS)
    seconds = time.monotonic() - began
    judged = re.search(r"\(([\d,]+) exchanges", told.headline)
    exchanges = 0 if judged is None else int(judged[1].replace(",", ""))
    sys.stdout.write(
        f"\n{datetime.now(UTC):%Y-%m-%d}: {exchanges:,} exchanges in {seconds:,.0f} s,"
        f" {exchanges / seconds:.0f} a second\n"
        f"memory at most, MB: {', '.join(f'{name} {each // 1024:,}' for name, each in sorted(most.items()))}\n"
        f"found: {told.broken or 'nothing'}\n{told.headline}\n"
    )
    return int((told.broken, exchanges) != (FORTY, chosen.exchanges))


if __name__ == "__main__":
    raise SystemExit(main())
