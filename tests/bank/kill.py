"""The kill matrix: each mutant of the bank, tried by bothends and by two peers; `make kill`.

    python -m tests.bank.kill [--only GLOB] [--by default,quick,peers] [--chunk-seconds 540] [--jobs 1]

It works for one chunk of time, keeps what it has found out in `.bothends/kill/`, and writes docs/kill-matrix.md from
all that is known. Run again, it goes on; what depends on something that has changed since is tried anew.
"""

from __future__ import annotations

import argparse
import fnmatch
import statistics
import sys
import time
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bank.matrix import FILE, matrix
from tests.bank.results import PROFILES, Results, controls, whole_bank
from tests.bank.trial import PEERS, TrialError, by_bothends, by_peers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bank.bank import Mutant
    from tests.bank.trial import Outcome

TOGETHER = "peers"
"""Both peers: they are tried on one target that is started once."""
FIRST_GUESS = {"default": 45.0, "quick": 20.0, TOGETHER: 15.0}
"""How long a try may take before one is known, seconds."""


@dataclass(frozen=True, slots=True)
class Task:
    """One try that is to be made.

    Attributes:
        mutant: Whom it is of.
        who: A profile, or `TOGETHER`.
    """

    mutant: Mutant
    who: str

    @property
    def label(self) -> str:
        """Name it for a person."""
        return f"{self.mutant.target}/{self.mutant.name} {self.who}"


@dataclass(slots=True)
class Chunk:
    """One chunk of work, within a time.

    Attributes:
        results: Where outcomes are kept.
        deadline: When it should be over, as `time.monotonic` has it.
        jobs: How many tries are made at once.
        attempt: Makes a try.
        took: How long the tries took, seconds, by who made them.
        failed: The tries that came to no verdict.
    """

    results: Results
    deadline: float
    jobs: int
    attempt: Callable[[Task], dict[str, Outcome]]
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[Task] = field(default_factory=list)

    def work(self, tasks: Sequence[Task]) -> int:
        """Make tries while there is time; return how many were not begun."""
        waiting = list(reversed(tasks))
        running: dict[Future[dict[str, Outcome]], Task] = {}
        with ThreadPoolExecutor(self.jobs) as pool:
            while running or (waiting and self._fits(waiting[-1])):
                while waiting and len(running) < self.jobs and self._fits(waiting[-1]):
                    task = waiting.pop()
                    running[pool.submit(self.attempt, task)] = task
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(running.pop(future), future)
        return len(waiting)

    def seconds(self, who: str) -> float:
        """Return how long a try takes, from the tries so far, seconds."""
        return statistics.mean(self.took[who]) if self.took[who] else FIRST_GUESS[who]

    def _fits(self, task: Task) -> bool:
        longest = max(self.took[task.who], default=FIRST_GUESS[task.who])
        return time.monotonic() + longest <= self.deadline

    def _take(self, task: Task, future: Future[dict[str, Outcome]]) -> None:
        try:
            outcomes = future.result()
        except TrialError as error:
            self.failed.append(task)
            say(f"{task.label}: no verdict: {error}")
            return
        self.took[task.who].append(sum(outcome.seconds for outcome in outcomes.values()))
        self.results.keep(task.mutant, outcomes)
        for who, outcome in outcomes.items():
            verdict = ", ".join(outcome.by) if outcome.caught else f"not caught ({outcome.told or 'nothing was said'})"
            say(f"{task.mutant.target}/{task.mutant.name} {who} {outcome.seconds:.0f} s: {verdict}")


def attempt(task: Task) -> dict[str, Outcome]:
    """Make a try.

    Raises:
        TrialError: It came to no verdict.
    """
    if task.who == TOGETHER:
        return by_peers(task.mutant)
    return {task.who: by_bothends(task.mutant, task.who)}


def to_do(results: Results, only: str, whos: Sequence[str]) -> list[Task]:
    """Return the tries whose outcome is not known, or no longer holds."""
    chosen = [
        mutant
        for mutant in (*controls(), *whole_bank())
        if any(
            fnmatch.fnmatch(name, only)
            for name in (f"{mutant.target}/{mutant.name}", f"{mutant.target}/{mutant.area}/{mutant.name}")
        )
    ]
    return [
        Task(mutant, who)
        for who in whos
        for mutant in chosen
        if not all(results.is_current(mutant, each) for each in (PEERS if who == TOGETHER else (who,)))
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Work for one chunk, and write the table.

    Returns:
        1 when a try came to no verdict; else 0, also when there is more to do.
    """
    arguments = _arguments(argv)
    results = Results()
    tasks = to_do(results, arguments.only, arguments.by.split(","))
    began = time.monotonic()
    chunk = Chunk(results, began + arguments.chunk_seconds, arguments.jobs, attempt)
    say(f"{len(tasks)} tries to make")
    left = chunk.work(tasks)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(matrix(results), encoding="utf-8")
    if left:
        rest = tasks[len(tasks) - left :]
        minutes = sum(chunk.seconds(task.who) for task in rest) / arguments.jobs / 60
        say(f"{left} tries are left, about {minutes:.0f} minutes; run this again to go on")
    return 1 if chunk.failed else 0


def say(line: str) -> None:
    """Tell a person."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bank.kill", description="Try the mutants of the bank.")
    parser.add_argument("--only", default="*", metavar="GLOB", help="TARGET/NAME or TARGET/AREA/NAME (default: all)")
    parser.add_argument("--by", default=",".join((*PROFILES, TOGETHER)), help="who tries (default: %(default)s)")
    parser.add_argument("--chunk-seconds", type=float, default=540.0, help="how long (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once (default: %(default)s)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
