"""False alarms: correct targets in different stacks, each verified with many seeds; `make alarms`.

    python -m tests.correct_targets.run [--seeds 20] [--first 1] [--load] [--only TARGET] [--profile default]

A target that keeps the contract must be proven with each seed: no finding of severity error and nothing left
unproven; of the reference and of examples/hardened, which are ours from end to end, no warning either. With `--load`
two loops keep the machine busy meanwhile. The report of each run that shows something is kept in `.bothends/alarms/`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.correct_targets import without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".bothends" / "alarms"
LIMIT_SECONDS = 900.0
BUSY_LOOPS = 2


@dataclass(frozen=True, slots=True)
class Target:
    """A target that keeps the contract.

    Attributes:
        name: What it is called here.
        settings: Its settings file, relative to the repository's root; or what writes it into a folder.
        needs: The program without which it can't run.
        warnings: Whether findings of severity warning may stand.
    """

    name: str
    settings: str | Callable[[Path], Path]
    needs: str = sys.executable
    warnings: bool = True

    def settings_in(self, folder: Path) -> Path:
        """Return its settings file, which is written into a folder where it is not there."""
        return ROOT / self.settings if isinstance(self.settings, str) else self.settings(folder)


STACKS = (
    Target("reference", "bothends.toml", warnings=False),
    Target("hardened", "examples/hardened/bothends.toml", warnings=False),
    Target("node", "examples/node/bothends.toml", needs="node"),
    Target("starlette", "examples/starlette/bothends.toml"),
)
TARGETS = (
    *STACKS,
    Target("nextjs", "examples/nextjs/bothends.toml", needs="node"),
    Target("no user", without_user.write),
    Target("orders in Python", "examples/orders/python/bothends.toml"),
    Target("orders in Node.js", "examples/orders/node/bothends.toml", needs="node"),
    Target("orders", "tests/correct_targets/orders/bothends.toml"),
    Target("cut off", "tests/correct_targets/cut_off/bothends.toml", needs="node"),
)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that a run had to say against a correct target.

    Attributes:
        kind: `error`, `warning`, `not proven` or `failed`.
        told: What it is, in a line.
    """

    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run.

    Attributes:
        seed: Its seed.
        alarms: What it had to say.
        seconds: Wall time, with its start.
    """

    seed: int
    alarms: tuple[Alarm, ...]
    seconds: float


BOTHENDS = (sys.executable, "-m", "bothends")


def verify(target: Target, seed: int, profile: str = "default", *more: str, program: Sequence[str] = BOTHENDS) -> Run:
    """Verify a target once, with more arguments where there are some, and by another program that is bothends."""
    with tempfile.TemporaryDirectory(prefix="bothends-alarms-") as folder:
        report = Path(folder) / "report.json"
        command = [
            *(*program, "verify", "--config", str(target.settings_in(Path(folder))), "--seed", str(seed)),
            *("--profile", profile, "--json", str(report), *more),
        ]
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS)
        seconds = time.monotonic() - began
        document = json.loads(report.read_bytes()) if report.exists() else None
        alarms = tuple(_alarms(document, done))
        if alarms and document is not None:
            KEPT.mkdir(parents=True, exist_ok=True)
            shutil.copy(report, KEPT / f"{target.name}-{seed}.json")
    return Run(seed, alarms, seconds)


def unacceptable(target: Target, run: Run) -> tuple[Alarm, ...]:
    """Return the alarms of a run that must not be."""
    return tuple(alarm for alarm in run.alarms if alarm.kind != "warning" or not target.warnings)


def _alarms(document: dict[str, Any] | None, done: subprocess.CompletedProcess[str]) -> Iterator[Alarm]:
    if document is None:
        yield Alarm("failed", f"exit code {done.returncode}: {done.stderr.strip()[-500:]}")
        return
    for finding in document["findings"]:
        yield Alarm(finding["severity"], f"{finding['law']}: {finding['summary']} ({finding['case']})")
    for item in document["not_proven"]:
        yield Alarm("not proven", f"{item['what']}: {item['why']}")
    for failure in (document["target_failure"], document["harness_failure"]):
        if failure:
            yield Alarm("failed", failure)


@contextlib.contextmanager
def load(loops: int) -> Iterator[None]:
    """Keep the machine busy meanwhile."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Run all, and print the table.

    Returns:
        1 when a run said something that must not be; else 0.
    """
    arguments = _arguments(argv)
    chosen = [target for target in TARGETS if arguments.only in {"", target.name}]
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    runs: dict[str, list[Run]] = {target.name: [] for target in chosen}
    with load(BUSY_LOOPS if arguments.load else 0):
        # In turns, so that a machine that gets slower gets slower for all.
        for seed in seeds:
            for target in chosen:
                if shutil.which(target.needs) is None:
                    continue
                run = verify(target, seed, arguments.profile)
                runs[target.name].append(run)
                _say(f"{target.name}, seed {seed}: {run.seconds:.0f} s, {len(run.alarms) or 'no'} alarms")
                for alarm in run.alarms:
                    _say(f"  {alarm.kind}: {alarm.told}")
    _say("")
    _table(chosen, runs)
    bad = any(unacceptable(target, run) for target in chosen for run in runs[target.name])
    return 1 if bad or not all(runs.values()) else 0


def _table(chosen: Sequence[Target], runs: dict[str, list[Run]]) -> None:
    kinds = ("error", "warning", "not proven", "failed")
    _say(
        f"{'target':<12}{'runs':>6}{'clean':>7}"
        + "".join(f"{kind:>12}" for kind in kinds)
        + f"{'median s':>10}{'max s':>8}"
    )
    for target in chosen:
        made = runs[target.name]
        if not made:
            _say(f"{target.name:<12}{0:>6}  {target.needs} is not installed")
            continue
        clean = sum(not run.alarms for run in made)
        counts = "".join(f"{sum(alarm.kind == kind for run in made for alarm in run.alarms):>12}" for kind in kinds)
        seconds = [run.seconds for run in made]
        _say(
            f"{target.name:<12}{len(made):>6}{clean:>7}{counts}{statistics.median(seconds):>10.1f}{max(seconds):>8.1f}"
        )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.correct_targets.run", description="Look for false alarms on correct targets."
    )
    parser.add_argument("--seeds", type=int, default=20, help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (default: %(default)s)")
    parser.add_argument("--load", action="store_true", help="with two busy loops beside it")
    parser.add_argument("--only", default="", choices=[target.name for target in TARGETS], help="one target")
    parser.add_argument("--profile", default="default", help="how many cases (default: %(default)s)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
