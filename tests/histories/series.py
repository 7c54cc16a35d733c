"""A series of histories, each judged by the checker and by the oracle: `make histories`.

One in four is of a right target, the others have one to three things changed. BROKEN must mean that the oracle finds no
order; what the checker misses is counted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.histories import Decision, order_of, records_of
from tests.histories.oracle import explained
from tests.histories.simulated import SHAPES, Shape, chance, edited, right

if TYPE_CHECKING:
    from bothends.histories import History


def compared(history: History, *, preconditions: bool) -> tuple[str, str]:
    """Return what the checker says of a history, and what the oracle says."""
    (record,) = records_of(history)
    checker = order_of(record, preconditions=preconditions).decision
    oracle = Decision.RIGHT if explained(history, "it", preconditions=preconditions) else Decision.BROKEN
    return checker.value, oracle.value


def series(shape: Shape, count: int, seed: int) -> tuple[Counter[tuple[str, str]], list[History]]:
    """Return how often checker and oracle said what, and the histories of which they say opposite things."""
    random = chance(seed)
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for number in range(count):
        history = right(random, shape)
        for _ in range(number % 4):
            history = edited(random, history)
        said = compared(history, preconditions=shape.tags)
        counts[said] += 1
        if said[0] != said[1] and said[0] != Decision.UNDECIDED:
            wrong.append(history)
    return counts, wrong


def main() -> int:
    """Run the series, and print a table; 1 where checker and oracle say opposite things."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=30_000, help="histories of each shape")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=7, help="operations of a history at most")
    parser.add_argument("--only", default="", help="one shape")
    options = parser.parse_args()
    failed = False
    for name, shape in SHAPES.items():
        if options.only in ("", name):
            counts, wrong = series(replace(shape, most=options.most), options.count, options.seed)
            said = ", ".join(f"{a} and {b}: {count}" for (a, b), count in sorted(counts.items()))
            print(f"{name:<14} checker and oracle: {said}", flush=True)  # noqa: T201 -- its output
            failed |= bool(wrong)
            for history in wrong[:3]:
                print(history)  # noqa: T201 -- likewise
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
