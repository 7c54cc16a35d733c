"""Gathering cases into batches: none is lost or doubled, and none runs with what it must not run with."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby, islice, repeat
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.play.batches import LARGEST, LARGEST_OF_MANY, MANY, WAITING, Batch, batches_of
from bothends.records import Case, Expectation, Request
from tests.in_words import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.records import Condition

REQUEST = Request("POST", "/")
HANGS, SIGNED_OUT = conditions("the ingest hangs", "signed out")
STATES = st.sampled_from([(), (HANGS,), (HANGS, SIGNED_OUT), (SIGNED_OUT,)])
KINDS = st.lists(
    st.tuples(STATES, st.booleans(), st.sampled_from(["a", "b"]), st.sampled_from([False, False, False, True])),
    max_size=40,
)


def world_states(case: Case) -> tuple[Condition, ...]:
    """Return the states of a case that are about the world."""
    return tuple(condition for condition in case.given if condition != SIGNED_OUT)


def made(kinds: list[tuple[tuple[Condition, ...], bool, str, bool]], times: int = 1) -> list[Case]:
    """Return a case of each kind, numbered; some kinds many times over."""
    return [
        Case("op", family, f"{index}", REQUEST, states, Expectation(refused=refused), exclusive=alone)
        for index, (states, refused, family, alone) in enumerate(kinds * times)
    ]


@given(KINDS, st.integers(1, 8))
def test_no_case_is_lost_or_doubled(kinds: list[tuple[tuple[Condition, ...], bool, str, bool]], times: int) -> None:
    """Each case is in one batch."""
    cases = made(kinds, times)
    gathered = Counter(case.name for batch in batches_of(cases) for case in batch.cases)
    assert Counter(case.name for case in cases) == gathered


@given(KINDS, st.integers(1, 8))
def test_what_runs_together_can_be_judged_together(
    kinds: list[tuple[tuple[Condition, ...], bool, str, bool]], times: int
) -> None:
    """A batch has one state of the world, and all of it is refused, as one family, or none of it."""
    for batch in batches_of(made(kinds, times)):
        assert 1 <= len(batch.cases) <= LARGEST
        assert {batch.given} == {world_states(case) for case in batch.cases}
        assert len({case.family if case.expect.refused else "" for case in batch.cases}) == 1
        if any(case.exclusive for case in batch.cases):
            assert (1, 1) == (len(batch.cases), batch.concurrency)
        else:
            assert batch.concurrency is None


@given(KINDS, st.integers(1, 8))
def test_order_is_kept_among_cases_of_one_kind(
    kinds: list[tuple[tuple[Condition, ...], bool, str, bool]], times: int
) -> None:
    """Cases of one state and one expectation come in the order in which they were made."""
    latest: dict[object, int] = {}
    for batch in batches_of(made(kinds, times)):
        for case in batch.cases:
            kind = (batch.given, case.expect.refused, case.family if case.expect.refused else "", case.exclusive)
            assert latest.get(kind, -1) < int(case.name)
            latest[kind] = int(case.name)


@given(KINDS)
def test_no_batch_waits_for_another_state(kinds: list[tuple[tuple[Condition, ...], bool, str, bool]]) -> None:
    """The world changes its state no more often than the plan does."""
    cases = made(kinds)
    planned = [state for state, _ in groupby(world_states(case) for case in cases)]
    assert planned == [state for state, _ in groupby(batch.given for batch in batches_of(cases))]


def test_cases_are_drawn_as_they_are_needed() -> None:
    """An endless source of cases fills batch after batch."""
    drawn = 0

    def endless() -> Iterator[Case]:
        nonlocal drawn
        for case in repeat(Case("op", "success", "usual", REQUEST)):
            drawn += 1
            yield case

    batches = list(islice(batches_of(endless()), 3))
    assert [LARGEST] * 3 == [len(batch.cases) for batch in batches]
    assert LARGEST * 3 == drawn


def test_of_many_cases_batches_are_larger() -> None:
    """The later batches of a kind are large; another kind begins with small ones."""
    many = (Case("op", "success", "usual", REQUEST) for _ in range(MANY + 3 * LARGEST_OF_MANY))
    sizes = [len(batch.cases) for batch in batches_of(many)]
    assert [LARGEST] * (MANY // LARGEST) + [LARGEST_OF_MANY] * 3 == sizes


def test_a_batch_names_each_family_once() -> None:
    """In the order of its cases."""
    cases = tuple(Case("op", family, "x", REQUEST) for family in "bab")
    assert ("b", "a") == Batch((), cases).families


def test_the_same_case_in_turn() -> None:
    """A crowd of one that is alone comes one after the other; else all of it comes at once."""
    case = Case("op", "signed-in", "twice", REQUEST, repeat=2)
    (at_once,), (in_turn,) = (list(batches_of([one])) for one in (case, replace(case, exclusive=True)))
    assert (2, 1) == (at_once.concurrency, in_turn.concurrency)
    assert [1, 1] == [one.repeat for one in in_turn.cases]


def test_who_asks_again_comes_after_what_became_of_it_before() -> None:
    """What the first request of a person left behind may be what the second one shows; a stranger's shows nothing."""
    first = Case("op", "disconnects", "given-up", REQUEST, (HANGS, SIGNED_OUT), exclusive=True)
    again, stranger = replace(first, name="asked-again"), replace(first, name="else", given=(HANGS,))
    one, two, three, four = batches_of([first, again, stranger, stranger])
    assert ((), (one,), (), ()) == (one.prelude, two.prelude, three.prelude, four.prelude)


def test_who_waits_does_so_at_the_same_time_whatever_the_family() -> None:
    """Those that must be refused are apart from others, and each family of them can be played apart."""
    waits, refused = "on a connection of its own", Expectation(refused=True)
    plain = Case("op", "framing", "right", REQUEST, behaviour=waits)
    never = replace(plain, name="never", expect=refused)
    other = replace(never, family="methods")
    usual = replace(never, behaviour="")
    assert [
        Batch((), (plain, replace(plain, family="sizes"))),
        Batch((), (never, other, never)),
        Batch((), (usual,)),
    ] == (batches := list(batches_of([plain, never, other, usual, replace(plain, family="sizes"), never])))
    assert [(), (Batch((), (never, never)), Batch((), (other,))), ()] == [batch.apart for batch in batches]


def test_a_good_request_on_the_same_connection_calls_what_it_does() -> None:
    """So a refused one that is followed by it is not among those of which each call is one too many."""
    two = Case("op", "framing", "two", REQUEST, behaviour="on a connection of its own", following=Expectation())
    two = replace(two, expect=Expectation(refused=True))
    assert [(two,), (replace(two, following=None),)] == [
        batch.cases for batch in batches_of([two, replace(two, following=None)])
    ]


def test_more_of_those_who_wait_are_together() -> None:
    """As many as wait are gone through in one time, not in two."""
    waiting = Case("op", "framing", "right", REQUEST, behaviour="on a connection of its own")
    assert [WAITING, 1] == [len(batch.cases) for batch in batches_of([waiting] * (WAITING + 1))]


def test_one_family_is_enough_for_one_of_its_cases() -> None:
    """What is played again for a finding is not what others of the batch were sent."""
    refused = Expectation(refused=True)
    one, other = (
        Case("op", family, "x", REQUEST, expect=refused, behaviour="on a connection of its own") for family in "ab"
    )
    (batch,) = batches_of([one, other])
    assert [(one,), (other,)] == [batch.around(case).cases for case in (one, other)]
