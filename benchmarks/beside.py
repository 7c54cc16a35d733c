"""Whole runs of two versions, one after the other on the same machine, and what each spends its time on.

    python benchmarks/beside.py OTHER [NAME ...]

OTHER is a checkout of the version to compare with, in which `make verify` was run once; NAME is one of the rows, and
all of them are measured without one. A row runs the other version first, then this one. A target that the other version
has not got (Next.js, those that are hopeless) is this version's, with the other's contract.

For each run:

    exchanges   how many it had
    seconds     from start to exit
    cpu         processor time of all that it started, divided by the processors that it may use
    waits       the longest chain of waits of which none began before the one before had ended: of exchanges that a
                fault or the client itself held up. What may wait at the same time is in it once
    ratio       the seconds beside the larger of the two: 1.0 would be no moment lost

The last row is another measure: the seconds from when a target is ready that answers before it sends its event, to the
first breach that is told of.
"""

from __future__ import annotations

import bisect
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rig import ROOT, Measured, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = ("--seed", "7")
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Row:
    """A run that is measured.

    Attributes:
        name: What it is called.
        example: The folder of the settings file in a checkout.
        file: The settings file.
        words: More that `verify` is told.
        here: Whether the target is always this version's.
    """

    name: str
    example: str = "."
    file: str = "bothends.toml"
    words: tuple[str, ...] = ()
    here: bool = False


def hopeless(name: str) -> tuple[str, ...]:
    """Return what `verify` is told for a target of the tests."""
    return "--command", f"{sys.executable} -m tests.hostile.targets.{name}"


ROWS = (
    Row("reference"),
    Row("reference, quick", words=("--profile", "quick")),
    Row("node", "examples/node"),
    Row("next.js, mended", "examples/nextjs", here=True),
    Row("next.js, as written", "examples/nextjs", "as-written.toml", here=True),
    Row("hangs on errors", words=hopeless("hangs_on_errors"), here=True),
    Row("hangs on errors, waits for ever", words=hopeless("hangs_on_errors upstreams"), here=True),
    Row("gets slower", words=hopeless("gets_slower"), here=True),
)

FIRST = Row("first finding", words=hopeless("answers_first 0.05"), here=True)


def main() -> int:
    """Run all, and print the table; 0 when each run of this version has ended with a verdict."""
    if len(sys.argv) < 2:  # noqa: PLR2004 -- the program and the checkout
        sys.stderr.write(__doc__ or "")
        return 2
    other, asked = Path(sys.argv[1]).resolve(), sys.argv[2:]
    print(f"{'':<42}{'exchanges':>10}{'seconds':>9}{'cpu':>7}{'waits':>7}{'ratio':>7}  exit code")
    ended = True
    for row in ROWS:
        if asked and row.name not in asked:
            continue
        for said, checkout in (("other", other), ("this", ROOT)):
            run, events = verified(row, checkout)
            told(f"{row.name}, {said}", run, events)
            ended = ended and (checkout != ROOT or run.code in {0, 1, 3, 4})
    if not asked or FIRST.name in asked:
        for said, checkout in (("other", other), ("this", ROOT)):
            print(f"{f'{FIRST.name}, {said}':<52}{first_finding(checkout):>9.2f}", flush=True)
    return 0 if ended else 1


def first_finding(checkout: Path) -> float:
    """Return the seconds from when the target is ready to the first breach that is told of."""
    with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as name:
        command, env = command_of(FIRST, checkout, Path(name))
        process = subprocess.Popen(
            [*command, "--ndjson", "-"], cwd=checkout, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
        )
        ready = found = 0.0
        for line in process.stdout or ():
            if '"run-started"' in line:
                ready = time.perf_counter()
            elif not found and '"exchange-judged"' in line and json.loads(line).get("breaches"):
                found = time.perf_counter()
                process.send_signal(signal.SIGINT)
        process.wait()
    return found - ready


def verified(row: Row, checkout: Path) -> tuple[Measured, list[dict[str, Any]]]:
    """Verify with one version; return what it took, and what happened."""
    with tempfile.TemporaryDirectory(prefix="bothends-benchmark-") as name:
        events = Path(name) / "run.ndjson"
        command, env = command_of(row, checkout, Path(name))
        run = measured([*command, "--ndjson", str(events)], env, checkout)
        lines = events.read_text("utf-8").splitlines() if events.exists() else []
    return run, [json.loads(line) for line in lines]


def command_of(row: Row, checkout: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return what verifies a row with one version, and its environment.

    Args:
        row: The row.
        checkout: The version.
        folder: For a settings file, where none fits as it is.
    """
    binaries = checkout / ".venv" / "bin"
    env = {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    if row.words[:1] == ("--command",):
        env["PYTHONPATH"] = str(ROOT)
    return [
        str(binaries / "bothends"),
        "verify",
        *SEED,
        "--config",
        str(settings(row, checkout, folder)),
        *row.words,
    ], env


def settings(row: Row, checkout: Path, folder: Path) -> Path:
    """Return the settings file of a row; of a target that is this version's, it is made with a checkout's contract."""
    own = checkout / row.example / row.file
    if not row.here:
        return own
    text = (ROOT / row.example / row.file).read_text("utf-8")
    if row.words:  # what is hopeless is not verified in lanes
        text = text.replace("isolated = true\n", "")
    above = "../../" if row.example != "." else ""
    for old, new in (
        (f'pacts = "{above}contracts/pacts"\n', ""),
        (f'"{above}openapi.yaml', f'"{checkout / "openapi.yaml"}'),
        ("[target]\n", f'[target]\ncwd = "{ROOT / row.example}"\n'),
    ):
        text = text.replace(old, new)
    for name in guarantees(text) - guarantees((checkout / "bothends.toml").read_text("utf-8")):
        text = text.replace(f"{name} = true\n", "")
    file = folder / "bothends.toml"
    file.write_text(text, "utf-8")
    return file


def guarantees(text: str) -> set[str]:
    """Return the names of what a settings file promises of its target: another version knows fewer."""
    return {line.removesuffix(" = true") for line in text.splitlines() if line.endswith(" = true")}


def told(name: str, run: Measured, events: Sequence[dict[str, Any]]) -> None:
    """Print what a run took."""
    count = sum(event["event"] == "exchange-judged" for event in events)
    cpu, waits = run.cpu / CORES, longest(events)
    ratio = run.seconds / max(cpu, waits, 0.001)
    print(f"{name:<42}{count:>10,}{run.seconds:>9.1f}{cpu:>7.1f}{waits:>7.1f}{ratio:>7.2f}  {run.code}", flush=True)


def longest(events: Sequence[dict[str, Any]]) -> float:
    """Return the longest chain of waits, seconds: of intervals that do not overlap, the most that they are together."""
    states = {event["wave"]: event["given"] for event in events if event["event"] == "wave-started"}
    waits = [event for event in events if event["event"] == "exchange-judged" and held_up(event, states.get)]
    spans = sorted((event["began"] + event["seconds"], event["began"]) for event in waits)
    ends = [end for end, _ in spans]
    most = [0.0]
    for place, (end, began) in enumerate(spans):
        most.append(max(most[-1], most[bisect.bisect_right(ends, began, 0, place)] + end - began))
    return most[-1]


def held_up(event: dict[str, Any], given: Callable[[int], Any]) -> bool:
    """Whether an exchange waits for more than a processor: there is a fault, or its client takes its time."""
    return bool(given(event["wave"])) or bool(event["request"].get("manner"))


if __name__ == "__main__":
    sys.exit(main())
