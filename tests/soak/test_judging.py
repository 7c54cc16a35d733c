"""What a companion says of its exchanges: at once where it can, and of a missing event only when all is known."""

from __future__ import annotations

from typing import Any

import pytest

from bothends.engine.play import LIMITS
from bothends.engine.testbed.machine import Measurements, Sample
from bothends.engine.tie.answered import Address
from bothends.engine.tie.keys import Keys
from bothends.records import Exchange, NoAnswer
from bothends.soak.judging import REMEMBERED, Judging
from bothends.soak.plan import OperationsOf, Plan
from bothends.soak.routing import Names
from bothends.soak.supply import judge_of
from tests.laws import kept

URL = "http://127.0.0.1:4100"
LATER = 60.0


def judging() -> Judging:
    """Return one that has judged nothing yet, on a machine that has all the time there is."""
    contexts = {kept.operation().id: kept.law_context()}
    plan = Plan((kept.exchange().case,), ())
    keys = Keys(kept.SEED)
    return Judging(
        kept.contract(),
        judge_of(contexts),
        contexts,
        Names(kept.contract(), kept.SEED, keys, OperationsOf(plan)),
        seed=kept.SEED,
        addresses={"ingest": Address(URL, kept.KEY)},
        keys=keys,
        machine=Measurements(Sample(kept.BEGAN + 3600.0, 0.0, 0.0)),
        finding_context=kept.law_context().finding_context,
    )


def answered(one: Judging, *numbers: int, **changes: Any) -> list[Exchange]:
    """Have exchanges sent and answered; their events have not come."""
    exchanges = [kept.exchange(number, deliveries=(), calls=(), **changes) for number in numbers]
    for exchange in exchanges:
        one.begin(exchange.number)
        one.answer(exchange, busy=False)
    return exchanges


def laws(one: Judging) -> dict[str, int]:
    """Return how many breaches of each law were found."""
    found: dict[str, int] = {}
    for group in one.tally().groups:
        found[group.key.law] = found.get(group.key.law, 0) + group.finding.count
    return found


def test_what_is_whole_is_judged_at_once() -> None:
    """An exchange whose event is there waits for nothing."""
    one = judging()
    (exchange,) = answered(one, 1)
    one.take([kept.delivery(1)], [kept.call(1)])
    one.step(exchange.ended)
    tally = one.tally()
    assert (1, 1, 1, {}) == (tally.made, tally.judged, tally.events, laws(one))
    assert not one.lacks


def test_an_event_may_come_before_the_answer() -> None:
    """It waits for its exchange, however long that takes."""
    one = judging()
    one.begin(1)
    one.take([kept.delivery(1)], [kept.call(1)])
    one.step(kept.BEGAN + LATER)
    one.answer(kept.exchange(1, deliveries=(), calls=()), busy=False)
    one.step(kept.BEGAN + LATER)
    assert (1, {}) == (one.tally().judged, laws(one))


def test_an_event_is_lost_when_all_is_known_that_had_arrived() -> None:
    """As long as the hub has not handed on what came in that time, nothing is said."""
    one = judging()
    (exchange,) = answered(one, 1)
    one.step(exchange.ended + LATER)
    assert (0, {}) == (one.tally().judged, laws(one))
    one.drained = exchange.ended + 1.0
    one.step(exchange.ended + LATER)
    assert (0, {}) == (one.tally().judged, laws(one))
    one.drained = exchange.ended + LATER
    one.step(exchange.ended + LATER)
    assert (1, {"event-for-success": 1}) == (one.tally().judged, laws(one))


def test_a_late_event_completes_an_exchange_that_was_held() -> None:
    """That the exchange waited for it changes nothing of what is said."""
    one = judging()
    (exchange,) = answered(one, 1)
    one.step(exchange.ended + LATER)
    one.take([kept.delivery(1)], [kept.call(1)])
    one.step(exchange.ended + LATER)
    assert (1, 1, {}) == (one.tally().judged, one.tally().events, laws(one))


