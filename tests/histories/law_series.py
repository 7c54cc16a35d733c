"""A series of histories for each law, each judged by the law and by its oracle.

A breach must be one to the oracle too; what the law misses is counted. Half are of a right service, or changed ones
that the oracle finds right; half are those that it finds broken.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import TYPE_CHECKING

from bothends.histories import LAWS, Breach
from tests.histories.law_oracles import ORACLES, event_of_one_write
from tests.histories.service import SORTS, changed, served
from tests.histories.simulated import chance

if TYPE_CHECKING:
    from bothends.histories import History, Promises

_OF_STATES = {"write-has-event", "state-equals-events", "events-in-order", "event-then-read"}
"""Laws to which an event is one of a state: where an event shows what no order has, another law is broken."""


def law_series(name: str, each: int, seed: int, most: int = 400) -> tuple[Counter[tuple[bool, bool]], list[History]]:
    """Return how often law and oracle said broken, for so many histories of each side, and those wrongly accused.

    Args:
        name: The law.
        each: How many histories of each side there are to be.
        seed: What they are drawn with.
        most: How many may be drawn for each of them.
    """
    random = chance(seed)
    counts: Counter[tuple[bool, bool]] = Counter()
    sides: Counter[bool] = Counter()
    wrong = []
    for number in range(each * most):
        sort = SORTS[name][number % len(SORTS[name])]
        history = served(random, sort)
        edits = number // len(SORTS[name]) % 4
        for _ in range(edits if sides[False] < each else edits + 1):
            history = changed(random, history)
        if name in _OF_STATES and event_of_one_write(history, sort.promises):
            continue
        oracle = ORACLES[name](history, sort.promises)
        if sides[oracle] >= each:
            continue
        sides[oracle] += 1
        said = breaks(name, history, sort.promises)
        counts[said, oracle] += 1
        if said and not oracle:
            wrong.append(history)
        if edits == 0 and not oracle:
            assert not said, history
        if min(sides[False], sides[True]) >= each:
            break
    return counts, wrong


def breaks(name: str, history: History, promises: Promises) -> bool:
    """Whether a law finds a breach in a history."""
    return any(isinstance(found, Breach) for found in LAWS[name](history, promises))


def main() -> int:
    """Run the series, and print a table; 1 where a law accuses what its oracle finds right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=5_000, help="histories of each side")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one law")
    options = parser.parse_args()
    failed = False
    for name in ORACLES:
        if options.only in ("", name):
            counts, wrong = law_series(name, options.each, options.seed)
            print(  # noqa: T201 -- its output
                f"{name:<26} right: {counts[False, False] + counts[True, False]}, of which accused: "
                f"{counts[True, False]}; broken: {counts[True, True] + counts[False, True]}, of which missed: "
                f"{counts[False, True]}",
                flush=True,
            )
            failed |= bool(wrong)
            for history in wrong[:3]:
                print(history)  # noqa: T201 -- likewise
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
