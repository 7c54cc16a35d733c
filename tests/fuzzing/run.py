"""Fuzzes the readers of bothends, and goes on where it was broken off: `make fuzz`.

    python -m tests.fuzzing.run [--only pacts --only settings] [--minutes 60] [--jobs 1] [--anew]

Each kind of reader is fuzzed until it has had its minutes of a processor in all, shared by its readers, in rounds; the
reader that has had the fewest comes next. So it is no matter how busy the machine is. Inputs are kept in
`.bothends/fuzz/READER/corpus`, crashes in `.bothends/fuzz/READER/crashes`, and what came of it in `outcomes.json`.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.fuzzing.names import NAMES, share
from tests.fuzzing.page import OUTCOMES, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".bothends" / "fuzz"
ROUND = 600
"""Seconds after which a process ends, and what came of it is noted."""
_PULSE = re.compile(r"#(\d+)\s.* cov: (\d+) .* corp: (\d+)/")
_CRASH = re.compile(r"CRASH \w+ (.*)")
_ENDED = re.compile(r"==\d+== ?ERROR: libFuzzer: (timeout|out-of-memory|deadly signal)")


@dataclass
class Outcome:
    """What came of fuzzing a reader.

    Attributes:
        executions: Inputs that were read.
        branches: Branches of bothends that they have reached.
        inputs: Inputs that are kept, each of which reaches something of its own.
        minutes: How long a processor has fuzzed it, in all.
        crashes: Where it crashed, each place once.
        date: When it was fuzzed last.
    """

    executions: int = 0
    branches: int = 0
    inputs: int = 0
    minutes: float = 0.0
    crashes: list[str] = field(default_factory=list)
    date: str = ""

    def take(self, line: str, before: int) -> None:
        """Take a line of the fuzzer's.

        Args:
            line: The line.
            before: Inputs that were read before this round.
        """
        if pulse := _PULSE.match(line):
            self.executions = before + int(pulse[1])
            self.branches, self.inputs = int(pulse[2]), int(pulse[3])
        elif crash := _CRASH.match(line) or _ENDED.match(line):
            self.crashes = sorted({*self.crashes, crash[1]})


class Series:
    """All readers, and what came of each."""

    def __init__(self, names: Sequence[str], minutes: float, *, anew: bool) -> None:
        """Read what is known."""
        known = json.loads(OUTCOMES.read_text("utf-8")) if OUTCOMES.exists() else {}
        self._outcomes = {name: Outcome(**each) for name, each in known.items() if name in NAMES}
        for name in names:
            if anew or name not in self._outcomes:
                self._outcomes[name] = Outcome()
        self._names = names
        self._minutes = minutes
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def go_on(self) -> None:
        """Fuzz until each reader has had its minutes."""
        while (name := self._next()) is not None:
            try:
                self._round(name)
            finally:
                with self._lock:
                    self._busy.discard(name)

    def _next(self) -> str | None:
        """Return the reader that has had the fewest minutes, if it is to have more."""
        with self._lock:
            left = [name for name in self._names if self._left(name) > 0 and name not in self._busy]
            name = min(left, key=lambda one: self._outcomes[one].minutes, default=None)
            self._busy |= set() if name is None else {name}
            return name

    def _left(self, name: str) -> int:
        """Return the seconds that a reader is to have."""
        return round((self._minutes * share(name) - self._outcomes[name].minutes) * 60)

    def _round(self, name: str) -> None:
        outcome = self._outcomes[name]
        before, minutes = outcome.executions, outcome.minutes
        seconds = min(ROUND, max(10, self._left(name)))
        words = [
            sys.executable,
            "-m",
            "tests.fuzzing.session",
            name,
            "--folder",
            str(FOLDER),
            "--seconds",
            str(seconds),
        ]
        log = FOLDER / name / "log.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        with (
            log.open("w", encoding="utf-8") as kept,
            subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, errors="replace") as process,
        ):
            try:
                for line in process.stderr or ():
                    kept.write(line)
                    if process.returncode is None:
                        outcome.take(line, before)
                        outcome.minutes = max(outcome.minutes, round(minutes + _processor_seconds(process) / 60, 1))
            finally:
                process.terminate()
                with self._lock:
                    outcome.date = f"{datetime.now(tz=UTC):%Y-%m-%d}"
                    self._keep()
        if outcome.executions == before:
            raise SystemExit(f"{name}: nothing was read; see {log}")
        sys.stdout.write(f"{name}: {_in_words(outcome)}\n")
        sys.stdout.flush()

    def _keep(self) -> None:
        found = {
            name: asdict(self._outcomes[name]) for name in NAMES if name in self._outcomes and self._outcomes[name].date
        }
        OUTCOMES.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
        write()


def _processor_seconds(process: subprocess.Popen[str]) -> float:
    """Return how long a process has had a processor, or 0 if it has ended."""
    with suppress(psutil.NoSuchProcess):
        times = psutil.Process(process.pid).cpu_times()
        return times.user + times.system
    return 0.0


def _in_words(outcome: Outcome) -> str:
    return (
        f"{outcome.executions:,} inputs in {outcome.minutes:.0f} min, {outcome.branches:,} branches, "
        f"{len(outcome.crashes)} crashes"
    )


def open_crashes(names: Iterable[str]) -> list[Path]:
    """Return the inputs that are kept as crashes; each that is fixed goes when its reader is fuzzed again."""
    found = [file for name in names for file in sorted((FOLDER / name / "crashes").glob("*"))]
    return [file for file in found if file.suffix != ".txt"]


def main() -> int:
    """Fuzz; return 1 where a crash is not fixed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="(default: each)")
    parser.add_argument(
        "--minutes", type=float, default=60, help="of a processor for each kind of reader, in all (default: 60)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="readers at once")
    parser.add_argument("--anew", action="store_true", help="count from nothing; inputs are kept all the same")
    chosen = parser.parse_args()
    names = chosen.only or tuple(NAMES)
    series = Series(names, chosen.minutes, anew=chosen.anew)
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for each in [pool.submit(series.go_on) for _ in range(chosen.jobs)]:
            each.result()
    found = open_crashes(names)
    for file in found:
        sys.stdout.write(f"not fixed: {file.relative_to(ROOT)}\n")
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())