def test_an_event_that_is_doubled_is_not_the_one_that_is_lost() -> None:
    """Both are told at one time, of two exchanges, and neither is taken for an event with another's identity."""
    one = judging()
    lost, doubled = answered(one, 1, 2, began=kept.BEGAN, ended=kept.BEGAN + 1.0)
    again = kept.delivery(3, event=kept.event(2, id="another"), identity="id another")
    one.take([kept.delivery(2), again], [kept.call(2)])
    one.step(lost.ended + LIMITS.at_once * 2)
    one.drained = doubled.ended + LATER
    one.step(doubled.ended + LATER)
    assert {"event-for-success": 1, "one-event": 1} == laws(one)


def test_what_was_not_waited_for_is_not_lost() -> None:
    """At the end of a soak that was broken off, a missing event may be under way."""
    one = judging()
    (exchange,) = answered(one, 1)
    one.finish(exchange.ended)
    assert (0, 1, {}) == (one.tally().judged, one.tally().unheard, laws(one))


def test_a_breach_is_counted_once_however_often_its_exchange_is_judged() -> None:
    """A second event that comes late has the exchange judged again: what was wrong before is not wrong twice."""
    one = judging()
    (exchange,) = answered(one, 1, answer=kept.answer(200, {"success": True}))
    one.take([kept.delivery(1)], [kept.call(1)])
    one.step(exchange.ended)
    before = laws(one)
    assert before
    one.take([kept.delivery(2, event=kept.event(1, id="another"), identity="id another")], [])
    one.step(exchange.ended)
    assert {**before, "one-event": 1} == laws(one)
    assert 1 == one.tally().judged


def test_what_arrives_for_a_request_without_an_end_accuses_nobody() -> None:
    """Its client was stopped: nobody knows what came of it, and its event is no phantom."""
    one = judging()
    one.begin(1)
    one.abandon(1)
    one.take([kept.delivery(1)], [kept.call(1)])
    one.finish(kept.BEGAN + LATER)
    assert (0, 1, {}) == (one.tally().judged, one.tally().abandoned, laws(one))


def test_an_event_of_a_request_that_was_never_sent_is_a_phantom() -> None:
    """Nothing has caused it."""
    one = judging()
    one.begin(1)
    one.never_sent([1])
    one.take([kept.delivery(1)], [])
    one.finish(kept.BEGAN + LATER)
    assert {"no-phantom": 1} == laws(one)


def test_an_event_for_an_exchange_that_is_forgotten_is_counted() -> None:
    """It may be one too many, or one that was missing: nobody can say."""
    one = judging()
    for first in range(1, REMEMBERED + 2, 512):
        numbers = range(first, min(first + 512, REMEMBERED + 2))
        exchanges = answered(one, *numbers, answer=kept.answer(500))
        one.step(exchanges[-1].ended)
    before = laws(one)
    one.take([kept.delivery(1)], [])
    one.step(kept.BEGAN + LATER)
    assert (1, before) == (one.tally().forgotten, laws(one))


def test_nothing_is_judged_before_the_machine_is_known() -> None:
    """How long the target waited for a processor is told from elsewhere, and may come late."""
    one = judging()
    began = kept.BEGAN + 3600.0 + 1
    answered(one, 1, answer=NoAnswer("timeout"), began=began, ended=began + 10)
    one.step(began + LATER)
    assert (0, {}) == (one.tally().judged, laws(one))
    one.finish(began + LATER)
    assert (0, 1, {}) == (one.tally().judged, one.tally().busy, laws(one))


@pytest.mark.parametrize(("waited", "late"), [(0.0, {}), (5.0, {"success/usual": 1})])
def test_a_busy_machine_is_no_fault_of_the_target(waited: float, late: dict[str, int]) -> None:
    """No answer in time is a breach, unless the machine kept the target waiting."""
    one = judging()
    machine = one._machine  # noqa: SLF001 -- what the hub tells of its machine
    machine.add([Sample(kept.BEGAN + 3600.0 + 1, 0.0, 0.0), Sample(kept.BEGAN + 3600.0 + 11, waited, 0.0)])
    began = kept.BEGAN + 3600.0 + 1
    (exchange,) = answered(one, 1, answer=NoAnswer("timeout"), began=began, ended=began + 10)
    one.step(exchange.ended + LIMITS.at_once * 2)
    assert late == dict(one.tally().late)
    assert bool(laws(one)) is not bool(late)
