"""Events that come behind their answers are waited for, and no longer than it takes: by the time of the loop itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import DeliveryTerms, When
from bothends.engine.play import pending
from bothends.engine.play.arrivals import Arrivals
from bothends.engine.play.pending import LIMITS
from bothends.records import Again
from bothends.schemas import Schema
from tests.in_words import condition
from tests.laws import kept
from tests.waiting import in_own_time

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.laws.law import LawContext
    from bothends.records import Condition, Exchange

FAILS = condition("the ingest answers 500")
ALWAYS = When(owed=True)


@dataclass
class Ingests:
    """Stands for a world that only counts what reaches its ingests, and has a fault at most."""

    arrived: int = 0
    others: int = 0
    met: int | None = None
    busy_until: float = 0.0
    changes: int = 1
    ingests: tuple[str, ...] = ("ingest", "other")

    def arrivals(self) -> dict[str, int]:
        """Return what has reached each."""
        return {"ingest": self.arrived, "other": self.others}

    def fired(self) -> dict[Condition, int]:
        """Return how often the fault was met."""
        return {} if self.met is None else {FAILS: self.met}

    def in_progress(self, name: str) -> int:
        """Return whether it is busy."""
        return int(name == "ingest" and asyncio.get_running_loop().time() < self.busy_until)


def behind(answer: str | None) -> Operation:
    """Return the project's operation, with what its `x-delivery` says of the answer."""
    operation = kept.operation()
    events = tuple(replace(event, delivery=DeliveryTerms(answer=answer)) for event in operation.events)  # type: ignore[arg-type]  # a word of the schema
    return replace(operation, events=events)


def contexts(operation: Operation) -> dict[str, LawContext]:
    """Return what is known of an operation, by its id."""
    return {operation.id: replace(kept.law_context(), operation=operation)}


def watching(world: Ingests, contexts: dict[str, LawContext], **more: Any) -> Arrivals:
    """Return what waits, by a clock that says that the first answers have just come."""
    return Arrivals(world, world, contexts, **({"now": lambda: kept.exchange().ended} | more))


def waited(world: Ingests, arrivals: Arrivals, exchanges: Any, *, comes_after: float | None = None) -> float:
    """Return how long was waited for the events of some exchanges, seconds."""

    async def wait() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if comes_after is not None:
            loop.call_later(comes_after, setattr, world, "arrived", world.arrived + len(exchanges))
        await arrivals.of(exchanges, world.arrivals())
        return loop.time() - began

    return in_own_time(wait())


def test_an_event_behind_its_answer_is_waited_for() -> None:
    """The wait is over when it is there."""
    world = Ingests()
    took = waited(world, watching(world, contexts(behind("any"))), [kept.exchange()], comes_after=0.1)
    assert 0.1 <= took < LIMITS.first


def test_an_event_that_the_answer_waited_for_is_not_the_one_behind_it() -> None:
    """Of two callbacks, the answer waits for one: it has arrived before, and the other one is waited for."""
    first, second = behind("after"), behind("any")
    operation = replace(first, events=(*first.events, *(replace(one, name="other") for one in second.events)))
    world = Ingests(arrived=1)
    arrivals = watching(world, contexts(operation))

    async def wait() -> float:
        began = asyncio.get_running_loop().time()
        await arrivals.of([kept.exchange()], before={})
        return asyncio.get_running_loop().time() - began

    assert in_own_time(wait()) >= LIMITS.first


@pytest.mark.parametrize("status", [None, 422])
def test_nothing_is_waited_for(status: int | None) -> None:
    """Neither where the answer waits for the event itself, nor behind a refusal."""
    world = Ingests()
    operation = behind("after" if status is None else "any")
    exchange = kept.exchange() if status is None else kept.exchange(answer=kept.answer(status))
    assert waited(world, watching(world, contexts(operation)), [exchange]) < LIMITS.first / 2


def test_who_sends_none_is_not_waited_for_each_time() -> None:
    """After a few waits in vain, they become short."""
    world = Ingests()
    arrivals = watching(world, contexts(behind(None)))
    times = [waited(world, arrivals, [kept.exchange()]) for _ in range(6)]
    assert times[0] >= LIMITS.first
    assert times[-1] < LIMITS.first


def doubtful() -> Operation:
    """Return the project's operation, whose answers do not say whether an event comes."""
    operation = behind("any")
    return replace(operation, events=tuple(replace(event, when=None) for event in operation.events))


@pytest.mark.parametrize(("passed", "busy", "waits"), [(1.0, 0.0, True), (3.0, 0.0, False), (3.0, 2.0, True)])
def test_an_event_that_never_came_holds_nothing_up(passed: float, busy: float, *, waits: bool) -> None:
    """It has two seconds to come for the first time, in which this machine was not busy with something else."""
    lacks = kept.exchange(deliveries=())
    arrivals = watching(
        Ingests(), contexts(doubtful()), now=lambda: lacks.ended + passed, waits=lambda seconds: min(seconds, busy)
    )
    arrivals.note([lacks])
    assert waits is arrivals.expects(lacks)
    assert waits is not in_own_time(arrivals.of([lacks], before={}))


