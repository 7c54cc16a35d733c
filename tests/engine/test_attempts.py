"""What is watched of attempts after a fault, and what a run says of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import DeliveryTerms
from bothends.engine.evidence import callbacks
from bothends.engine.evidence.attempts import not_proven, notes
from bothends.engine.judge.retries import attempted_late
from bothends.engine.play import pending
from bothends.engine.play.overdue import Overdue
from bothends.engine.play.pending import LIMITS
from bothends.engine.tie.attribution import Attributed
from tests.engine.evidence_of import seen
from tests.laws import kept
from tests.laws.test_attempt_laws import ENDED, ONCE, UNSAID, UNTIL, WELL, came, failed, promising, watched

if TYPE_CHECKING:
    from bothends.contract import Contract
    from bothends.records import Exchange

EVENT = "routeRequested"


def overdue(terms: DeliveryTerms, step: float = 0.25) -> Overdue:
    """Return what watches, with a clock that goes on by a step each time that it is read."""
    steps = count()
    contexts = {kept.operation().id: kept.law_context(operation=promising(terms))}
    return Overdue(contexts, lambda: WELL + step * next(steps), gone=lambda: False)


def watch(watching: Overdue, exchange: Exchange, *later: Attributed) -> Attributed:
    """Return an exchange with what was seen of it, as these came one look after the other."""
    coming = iter(later)
    return asyncio.run(watching.of(Attributed((exchange,)), lambda: next(coming, Attributed(()))))


def test_only_attempts_that_are_counted_are_watched() -> None:
    """Of other cases, the time when the ingest was well is not remembered."""
    other = kept.exchange()
    own = replace(other, case=replace(other.case, watched=True))
    assert [WELL, None] == [one.well for one in Overdue.since_well([own, other], WELL)]
    assert Attributed((other,)) == watch(overdue(UNTIL), other)


def test_it_is_watched_until_the_event_comes() -> None:
    """And no longer: the exchange says until when."""
    waiting = replace(watched(0.0, failed()), watched=0.0)
    late = replace(waiting, deliveries=(failed(), came(0.5)))
    (seen,) = watch(overdue(UNTIL), waiting, Attributed(()), Attributed((), late=(late,))).exchanges
    assert (2, True) == (len(seen.deliveries), WELL < seen.watched < WELL + 3.5)


def test_it_is_watched_until_a_promise_is_broken() -> None:
    """Then the law can say so."""
    waiting = replace(watched(0.0, failed()), watched=0.0)
    (seen,) = watch(overdue(UNTIL), waiting).exchanges
    assert ["lost after a failed attempt"] == kept.causes("attempted-again", seen, operation=promising(UNTIL))


def test_watching_has_an_end_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no time is left for is not watched, and accuses nobody."""
    monkeypatch.setattr(pending, "LIMITS", replace(LIMITS, attempts_in_all=1.0))
    watching = overdue(UNTIL)
    for _ in range(2):
        (seen,) = watch(watching, watched(0.0, failed())).exchanges
        assert None is kept.causes("attempted-again", seen, operation=promising(UNTIL))


@pytest.mark.parametrize(
    ("exchange", "late"),
    [
        (watched(9.0, failed(), came(1.0)), 0),
        (watched(9.0, failed(), came(5.0)), 1),
        (watched(9.0, failed()), 1),
        (watched(9.0, failed(stored=True)), 0),
        (kept.exchange(), 0),
    ],
)
def test_a_busy_machine_may_be_why_an_attempt_is_late(exchange: Exchange, late: int) -> None:
    """By how much it is late is what the machine has to account for."""
    assert late == len(list(attempted_late(exchange, promising(UNTIL), 10.0)))


def told(terms: DeliveryTerms, *exchanges: Exchange, whole: bool = True) -> tuple[list[str], tuple[str, ...]]:
    """Return what was not proven, and the notes."""
    contract: Contract = replace(kept.contract(), operations=(promising(terms),))
    counts = seen(contract, *exchanges)
    return [one.why for one in not_proven(counts, contract, whole=whole)], tuple(notes(counts, contract))


