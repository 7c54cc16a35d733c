"""A guess makes no finding: if an event may belong to another request, the case is repeated alone and then reported.

Alone, an event and its exchange belong together. What is broken then is a finding; what is not was perhaps never there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.play import Batch
from bothends.records import NotProven, Weight, count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import Contract
    from bothends.engine.judge.findings import TrackedFinding
    from bothends.records import Finding


MOST_GUESSES = 10
"""Guesses that are played alone, at most."""


def guess_batches(guesses: Iterable[TrackedFinding]) -> Iterator[tuple[Finding, Batch]]:
    """Yield guesses, each with the batch of one request that would show it to be true."""
    chosen = [tracked for tracked in guesses if not (tracked.only or tracked.batch.prelude)]
    for tracked in chosen[:MOST_GUESSES]:
        case = tracked.finding.case
        # Of those that wait together in a batch of parallel timeouts, each has a state of its own.
        yield tracked.finding, Batch(tracked.batch.around(case).given, (case,), concurrency=1)


def guesses_not_proven(contract: Contract, guesses: Iterable[TrackedFinding]) -> Iterator[NotProven]:
    """Yield one line for all that may be wrong, but whose request is unknown."""
    found = list(guesses)
    if not found:
        return
    laws = ", ".join(dict.fromkeys(tracked.finding.breach.law for tracked in found))
    count = max(tracked.finding.count for tracked in found)
    operation = contract.operation(found[0].finding.case.operation)
    yield NotProven(
        "attribution of events",
        f"It is unknown which of the concurrent requests an event belongs to, in {count_of(count, 'exchange')}; {laws} "
        "may be broken there, but did not show when the request was repeated alone.",
        where=str(contract.document.location(operation.pointer)),
        add="x-from: answer.body#/… (or request.body#/…), on a property of the event that differs in each event",
        weight=Weight.EVENTS,
    )
