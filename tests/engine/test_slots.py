"""Slots: what must not be under way at once, as a table and as laws, and what the scheduler starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.play.slots import Claim, Room, Scheduler, Slot, conflicts
from bothends.records import Case, Request
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

HANGS, REFUSES = conditions("the settings hangs", "the ingest answers 500")
STALLS = conditions("the settings stalls in the body")
STATES = st.sampled_from([(), (HANGS,), STALLS, (REFUSES,), (HANGS, REFUSES), None])
CLAIMS = st.builds(
    Claim,
    st.integers(0, 2),
    STATES,
    st.sampled_from([frozenset(), frozenset({"ingest"})]),
    st.booleans(),
    st.booleans(),
)
CASE = Case("op", "family", "name", Request("POST", "/"))
WELL, HANGING = Claim(0), Claim(0, (HANGS,))
OWN = Claim(0, own=frozenset({"ingest"}))
MET = Claim(0, None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(WELL, WELL, False, id="good requests"),
        pytest.param(WELL, Claim(1), False, id="good requests of two steps"),
        pytest.param(WELL, HANGING, True, id="a world that is well, and a fault for everybody"),
        pytest.param(HANGING, HANGING, False, id="one fault, of one step"),
        pytest.param(HANGING, Claim(1, (HANGS,)), True, id="one fault, of two steps: nobody knows whose call met it"),
        pytest.param(HANGING, Claim(1, STALLS), True, id="two faults of one service"),
        pytest.param(HANGING, Claim(1, (REFUSES,)), True, id="faults of two services for everybody"),
        pytest.param(MET, Claim(1, STALLS), False, id="one that waits, and the next fault"),
        pytest.param(MET, replace(WELL, alone=True), False, id="one that waits, and a request that is told by time"),
        pytest.param(OWN, OWN, False, id="a fault for each of two exchanges"),
        pytest.param(
            replace(OWN, in_turn=True), replace(OWN, step=1, in_turn=True), True, id="the same, which begin in turn"
        ),
        pytest.param(replace(OWN, in_turn=True), replace(OWN, in_turn=True), False, id="two of one step that do"),
        pytest.param(OWN, WELL, False, id="a fault for one exchange, and a good request"),
        pytest.param(OWN, HANGING, True, id="a fault for one exchange that has not met it, and another service's"),
        pytest.param(replace(OWN, state=None), HANGING, False, id="a fault for one exchange, and another service's"),
        pytest.param(replace(OWN, state=None), Claim(1, (REFUSES,)), True, id="the same service's for everybody"),
        pytest.param(replace(WELL, alone=True), WELL, True, id="a request that is told by time, and another"),
        pytest.param(replace(WELL, alone=True), replace(WELL, alone=True), True, id="two that are told by time"),
    ],
)
def test_what_must_not_be_under_way_at_once(one: Claim, other: Claim, *, expected: bool) -> None:
    """The same whichever is under way first."""
    assert (expected, expected) == (conflicts(one, other), conflicts(other, one))


@given(CLAIMS, CLAIMS)
def test_conflicts_are_mutual(one: Claim, other: Claim) -> None:
    """Whoever started first."""
    assert conflicts(one, other) == conflicts(other, one)


@given(CLAIMS, CLAIMS)
def test_what_has_met_its_state_is_in_nobodys_way_but_by_a_service_of_its_own(one: Claim, other: Claim) -> None:
    """A request that waits goes on waiting whatever state the world is in."""
    assert conflicts(replace(one, state=None), other) == bool(one.own & other.services)


@given(CLAIMS, CLAIMS)
def test_two_faults_for_everybody_are_one_after_the_other(one: Claim, other: Claim) -> None:
    """But where both are one step's, in one state."""
    if one.state and other.state and not conflicts(one, other):
        assert (one.step, one.state) == (other.step, other.state)


@st.composite
def plans(draw: st.DrawFn) -> Sequence[Slot]:
    """Return slots of a few kinds, some of which follow one before them."""
    rooms = [Room("a", draw(st.integers(1, 3))), Room("b", 1)]
    slots: list[Slot] = []
    for place in range(draw(st.integers(0, 12))):
        follows = draw(st.one_of(st.none(), st.integers(0, place - 1))) if place else None
        slots.append(Slot(place, CASE, draw(CLAIMS), draw(st.sampled_from(rooms)), follows))
    return slots