def lost(number: int, **changes: Any) -> Exchange:
    """Return a success whose event was lost, as the ingest could not be reached."""
    return kept.exchange(number, given=("the ingest is unreachable",), **{"deliveries": (), **changes})


def test_what_is_not_promised_is_told_once() -> None:
    """How many events were lost while the ingest failed, and the line that would settle it; late ones are not lost."""
    late = replace(lost(2), deliveries=(kept.delivery(),))
    missing, found = told(DeliveryTerms("any"), lost(1), lost(2), lost(3), late)
    said = (
        f"2 of 3 events of the callback {EVENT} were lost with 200 while its ingest failed; the contract does not say"
    )
    assert ([], (f"{said} whether they may be (add x-delivery: at-least-once, or at-most-once)",)) == (missing, found)
    assert ([], ()) == told(DeliveryTerms("after"), lost(1))
    assert ((), ()) == (told(ONCE, lost(1))[1], told(DeliveryTerms(), kept.exchange())[1])


def test_what_is_not_promised_of_one_callback_of_two_operations_is_told_once() -> None:
    """With the operations that it was seen of; one whose contract says so is none of them."""
    any_time, (owed,) = DeliveryTerms("any"), promising(DeliveryTerms("any")).events
    terms = {"first": (any_time, None), "second": (any_time, None), "third": (ONCE, owed.when)}

    def told_of(exchange: Exchange, *names: str, owed_by_all: bool) -> list[str]:
        operations = tuple(
            replace(
                promising(of), id=name, events=(replace(owed, delivery=of, when=owed.when if owed_by_all else when),)
            )
            for name, (of, when) in terms.items()
        )
        contract = replace(kept.contract(), operations=operations)
        sent = [
            replace(exchange, number=number, case=replace(exchange.case, operation=name))
            for number, name in enumerate(names)
        ]
        counts = seen(contract, *sent)
        return [*notes(counts, contract), *callbacks.notes(counts, contract)]

    (note,) = told_of(lost(1), "first", "second", "first", "third", owed_by_all=True)
    assert note.startswith(f"3 of 3 events of the callback {EVENT} of first, second were lost with 200")
    arrived = kept.exchange(deliveries=(replace(kept.delivery(), callback=EVENT),))
    (note,) = told_of(arrived, *("first", "second", "third") * 2, owed_by_all=False)
    assert note.startswith(f"the callback {EVENT} of first, second came in each of 4 successes;")


def test_an_attempt_that_did_not_come_is_not_proven_where_nothing_says_how_soon() -> None:
    """With the time that was waited; not where it came later."""
    why = "1 of its events was not attempted again in the 5.0 s after the ingest worked again."
    assert [why] == told(UNSAID, watched(5.0, failed()))[0]
    assert [] == told(UNSAID, watched(5.0, failed()), watched(5.0, failed(), came(8.0)))[0]
    long = DeliveryTerms(attempts="until-acknowledged", retry_within_ms=60_000)
    assert "30.0 s after the ingest worked again; it has 60 s" in told(long, watched(30.0, failed()))[0][0]


@pytest.mark.parametrize(
    ("terms", "exchange", "why"),
    [
        (ONCE, kept.exchange(), "No attempt at it was seen to fail after postRoute, so its attempts were not tested."),
        (replace(UNTIL, answer="after"), kept.exchange(), "A 2xx waits for its acknowledgement"),
        (DeliveryTerms(within_ms=40_000), kept.exchange(), "Its within_ms, 40,000, is longer than bothends waits"),
    ],
)
def test_what_was_not_tested_is_not_proven(terms: DeliveryTerms, exchange: Exchange, why: str) -> None:
    """Each has its line."""
    (line,) = told(terms, exchange)[0]
    assert line.startswith(why)


def test_what_was_not_whole_lacks_nothing() -> None:
    """Of chosen cases, an attempt that never failed is no omission."""
    assert [] == told(ONCE, kept.exchange(), whole=False)[0]
    assert ENDED < WELL