def test_an_event_that_came_at_last_is_waited_for() -> None:
    """From then on, as others are."""
    lacks = kept.exchange(deliveries=())
    arrivals = watching(Ingests(), contexts(doubtful()), now=lambda: lacks.ended + 3.0)
    arrivals.note([lacks])
    assert not arrivals.expects(lacks)
    came = kept.delivery(callback=doubtful().events[0].name)
    arrivals.note([kept.exchange(deliveries=(came,))])
    assert arrivals.expects(lacks)


def test_an_event_that_is_owed_is_waited_for_though_it_never_came() -> None:
    """That it is lost is for the laws to say, when it had its time."""
    lacks = kept.exchange(deliveries=())
    arrivals = watching(Ingests(), contexts(behind("any")), now=lambda: lacks.ended + 3.0)
    arrivals.note([lacks])
    assert arrivals.expects(lacks)


def test_late_events_are_waited_for_longer_from_then_on() -> None:
    """What came when its batch was over says how late they are; there is an end to it."""
    world = Ingests()
    arrivals = watching(world, contexts(behind("any")))
    late = kept.exchange(deliveries=(replace(kept.delivery(), received=kept.exchange().ended + 0.6),))
    arrivals.late(late)
    assert 0.8 <= waited(world, arrivals, [kept.exchange()], comes_after=0.8) < 2 < LIMITS.batch


def test_while_a_target_has_requests_to_answer_no_event_is_late() -> None:
    """Its events come as soon as a crowd is over, and that is when the next wait begins as well."""
    world, first = Ingests(), kept.exchange()
    last = replace(first, number=2, ended=first.ended + 9.0)
    arrivals = watching(world, contexts(behind("any")))
    waited(world, arrivals, [first, last])
    arrivals.late(replace(first, deliveries=(replace(kept.delivery(), received=last.ended + 0.6),)))
    assert 0.8 <= waited(world, arrivals, [first], comes_after=0.8) < 2
    assert LIMITS.first <= waited(world, arrivals, [first]) < 2


def test_what_is_owed_for_certain_may_be_waited_for_longer() -> None:
    """Where a batch is all that there is; an event that may come, or not, is waited for as ever."""
    world = Ingests()
    certain, doubtful = behind("any"), behind("any")
    doubtful = replace(doubtful, events=tuple(replace(event, when=None) for event in doubtful.events))
    for operation, least, most in ((certain, 0.7, 0.9), (doubtful, LIMITS.first, 0.7)):
        arrivals = watching(world, contexts(operation), certain_wait=0.7)
        assert least <= waited(world, arrivals, [kept.exchange()]) < most


def test_nothing_comes_of_a_target_that_has_ended() -> None:
    """It is not waited for."""
    world = Ingests()
    arrivals = watching(world, contexts(behind("any")), gone=lambda: True)
    assert waited(world, arrivals, [kept.exchange()]) < LIMITS.first / 2


@pytest.mark.parametrize(("apart", "least"), [(0.0, 0.1), (0.3, 0.4)])
def test_the_event_of_a_request_that_was_sent_again_has_its_time(apart: float, least: float) -> None:
    """It may come as much later than the first one's as its request did: nobody owes it, so nothing says when."""
    arrivals = watching(Ingests(), contexts(behind("any")))
    first = kept.exchange()
    sent_again = replace(first, repeats=(replace(first, ended=first.ended + apart),))

    async def held(exchange: Exchange) -> float:
        began = asyncio.get_running_loop().time()
        await arrivals.hold([exchange], began)
        return asyncio.get_running_loop().time() - began

    assert in_own_time(held(first)) < 0.1 <= least <= in_own_time(held(sent_again)) < least + 1


def test_the_events_of_another_ingest_are_not_those_that_are_waited_for() -> None:
    """Each ingest has its own number."""
    world = Ingests()
    arrivals = watching(world, contexts(behind("any")), certain_wait=5.0)

    async def wait() -> tuple[bool, int]:
        before = world.arrivals()
        world.others = 7
        asyncio.get_running_loop().call_later(0.2, setattr, world, "arrived", 1)
        return await arrivals.of([kept.exchange()], before), world.arrived

    assert (True, 1) == in_own_time(wait())


def on_condition(status: int) -> Operation:
    """Return the operation with an event that is owed where an answer has a status."""
    operation = behind("any")
    when = When(owed=True, conditions=(("status", Schema({"const": status})),))
    return replace(operation, events=tuple(replace(event, when=when) for event in operation.events))


@pytest.mark.parametrize(("status", "waits"), [(200, True), (201, False)])
def test_an_event_whose_condition_does_not_hold_is_not_waited_for(status: int, waits: bool) -> None:  # noqa: FBT001 -- a column of a table
    """The contract says that none comes."""
    assert waits is (waited(Ingests(), watching(Ingests(), contexts(on_condition(status))), [kept.exchange()]) > 0.4)