@given(plans(), st.data())
def test_each_slot_is_started_once_and_beside_nothing_that_it_conflicts_with(
    slots: Sequence[Slot], data: st.DataObject
) -> None:
    """What is over makes room, and so nothing waits for ever; what follows a slot starts when that is over."""
    scheduler = Scheduler(slots)
    started: list[int] = []
    over: set[int] = set()
    while len(over) < len(slots):
        while (slot := scheduler.next()) is not None:
            others = [one for one in scheduler.under_way if one.place != slot.place]
            assert not any(conflicts(slot.claim, one.claim) for one in others)
            assert sum(one.room == slot.room for one in others) < slot.room.most
            assert slot.follows is None or slot.follows in over
            started.append(slot.place)
        assert scheduler.under_way, "something waits, and nothing is under way"
        done = data.draw(st.sampled_from(scheduler.under_way))
        if data.draw(st.booleans()):
            scheduler.met(done.claim.step)
        else:
            scheduler.over(done)
            over.add(done.place)
    assert sorted(started) == [slot.place for slot in slots]
    assert (None, (), []) == (scheduler.next(), scheduler.under_way, scheduler.left_out)


@given(st.integers(1, 5), st.integers(0, 20))
def test_what_conflicts_with_nothing_starts_in_order(most: int, count: int) -> None:
    """As many at once as there is room for."""
    scheduler = Scheduler(Slot(place, CASE, WELL, Room("", most)) for place in range(count))
    first = [scheduler.next() for _ in range(most)]
    assert [place if place < count else None for place in range(most)] == [one and one.place for one in first]
    assert scheduler.next() is None


def test_what_may_start_does_not_wait_for_what_may_not() -> None:
    """One room is full, or one slot waits for another state: a later one starts."""
    full, free = Room("full", 1), Room("free", 9)
    slots = [Slot(0, CASE, WELL, full), Slot(1, CASE, WELL, full), Slot(2, CASE, HANGING, free)]
    scheduler = Scheduler([*slots, Slot(3, CASE, WELL, free)])
    assert [0, 3, None] == [one and one.place for one in (scheduler.next() for _ in range(3))]


def test_the_next_state_begins_when_the_one_before_is_met() -> None:
    """All that is under way of the step has met it by then; a slot of its own rank goes on waiting."""
    room = Room("", 9)
    scheduler = Scheduler(
        [Slot(0, CASE, HANGING, room), Slot(1, CASE, HANGING, room), Slot(2, CASE, Claim(1, STALLS), room)]
    )
    assert [0, 1, None] == [one and one.place for one in (scheduler.next() for _ in range(3))]
    scheduler.met(0)
    later = scheduler.next()
    assert (2, 3) == (later and later.place, len(scheduler.under_way))


def test_what_follows_one_that_does_not_go_on_is_left_out() -> None:
    """And what follows that; another row goes on."""
    room = Room("", 1)
    slots = [Slot(0, CASE, OWN, room), *(Slot(n, CASE, WELL, room, n - 1) for n in (1, 2)), Slot(3, CASE, OWN, room)]
    scheduler = Scheduler(slots)
    first = scheduler.next()
    assert first is not None
    scheduler.over(first, goes_on=False)
    assert [1, 2] == [one.place for one in scheduler.left_out]
    last = scheduler.next()
    assert (3, None) == (last and last.place, scheduler.next())


def test_nothing_is_started_after_a_stop() -> None:
    """What is under way is over in its own time; what follows it is left out as well."""
    room = Room("", 1)
    scheduler = Scheduler([Slot(0, CASE, WELL, room), Slot(1, CASE, WELL, room), Slot(2, CASE, WELL, room, 0)])
    first = scheduler.next()
    assert first is not None
    assert [1, 2] == [one.place for one in scheduler.stop()]
    scheduler.over(first)
    assert ([], [1, 2]) == (scheduler.stop(), [one.place for one in scheduler.left_out])
    assert scheduler.next() is None
