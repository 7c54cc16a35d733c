"""The kill matrix: each mutant of the bank, tried by bothends and by two peers; `make kill`.

    python -m tests.bank.kill [--only GLOB] [--by default,quick,peers] [--chunk-seconds 540] [--jobs 1]
                              [--again changed|missed|none] [--take FOLDER]

It works for one chunk of time, keeps what it finds out in `tests/bank/outcomes`, and writes docs/kill-matrix.md from
all that is known. Run again, it goes on; what depends on something that has changed since is tried anew. With 0
seconds it writes the document only.
"""

from __future__ import annotations

import argparse
import fnmatch
import signal
import statistics
import sys
import time
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bank.matrix import FILE, matrix
from tests.bank.results import Results, controls, whole_bank
from tests.bank.trial import PEERS, PROFILES, TrialError, by_bothends, by_peers, end_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bank.bank import Mutant
    from tests.bank.trial import Outcome

TOGETHER = "peers"
"""Both peers: they are tried on one target that is started once."""
FIRST_GUESS = {"default": 15.0, "quick": 10.0, TOGETHER: 15.0}
"""How long a try takes, before one is known, seconds."""
_INTERRUPTED = 130


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
            try:
                while running or (waiting and self._fits(waiting[-1])):
                    while waiting and len(running) < self.jobs and self._fits(waiting[-1]):
                        task = waiting.pop()
                        running[pool.submit(self.attempt, task)] = task
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._take(running.pop(future), future)
            except KeyboardInterrupt:
                end_all()
                raise
        return len(waiting)

    def seconds(self, who: str) -> float:
        """Return how long a try takes, from the tries so far, seconds."""
        return statistics.mean(self.took[who]) if self.took[who] else FIRST_GUESS[who]

    def _fits(self, task: Task) -> bool:
        """Whether a try may begin: most end in time then, and the longest ends soon after."""
        return time.monotonic() + self.seconds(task.who) <= self.deadline

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
            missed = "no end" if outcome.code is None else f"not caught ({outcome.told or 'nothing was said'})"
            verdict = ", ".join(outcome.by) if outcome.caught else missed
            say(f"{task.mutant.target}/{task.mutant.name} {who} {outcome.seconds:.0f} s: {verdict}")


def attempt(task: Task) -> dict[str, Outcome]:
    """Make a try.

    Raises:
        TrialError: It came to no verdict.
    """
    if task.who == TOGETHER:
        return by_peers(task.mutant)
    return {task.who: by_bothends(task.mutant, task.who)}


def to_do(results: Results, only: str, whos: Sequence[str], again: str = "changed") -> list[Task]:
    """Return the tries that are to be made: those whose outcome is not known, and some others.

    Args:
        results: What is known.
        only: Pattern of mutants' names.
        whos: Who tries.
        again: Which others, of those whose outcome depends on something that has changed since: `changed`, all;
            `missed`, those that were not caught; `none`.
    """
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
        if any(_is_due(results, mutant, each, again) for each in (PEERS if who == TOGETHER else (who,)))
    ]


def _is_due(results: Results, mutant: Mutant, who: str, again: str) -> bool:
    outcome = results.of(mutant).get(who)
    if outcome is None:
        return True
    chosen = again == "changed" or (again == "missed" and not outcome.caught)
    return chosen and not results.is_current(mutant, who)


def main(argv: Sequence[str] | None = None) -> int:
    """Work for one chunk, and write the table.

    Returns:
        130 when interrupted; else 1 when a try came to no verdict; else 0, also when there is more to do.
    """
    arguments = _arguments(argv)
    results = Results()
    if arguments.take is not None:
        say(f"{results.take(Results(arguments.take))} outcomes taken")
    tasks = to_do(results, arguments.only, arguments.by.split(","), arguments.again)
    began = time.monotonic()
    chunk = Chunk(results, began + arguments.chunk_seconds, arguments.jobs, attempt)
    say(f"{len(tasks)} tries to make")
    try:
        left = chunk.work(tasks)
    except KeyboardInterrupt:
        say("interrupted; run this again to go on")
        return _INTERRUPTED
    finally:
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
    parser.add_argument(
        "--again",
        choices=("changed", "missed", "none"),
        default="changed",
        help="which to try again, of those whose outcome depends on what has changed since (default: %(default)s, all)",
    )
    parser.add_argument(
        "--take",
        type=Path,
        metavar="FOLDER",
        help="first take outcomes from a folder: another checkout's tests/bank/outcomes",
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many at once (default: %(default)s)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
