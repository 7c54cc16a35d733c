"""Verdicts on a busy machine; `make loaded`.

    python -m tests.loaded.run [--only GLOB] [--seeds N] [--jobs 1] [--loops 4] [--minutes M] [--again changed|none]

Correct targets must have no error, and be proven in three runs of four; bugs about time must be found in 19 of 20.
Meanwhile four busy loops want the processors too. Each run is kept as it ends, in `tests/loaded/outcomes.jsonl`, and
docs/loaded-machine.md is written from all that is known. Broken off and run again, it goes on; what depends on
something that has changed since is made anew. With 0 seeds it writes the document only.
"""

from __future__ import annotations

import argparse
import fnmatch
import itertools
import signal
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from tests.bank.trial import TrialError, end_all
from tests.correct_targets.run import load
from tests.loaded.outcomes import Outcomes
from tests.loaded.page import FILE, failures, page
from tests.loaded.subjects import subjects
from tests.loaded.trying import is_remarkable, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.loaded.outcomes import Outcome
    from tests.loaded.subjects import Subject

LOOPS = 4
_INTERRUPTED = 130

Task = tuple["Subject", int]
"""A subject, and a seed."""


def to_do(outcomes: Outcomes, only: str, seeds: int | None, loops: int, again: str) -> list[Task]:
    """Return the runs that are to be made, in turns: a machine that gets slower gets slower for all.

    Args:
        outcomes: What is known.
        only: Pattern of subjects' names, with or without the profile: `nextjs`, `nextjs default`, `bugs/*`.
        seeds: The most seeds of each; None: as many as each has.
        loops: Busy loops beside them: runs with fewer or more are others.
        again: `changed`: those too whose outcome depends on something that has changed since; `none`.
    """
    chosen = [
        subject
        for subject in subjects()
        if any(fnmatch.fnmatch(name, only) for name in (subject.name, f"{subject.name} {subject.profile}"))
    ]
    keys = {id(subject): subject.key() for subject in chosen}
    return [
        (subject, seed)
        for seed in range(1, max((s.seeds for s in chosen), default=0) + 1)
        for subject in chosen
        if seed <= min(subject.seeds, subject.seeds if seeds is None else seeds)
        if (known := outcomes.get(subject, seed)) is None
        or known.loops != loops
        or (again == "changed" and known.key != keys[id(subject)])
    ]


def work(
    tasks: Sequence[Task], jobs: int, deadline: float, attempt: Callable[[Subject, int], Outcome]
) -> Iterator[tuple[Task, Outcome | TrialError]]:
    """Make runs until all are made, or the time is over; yield what each came to."""
    waiting = iter(tasks)
    running: dict[Future[Outcome], Task] = {}
    with ThreadPoolExecutor(jobs) as pool:
        try:
            while True:
                if time.monotonic() < deadline:
                    for task in itertools.islice(waiting, jobs - len(running)):
                        running[pool.submit(attempt, *task)] = task
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    error = future.exception()
                    if error is not None and not isinstance(error, TrialError):
                        raise error
                    yield running.pop(future), error or future.result()
        except KeyboardInterrupt:
            end_all()
            raise


def main(argv: Sequence[str] | None = None) -> int:
    """Make the runs that are not made yet, and write the document.

    Returns:
        130 when interrupted; else 1 when a run came to no verdict, or what is known is not as it must be; else 0.
    """
    arguments = _arguments(argv)
    outcomes = Outcomes()
    tasks = to_do(outcomes, arguments.only, arguments.seeds, arguments.loops, arguments.again)
    missing = sorted({subject.name for subject, _ in tasks if not subject.is_ready})
    if missing:
        say(f"not built: {', '.join(missing)}; run `make nextjs` first")
        return 1
    say(f"{len(tasks)} runs to make")
    failed, made = 0, 0
    try:
        with load(arguments.loops if tasks else 0):
            deadline = time.monotonic() + arguments.minutes * 60
            attempt = _attempt(arguments.loops)
            for (subject, seed), outcome in work(tasks, arguments.jobs, deadline, attempt):
                made += 1
                if isinstance(outcome, TrialError):
                    failed += 1
                    say(f"{subject.name} {subject.profile}, seed {seed}: no verdict: {outcome}")
                    continue
                outcomes.add(outcome)
                say(_line(subject, outcome))
    except KeyboardInterrupt:
        say("interrupted; run this again to go on")
        return _INTERRUPTED
    finally:
        FILE.write_text(page(outcomes), encoding="utf-8")
    if made < len(tasks):
        say(f"{len(tasks) - made} runs are left; run this again to go on")
    wrong = list(failures(outcomes))
    for line in wrong:
        say(line)
    return 1 if failed or wrong else 0


def _attempt(loops: int) -> Callable[[Subject, int], Outcome]:
    return lambda subject, seed: verify(subject, seed, loops)


def _line(subject: Subject, outcome: Outcome) -> str:
    what = f"{subject.name} {subject.profile}, seed {outcome.seed}: {outcome.seconds:.0f} s"
    verdict = {None: "no end", 0: "proven", 1: f"broken: {', '.join(outcome.errors)}", 3: "target failed"}
    mark = " (!)" if is_remarkable(subject, outcome) else ""
    return f"{what}, {verdict.get(outcome.code, f'not proven: {outcome.said}')}{mark}"


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.loaded.run", description="Verdicts on a busy machine.")
    parser.add_argument("--only", default="*", metavar="GLOB", help="names, as in the document (default: all)")
    parser.add_argument("--seeds", type=int, help="the most seeds of each (default: 20; 5 of nextjs default)")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once (default: %(default)s)")
    parser.add_argument("--loops", type=int, default=LOOPS, help="busy loops beside them (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after that (default: none)")
    parser.add_argument(
        "--again",
        choices=("changed", "none"),
        default="changed",
        help="which to make anew: those that depend on what has changed since, or none (default: %(default)s)",
    )
    return parser.parse_args(argv)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