def test_a_request_that_repeats_another_causes_no_event() -> None:
    """One event is there: no other one is waited for."""
    first, second = behind("after"), behind("any")
    operation = replace(first, events=(*first.events, *(replace(one, name="other") for one in second.events)))
    world, exchange = Ingests(arrived=2), kept.exchange()
    repeated = replace(exchange, first=exchange, again=Again(exchange.case.expect))
    arrivals = watching(world, contexts(operation))

    async def wait() -> float:
        began = asyncio.get_running_loop().time()
        await arrivals.of([exchange, repeated], before={})
        return asyncio.get_running_loop().time() - began

    assert in_own_time(wait()) < LIMITS.first / 2


def test_an_attempt_after_a_fault_does_not_say_how_late_events_are() -> None:
    """Its first attempt may have found nobody."""
    made = kept.exchange(deliveries=(replace(kept.delivery(), received=kept.exchange().ended + 5.0),))
    faulty = replace(made, case=replace(made.case, given=(FAILS,)))
    world = Ingests()
    arrivals = watching(world, contexts(behind("any")))
    arrivals.late(faulty)
    arrivals.late(made, failed=True)
    assert waited(world, arrivals, [kept.exchange()]) < 5


def met(world: Ingests, operation: Operation, *, at: float | None = None, exchange: Exchange | None = None) -> float:
    """Return how long was waited until the fault of the ingest was met, seconds."""
    world.met = 0

    async def wait() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if at is not None:
            loop.call_later(at, setattr, world, "met", 1)
        await watching(world, contexts(operation)).met([exchange or kept.exchange()], (FAILS,), 1)
        return loop.time() - began

    return in_own_time(wait())


def within(milliseconds: int | None, *, when: When | None = ALWAYS) -> Operation:
    """Return the operation with an event that is to come within a time."""
    operation = behind("any")
    terms = DeliveryTerms(answer="any", within_ms=milliseconds)
    return replace(operation, events=tuple(replace(one, delivery=terms, when=when) for one in operation.events))


def test_a_fault_lasts_until_the_event_that_is_owed_meets_it() -> None:
    """As long as the contract gives the event, and a little more; and no longer than until it is met."""
    assert 0.8 <= met(Ingests(), within(2000), at=0.8) < 2.8
    assert 1.1 <= met(Ingests(), within(100)) < 5


@pytest.mark.parametrize("operation", [within(None), within(3000, when=None)], ids=["no time", "not owed"])
def test_a_fault_that_nothing_has_to_meet_is_soon_over(operation: Operation) -> None:
    """An event that may come has a moment."""
    assert 0.3 <= met(Ingests(), operation) < 3


def test_a_fault_that_nothing_can_meet_is_over_at_once() -> None:
    """No event comes of a refusal, nor of an answer that has waited for it."""
    assert met(Ingests(), within(1000), exchange=kept.exchange(answer=kept.answer(422))) < 0.2
    assert met(Ingests(), behind("after")) < 0.2


def test_what_an_ingest_is_busy_with_does_not_count() -> None:
    """A target that sends one event after the other is still waiting for the one before."""

    async def wait() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        world = Ingests(met=0, busy_until=began + 0.8)
        loop.call_later(1.6, setattr, world, "met", 1)
        await watching(world, contexts(within(10))).met([kept.exchange()], (FAILS,), 1)
        return loop.time() - began

    assert 1.6 <= in_own_time(wait())


def test_a_state_that_is_over_is_not_waited_for() -> None:
    """The next batch of those that wait together may have the same fault, which is then its own to meet."""
    assert met(Ingests(changes=2), within(1000)) < 0.2


def test_waits_in_vain_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a fault lasts a moment, whatever the contract says."""
    monkeypatch.setattr(pending, "LIMITS", replace(LIMITS, meet_in_all=0.5))
    world = Ingests(met=0)
    arrivals = watching(world, contexts(within(1000)))

    async def wait() -> tuple[float, float]:
        clock = asyncio.get_running_loop().time
        began = clock()
        await arrivals.met([kept.exchange()], (FAILS,), 1)
        first = clock()
        await arrivals.met([kept.exchange()], (FAILS,), 1)
        return first - began, clock() - first

    first, second = in_own_time(wait())
    assert first >= 2.0
    assert 0.3 <= second < 1.9


def test_a_fault_that_nobody_sees_lasts_no_longer_for_having_been_waited_for() -> None:
    """What was awaited in vain has passed; a little is always left for another attempt."""
    arrivals = watching(Ingests(), contexts(behind("any")))
    arrivals.late(kept.exchange(deliveries=(replace(kept.delivery(), received=kept.exchange().ended + 2.0),)))
    exchange = kept.exchange()
    exchange = replace(exchange, case=replace(exchange.case, watched=True))

    async def held(before: float) -> float:
        clock = asyncio.get_running_loop().time
        began = clock()
        await arrivals.hold([exchange], began - before)
        return clock() - began

    assert 1.0 <= in_own_time(held(2.3)) < 3
    assert 0.3 <= in_own_time(held(9.0)) < 3
