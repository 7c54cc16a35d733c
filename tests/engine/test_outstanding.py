"""An event that comes behind its answer has its time: what lacks one is judged when it is there, or can't come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.contract.terms import DeliveryTerms
from bothends.engine.play.late_events import LONGEST_OUTSTANDING, MOST, Outstanding
from bothends.engine.tie.attribution import Attributed
from bothends.laws import law_of
from tests.in_words import conditions
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.laws.law import LawContext
    from bothends.records import Exchange

SECONDS = 10.0
NONE = kept.exchange(deliveries=())
UNWELL = replace(NONE, case=replace(NONE.case, given=conditions("the ingest hangs")))
ENDED = NONE.ended


def law_context(answer: str | None = None) -> dict[str, LawContext]:
    """Return what the laws judge by, with what `x-delivery` says of the answer."""
    operation = kept.operation()
    events = tuple(replace(event, delivery=DeliveryTerms(answer=answer)) for event in operation.events)  # type: ignore[arg-type]  # a word of the schema
    return {operation.id: replace(kept.law_context(), operation=replace(operation, events=events))}


def outstanding(answer: str | None = None) -> Outstanding[str]:
    """Return one that holds nothing."""
    return Outstanding(law_context(answer), SECONDS)


def late(after: float, number: int = 1) -> Attributed:
    """Return an exchange whose event came so long after its answer."""
    came = replace(kept.delivery(number), received=kept.exchange(number).ended + after)
    return Attributed((), late=(kept.exchange(number, deliveries=(came,)),))


@pytest.mark.parametrize(
    ("exchange", "answer", "held"),
    [
        pytest.param(NONE, None, True, id="nothing is said of the order"),
        pytest.param(NONE, "any", True, id="any order"),
        pytest.param(NONE, "after", False, id="the answer waits for it"),
        pytest.param(kept.exchange(), "any", False, id="it is there"),
        pytest.param(replace(NONE, answer=kept.answer(422)), "any", False, id="none is owed"),
        pytest.param(
            replace(NONE, case=replace(NONE.case, given=conditions("the ingest hangs"))), "any", False, id="unwell"
        ),
    ],
)
def test_what_is_held(exchange: Exchange, answer: str | None, held: bool) -> None:  # noqa: FBT001 -- a column
    """An exchange is held while an event may still come of it; all others are judged with their batch."""
    waits = outstanding(answer)
    ready, _ = waits.take(Attributed((exchange,)), "here")
    assert (int(held), () if held else (exchange,)) == (len(waits), ready.exchanges)


def test_it_is_judged_when_its_event_is_there() -> None:
    """As an exchange of its own batch, and where it was seen; whoever is not held is judged once more."""
    waits = outstanding()
    waits.take(Attributed((NONE,)), "first batch")
    ready, seen = waits.take(replace(late(5), late=(*late(5).late, *late(5, 2).late)), "second batch")
    assert ([1], [2], {1: "first batch"}, 0) == (
        [e.number for e in ready.exchanges],
        [e.number for e in ready.late],
        seen,
        len(waits),
    )
    assert late(5).late[0].deliveries == ready.exchanges[0].deliveries


def test_what_had_its_time_is_lost() -> None:
    """Nothing has come, and nothing was in its way."""
    waits = outstanding()
    waits.take(Attributed((NONE,)), "here")
    assert ENDED + SECONDS == waits.until
    (exchange,), seen = waits.rest(ENDED + SECONDS, ())
    assert (False, {1: "here"}, 0) == (exchange.unheard, seen, len(waits))
    assert law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])


@pytest.mark.parametrize(
    ("now", "fault", "unheard"),
    [
        pytest.param(SECONDS - 1, None, True, id="too early"),
        pytest.param(SECONDS + 1, 5.0, True, id="an ingest was out of order meanwhile"),
        pytest.param(SECONDS + 1, -1.0, False, id="before"),
        pytest.param(SECONDS + 2, SECONDS + 1, False, id="after"),
    ],
)
def test_who_is_accused_of_a_loss(now: float, fault: float | None, unheard: bool) -> None:  # noqa: FBT001 -- a column
    """Nobody whose event may have been sent while nobody could see it, or may still be."""
    waits = outstanding()
    waits.take(Attributed((NONE,)), "here")
    (exchange,), _ = waits.rest(ENDED + now, [] if fault is None else [ENDED + fault])
    broken = law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])
    assert (unheard, not unheard) == (exchange.unheard, bool(broken))


@pytest.mark.parametrize(
    ("now", "unheard", "kept_waiting"),
    [
        pytest.param(SECONDS - 1, True, False, id="too early on any machine"),
        pytest.param(SECONDS + 1, True, True, id="in time on a machine with less to do"),
        pytest.param(4 * SECONDS - 1, True, True, id="a quarter of it was its own"),
        pytest.param(4 * SECONDS + 1, False, False, id="it had its time"),
    ],
)
def test_what_the_machine_took_is_no_time_of_an_event(now: float, unheard: bool, kept_waiting: bool) -> None:  # noqa: FBT001
    """A target that waited for a processor for three quarters of the time has four times as long."""
    waits = Outstanding[str](law_context(), SECONDS, waits=lambda began, ended: 0.75 * (ended - began))
    waits.take(Attributed((NONE,)), "here")
    assert min(ENDED + LONGEST_OUTSTANDING, ENDED + 4 * SECONDS) == waits.until_by(ENDED + 5 * SECONDS)
    (exchange,), _ = waits.rest(ENDED + now, ())
    assert (unheard, kept_waiting) == (exchange.unheard, waits.kept_waiting == (NONE.case.label,))


@pytest.mark.parametrize(("kept_waiting", "lost"), [(0.4, True), (0.6, False)])
def test_an_attempt_that_nobody_could_take_in_time_is_not_lost(kept_waiting: float, lost: bool) -> None:  # noqa: FBT001
    """A target that waits a second for its receiver may give up where the machine took most of that second."""
    waits = Outstanding[str](law_context(), SECONDS, waits=lambda _began, _ended: kept_waiting, attempt=1.0)
    waits.take(Attributed((NONE,)), "here")
    (exchange,), _ = waits.rest(ENDED + SECONDS + 1, ())
    broken = law_of("event-for-success").breaches(exchange, law_context()[kept.operation().id])
    assert (lost, not lost) == (bool(broken), waits.kept_waiting == (NONE.case.label,))


@pytest.mark.parametrize(("part", "excused"), [(0.1, False), (0.9, True)])
def test_what_the_machine_kept_waiting_is_not_too_late(part: float, excused: bool) -> None:  # noqa: FBT001 -- a column
    """An event that comes later than promised, as the target had no processor, accuses nobody; and it is told."""
    operation = kept.operation()
    terms = DeliveryTerms(answer="any", within_ms=1000)
    operation = replace(operation, events=tuple(replace(event, delivery=terms) for event in operation.events))
    contexts = {operation.id: replace(kept.law_context(), operation=operation)}
    waits = Outstanding[str](contexts, SECONDS, waits=lambda began, ended: part * (ended - began))
    waits.take(Attributed((NONE,)), "here")
    ready, _ = waits.take(late(4), "here")
    waits.rest(ENDED + SECONDS, ())
    (exchange,) = ready.exchanges
    broken = law_of("first-attempt-in-time").breaches(exchange, contexts[operation.id])
    assert (excused, not excused) == (waits.kept_waiting == (NONE.case.label,), bool(broken))


@pytest.mark.parametrize(("after", "seconds"), [(2.0, SECONDS), (8.0, 16.0), (40.0, LONGEST_OUTSTANDING)])
def test_the_time_that_an_event_has_is_learned(after: float, seconds: float) -> None:
    """What came late has the next one wait for twice as long; there is an end to it."""
    waits = outstanding()
    waits.take(Attributed((NONE,)), "here")
    waits.take(late(after), "here")
    assert seconds == waits.seconds


def test_no_more_than_so_many_are_held() -> None:
    """The oldest go first, and are accused of nothing."""
    waits = outstanding()
    many = tuple(replace(NONE, number=number) for number in range(1, MOST + 3))
    ready, seen = waits.take(Attributed(many), "here")
    assert (MOST, [1, 2], [True, True], [1, 2]) == (
        len(waits),
        [e.number for e in ready.exchanges],
        [e.unheard for e in ready.exchanges],
        list(seen),
    )


def test_no_more_than_so_much_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are kept whole, as what was cut can't be judged."""
    monkeypatch.setattr("bothends.engine.play.late_events.MOST_BYTES", 1000)
    waits = outstanding()
    long = tuple(replace(NONE, number=n, answer=kept.answer(body=b"x" * 400)) for n in (1, 2, 3))
    ready, _ = waits.take(Attributed(long), "here")
    assert ([1], 2) == ([e.number for e in ready.exchanges], len(waits))
    (second, third), _ = waits.rest(ENDED, ())
    assert [long[1].answer, long[2].answer] == [second.answer, third.answer]
    ready, _ = waits.take(Attributed(long[:2]), "here")
    assert () == ready.exchanges
