"""Released products, held to contracts of ours; `make products`.

    python -m tests.products.run [--only GLOB] [--seeds N] [--loops N] [--minutes M] [--again changed|none]
                                 [--skip runs|scripts]

Each product is verified with the quick profile: seeds 1 to 3 with nothing beside it, then seed 1 beside two busy
loops, one run at a time. Then each script of `examples/products/by_hand` shows without bothends what is wrong. What
comes of it is kept at once, in `tests/products/outcomes.jsonl` and `by_hand.jsonl`; docs/products.md is written from
all that is known. Broken off and run again, it goes on; what depends on something that has changed since is made anew.
With 0 seeds it writes the
document only, with the findings that are accepted by now.
"""

from __future__ import annotations

import argparse
import fnmatch
import signal
import sys
import time
from itertools import groupby
from typing import TYPE_CHECKING

from tests.bank.trial import TrialError, end_all
from tests.correct_targets.run import load
from tests.products.outcomes import Outcomes, Scripts
from tests.products.page import FILE, failures, page, verdict
from tests.products.subjects import LOOPS, SEEDS, SUBJECTS
from tests.products.trying import product_of, reread, script_key, scripts, show, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.products.outcomes import Outcome
    from tests.products.subjects import Subject

_INTERRUPTED = 130

Task = tuple["Subject", int, int]
"""A product, a seed, and how many busy loops are beside it."""


def to_do(outcomes: Outcomes, only: str, seeds: int, loops: int, again: str) -> list[Task]:
    """Return the runs that are to be made: of each product those without loops first.

    Args:
        outcomes: What is known.
        only: Pattern of products' names.
        seeds: The most seeds of each; 0: no run at all.
        loops: Busy loops beside the last run of each; 0: there is no such run.
        again: `changed`: those too whose outcome depends on something that has changed since; `none`.
    """
    chosen = [subject for subject in SUBJECTS if fnmatch.fnmatch(subject.name, only)]
    runs = [(seed, 0) for seed in range(1, seeds + 1)] + ([(1, loops)] if loops and seeds else [])
    return [
        (subject, seed, beside)
        for subject in chosen
        for seed, beside in runs
        if (known := outcomes.get(subject.name, seed, beside)) is None
        or (again == "changed" and known.key != subject.key())
    ]


def scripts_to_do(shown: Scripts, only: str, again: str) -> list[str]:
    """Return the scripts that are to be run."""
    folders = {subject.folder.name for subject in SUBJECTS if fnmatch.fnmatch(subject.name, only)}
    return [
        script
        for script in scripts()
        if product_of(script) in folders
        and ((known := shown.get(script)) is None or (again == "changed" and known.key != script_key(script)))
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Make the runs that are not made yet, and write the document.

    Returns:
        130 when interrupted; else 1 when a run came to no verdict, or what is known is not as it must be; else 0.
    """
    arguments = _arguments(argv)
    outcomes, shown = Outcomes(), Scripts()
    for subject in SUBJECTS:
        for outcome in outcomes.of(subject.name):
            outcomes.add(reread(subject, outcome))
    tasks = to_do(outcomes, arguments.only, arguments.seeds, arguments.loops, arguments.again)
    tasks = [] if arguments.skip == "runs" else tasks
    by_hand = scripts_to_do(shown, arguments.only, arguments.again) if arguments.seeds else []
    by_hand = [] if arguments.skip == "scripts" else by_hand
    missing = sorted({subject.name for subject, *_ in tasks if not subject.is_ready})
    if missing:
        say(f"not installed: {', '.join(missing)}; run examples/products/install.sh first")
        return 1
    say(f"{len(tasks)} runs to make, {len(by_hand)} scripts to run")
    deadline = time.monotonic() + arguments.minutes * 60
    try:
        failed = _work(tasks, outcomes, deadline) + _work_by_hand(by_hand, shown, deadline)
    except KeyboardInterrupt:
        end_all()
        say("interrupted; run this again to go on")
        return _INTERRUPTED
    finally:
        FILE.write_text(page(outcomes, shown), encoding="utf-8")
    wrong = list(failures(outcomes, shown))
    for line in wrong:
        say(line)
    return 1 if failed or wrong else 0


def _work(tasks: Sequence[Task], outcomes: Outcomes, deadline: float) -> int:
    """Make runs while there is time; return how many came to no verdict."""
    failed = 0
    for number, (subject, seed, loops) in enumerate(tasks):
        if time.monotonic() > deadline:
            say(f"{len(tasks) - number} runs are left; run this again to go on")
            break
        name = f"{subject.name}, seed {seed}{f' beside {loops} loops' if loops else ''}"
        say(f"{name} ...")
        try:
            with load(loops):
                outcome = verify(subject, seed, loops)
        except TrialError as error:
            failed += 1
            say(f"{name}: no verdict: {error}")
            continue
        outcomes.add(outcome)
        say(f"{name}: {_line(outcome)}")
    return failed


def _work_by_hand(by_hand: Sequence[str], shown: Scripts, deadline: float) -> int:
    """Run scripts, product by product, while there is time; return how many did not show what they say."""
    failed = 0
    for product, names in groupby(by_hand, key=product_of):
        if time.monotonic() > deadline:
            say(f"the scripts of {product} are left; run this again to go on")
            continue
        for one in show(list(names)):
            shown.add(one)
            failed += not one.shown
            say(f"{one.script}: {'shown' if one.shown else f'NOT SHOWN: {one.said}'}")
    return failed


def _line(outcome: Outcome) -> str:
    found = f"{len(outcome.errors)} errors, {len(outcome.new)} of them new"
    return f"{outcome.seconds:.0f} s, {outcome.exchanges} exchanges, {verdict(outcome)}, {found}"


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.products.run", description="Verify released products.")
    parser.add_argument("--only", default="*", metavar="GLOB", help="names, as in the document (default: all)")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds of each (default: %(default)s)")
    parser.add_argument("--loops", type=int, default=LOOPS, help="busy loops beside one run (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing after that (default: none)")
    parser.add_argument("--skip", choices=("runs", "scripts"), help="do the other only")
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
