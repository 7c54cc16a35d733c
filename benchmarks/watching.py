"""How long `verify --watch` takes from an edit to its verdict on what failed last, on the reference.

    python benchmarks/watching.py

An edit of the spec breaks the contract, and another one fixes it: measured is the time from the second one to the line
that says that what failed last is gone. A plain `bothends verify --only` of the same case is measured beside it: a
process of its own, from its start to its exit. Medians of several rounds; at most two seconds are right.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rig import BIN, ROOT, measured, started

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
MOST_SECONDS = 2.0
LONGEST_WAIT = 120.0
CASE = "success/usual"
RIGHT, WRONG = "const: app/route.requested", "const: app/route.asked"


def main() -> int:
    """Break and fix, and print the table; 1 when the median is more than two seconds."""
    with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as place:
        folder = Path(place)
        spec = _project(folder)
        right = spec.read_text("utf-8")
        waited = []
        with _watching(folder) as lines:
            _next(lines, "waiting for a change")
            for _ in range(ROUNDS):
                spec.write_text(right.replace(RIGHT, WRONG), "utf-8")
                _next(lines, "all ", "BROKEN")
                _next(lines, "waiting for a change")
                edited = time.perf_counter()
                spec.write_text(right, "utf-8")
                waited.append(_next(lines, "failed last", "none of 1") - edited)
                _next(lines, "waiting for a change")
        plain = []
        for _ in range(ROUNDS):
            run = measured([str(BIN / "bothends"), "verify", "--only", CASE], cwd=folder)
            if run.code != 0:
                raise RuntimeError(f"the reference is not proven:\n{run.output}")
            plain.append(run.seconds)
    median = statistics.median(waited)
    print(f"{'the reference is ready after':<48}{statistics.median([started() for _ in range(ROUNDS)]):>6.2f} s")
    print(f"{'from the edit to the verdict on what failed last':<48}{median:>6.2f} s  (worst {max(waited):.2f} s)")
    print(f"{f'bothends verify --only {CASE}':<48}{statistics.median(plain):>6.2f} s")
    return int(median > MOST_SECONDS)


def _project(folder: Path) -> Path:
    """Write the contract of the repository into a folder, of which the reference keeps a copy; return the spec."""
    spec, kept = folder / "openapi.yaml", folder / "kept" / "openapi.yaml"
    kept.parent.mkdir()
    for file in (spec, kept):
        file.write_text((ROOT / "openapi.yaml").read_text("utf-8"), "utf-8")
    settings = (ROOT / "bothends.toml").read_text("utf-8").replace('pacts = "contracts/pacts"\n', "")
    settings = settings.replace("[target]\n", f'[target]\ncwd = "{ROOT}"\nwatch = ["{ROOT}/reference"]\n')
    settings = settings.replace("[target.env]\n", f'[target.env]\nOPENAPI_FILE = "{kept}"\n')
    (folder / "bothends.toml").write_text(settings, "utf-8")
    return spec


@contextlib.contextmanager
def _watching(folder: Path) -> Iterator[queue.Queue[tuple[float, str]]]:
    """Run a watch in a folder; yield its lines, each with the time at which it came."""
    process = subprocess.Popen(
        [str(BIN / "bothends"), "verify", "--watch", "--only", CASE],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = process.stdout
    if output is None:
        raise RuntimeError("the watch has no output")
    lines: queue.Queue[tuple[float, str]] = queue.Queue()

    def read() -> None:
        for line in output:
            lines.put((time.perf_counter(), line))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield lines
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(LONGEST_WAIT)
        reader.join(LONGEST_WAIT)
        output.close()


def _next(lines: queue.Queue[tuple[float, str]], begin: str, word: str = "") -> float:
    """Return when the next line came that begins so and has a word."""
    seen: list[str] = []
    while True:
        try:
            at, line = lines.get(timeout=LONGEST_WAIT)
        except queue.Empty:
            raise RuntimeError(f"no line {begin!r} {word!r}:\n{''.join(seen)}") from None
        seen.append(line)
        if line.startswith(begin):
            if word not in line:
                raise RuntimeError(f"{word!r} is not in: {line}")
            return at


if __name__ == "__main__":
    sys.exit(main())
