"""A guess makes no finding: what shows only where nobody can tell whose an event is, is played alone, then told.

Alone, an event and its exchange belong together. What is broken then is a finding; what is not was perhaps never there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.engine.waves import Wave
from bothends.records import NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract import Contract
    from bothends.engine.findings import Held

MOST = 10
"""Guesses that are played alone, at most."""


def alone(guesses: Iterable[Held]) -> Iterator[Wave]:
    """Yield the batches of one request each that would show a guess to be true."""
    chosen = [held for held in guesses if not (held.only or held.wave.prelude)]
    for held in chosen[:MOST]:
        case = held.finding.case
        # Of those that wait together in a relay, each has a state of its own.
        yield Wave(held.wave.around(case).given, (case,), concurrency=1)


def guesses_not_proven(contract: Contract, guesses: Iterable[Held]) -> Iterator[NotProven]:
    """Yield one line for all that may be wrong, and of which nobody can tell whose it is."""
    found = list(guesses)
    if not found:
        return
    laws = ", ".join(dict.fromkeys(held.finding.breach.law for held in found))
    count = max(held.finding.count for held in found)
    operation = contract.operation(found[0].finding.case.operation)
    yield NotProven(
        "whose events they are",
        f"In {count:,} exchanges with others under way nobody can tell; {laws} may be broken there, and was not alone.",
        where=str(contract.document.location(operation.pointer)),
        add="x-from: answer.body#/… (or request.body#/…), on a property of the event that is another each time",
        weight=Weight.EVENTS,
    )
