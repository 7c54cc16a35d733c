"""Events that come behind their answers are waited for, and no longer than it takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.delivery_terms import DeliveryTerms
from bothends.engine.late_events import FIRST_WAIT, LONGEST_WAIT, Arrivals
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Exchange


@dataclass
class Ingests:
    """Stands for a world that only counts what reaches its ingests."""

    arrived: int = 0


def behind(answer: str | None) -> Operation:
    """Return the project's operation, with what its `x-delivery` says of the answer."""
    operation = kept.operation()
    events = tuple(replace(event, delivery=DeliveryTerms(answer=answer)) for event in operation.events)  # type: ignore[arg-type]  # a word of the schema
    return replace(operation, events=events)


def waited(world: Ingests, arrivals: Arrivals, exchanges: Any, *, comes_after: float | None = None) -> float:
    """Return how long was waited for the events of some exchanges, seconds."""

    async def wait() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if comes_after is not None:
            loop.call_later(comes_after, setattr, world, "arrived", world.arrived + len(exchanges))
        await arrivals.of(exchanges, world.arrived)
        return loop.time() - began

    return asyncio.run(wait())


def test_an_event_behind_its_answer_is_waited_for() -> None:
    """The wait is over when it is there."""
    world = Ingests()
    took = waited(world, Arrivals(world, [behind("any")]), [kept.exchange()], comes_after=0.1)  # type: ignore[arg-type]  # it only counts
    assert 0.1 <= took < FIRST_WAIT


def test_an_event_that_the_answer_waited_for_is_not_the_one_behind_it() -> None:
    """Of two callbacks, the answer waits for one: it has arrived before, and the other one is waited for."""
    first, second = behind("after"), behind("any")
    operation = replace(first, events=(*first.events, *(replace(one, name="other") for one in second.events)))
    world = Ingests(arrived=1)
    arrivals = Arrivals(world, [operation])  # type: ignore[arg-type]  # as above

    async def wait() -> float:
        began = asyncio.get_running_loop().time()
        await arrivals.of([kept.exchange()], before=0)
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(wait()) >= FIRST_WAIT


@pytest.mark.parametrize("status", [None, 422])
def test_nothing_is_waited_for(status: int | None) -> None:
    """Neither where the answer waits for the event itself, nor behind a refusal."""
    world = Ingests()
    operation = behind("after" if status is None else "any")
    exchange = kept.exchange() if status is None else kept.exchange(answer=kept.answer(status))
    assert waited(world, Arrivals(world, [operation]), [exchange]) < FIRST_WAIT / 2  # type: ignore[arg-type]  # as above


def test_who_sends_none_is_not_waited_for_each_time() -> None:
    """After a few waits in vain, they become short."""
    world = Ingests()
    arrivals = Arrivals(world, [behind(None)])  # type: ignore[arg-type]  # as above
    times = [waited(world, arrivals, [kept.exchange()]) for _ in range(6)]
    assert times[0] >= FIRST_WAIT
    assert times[-1] < FIRST_WAIT / 2


def test_late_events_are_waited_for_longer_from_then_on() -> None:
    """What came when its batch was over says how late they are; there is an end to it."""
    world = Ingests()
    arrivals = Arrivals(world, [behind("any")])  # type: ignore[arg-type]  # as above
    late = kept.exchange(deliveries=(replace(kept.delivery(), received=kept.exchange().ended + 0.6),))
    arrivals.late(late)
    assert 0.8 <= waited(world, arrivals, [kept.exchange()], comes_after=0.8) < 2 < LONGEST_WAIT


def test_what_is_owed_for_certain_may_be_waited_for_longer() -> None:
    """Where a batch is all that there is; an event that may come, or not, is waited for as ever."""
    world = Ingests()
    certain, doubtful = behind("any"), behind("any")
    doubtful = replace(doubtful, events=tuple(replace(event, when=None) for event in doubtful.events))
    for operation, least, most in ((certain, 0.7, 0.9), (doubtful, FIRST_WAIT, 0.7)):
        arrivals = Arrivals(world, [operation], certain_wait=0.7)  # type: ignore[arg-type]  # as above
        assert least <= waited(world, arrivals, [kept.exchange()]) < most


def test_nothing_comes_of_a_target_that_has_ended() -> None:
    """It is not waited for."""
    world = Ingests()
    arrivals = Arrivals(world, [behind("any")], gone=lambda: True)  # type: ignore[arg-type]  # as above
    assert waited(world, arrivals, [kept.exchange()]) < FIRST_WAIT / 2


@pytest.mark.parametrize(("apart", "least"), [(0.0, 0.1), (0.3, 0.4)])
def test_the_event_of_a_request_that_was_sent_again_has_its_time(apart: float, least: float) -> None:
    """It may come as much later than the first one's as its request did: nobody owes it, so nothing says when."""
    arrivals = Arrivals(Ingests(), [behind("any")])  # type: ignore[arg-type]  # it only counts
    first = kept.exchange()
    sent_again = replace(first, repeats=(replace(first, ended=first.ended + apart),))

    async def held(exchange: Exchange) -> float:
        began = asyncio.get_running_loop().time()
        await arrivals.hold([exchange])
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(held(first)) < 0.1 <= least <= asyncio.run(held(sent_again)) < least + 1
