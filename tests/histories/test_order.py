"""The checker: what some order explains is right, and what it calls broken no order explains."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.histories import Decision, History, HistoryObject, Outcome, order_of, records_of
from tests.histories.all_small import every_history, overlaps
from tests.histories.oracle import explained
from tests.histories.series import compared, series
from tests.histories.short import create, delete, history, judged, read, write
from tests.histories.simulated import ALL_AT_ONCE, REMOVED, SHAPES, TWO_MEMBERS, chance, edited, right

if TYPE_CHECKING:
    from bothends.histories import OrderVerdict, Read, Write

seeds = st.integers(0, 1 << 32).map(Random)
shapes = st.sampled_from(sorted(SHAPES))


def whole(history: History, *, preconditions: bool = True, budget: int = 100_000) -> OrderVerdict:
    """Return the verdict on the only object of a history."""
    (record,) = records_of(history)
    return order_of(record, preconditions=preconditions, budget=budget)


@pytest.mark.parametrize("name", SHAPES)
def test_the_checker_says_what_the_oracle_says(name: str) -> None:
    """Of each history in a series, right ones and wrong ones; and it decides all of them."""
    counts, wrong = series(SHAPES[name], 400, seed=11)
    assert ([], {"right", "broken"}) == (wrong, {checker for checker, _ in counts})
    assert counts["broken", "broken"] > 50


def test_the_checker_says_what_the_oracle_says_of_every_small_history() -> None:
    """Of each of up to two operations, and of some of three."""
    assert [1, 3, 19] == [len(overlaps(count)) for count in (1, 2, 3)]
    for members in (("a",), ("a", "b")):
        some = [*every_history(1, members), *every_history(2, members), *islice(every_history(3, members), 0, None, 29)]
        said = [compared(each, preconditions=False) for each in some]
        assert [] == [each for each, (checker, oracle) in zip(some, said, strict=True) if checker != oracle]


@pytest.mark.long
@pytest.mark.parametrize("members", [("a",), ("a", "b")])
@pytest.mark.parametrize("count", [3, 4])
def test_the_checker_says_what_the_oracle_says_of_every_history(count: int, members: tuple[str, ...]) -> None:
    """Of each of up to four operations, on one member or two."""
    assert 207 == len(overlaps(4))
    for each in every_history(count, members):
        checker, oracle = compared(each, preconditions=False)
        assert checker == oracle, each


@pytest.mark.long
@pytest.mark.parametrize("name", SHAPES)
def test_the_checker_says_what_the_oracle_says_of_many(name: str) -> None:
    """Of 30,000 histories of each shape; and of those of nine operations."""
    assert [] == series(SHAPES[name], 30_000, seed=12)[1]
    assert [] == series(replace(SHAPES[name], most=9), 5_000, seed=13)[1]


def test_a_right_target_is_never_called_broken() -> None:
    """Whatever it is asked: the series begin with these."""
    random = chance(5)
    for shape in SHAPES.values():
        for _ in range(50):
            drawn = right(random, shape)
            assert Decision.RIGHT is whole(drawn).decision, drawn


ANOMALIES: dict[str, tuple[bool, tuple[Write | Read, ...]]] = {
    "G0, dirty write: two writes are each the last one of a member": (
        False,
        (write("w", 0, 1, a=1, b=1), write("x", 0, 1, a=2, b=2), read("r", 2, 3, a=1, b=2)),
    ),
    "G1a, aborted read: a refused write is seen": (False, (write("w", 0, 1, 409, a=1), read("r", 2, 3, a=1))),
    "G1b, intermediate read: half of a write is seen": (
        False,
        (write("w", 0, 1, a=1, b=1), read("r", 0, 1, a=1, b="b-first")),
    ),
    "G1c, circular flow: two readings see two writes in opposite orders": (
        False,
        (
            *(write("w", 0, 9, a=1), write("x", 0, 9, b=2)),
            *(read("r", 1, 8, a=1, b="b-first"), read("s", 1, 8, a="a-first", b=2)),
        ),
    ),
    "G-single, read skew: a member of now beside one of then": (
        False,
        (write("w", 0, 1, a=1), write("x", 2, 3, b=2), read("r", 2, 5, a="a-first", b=2)),
    ),
    "fuzzy read: a value is there, is not, and is again": (
        False,
        (write("w", 0, 9, a=1), read("r", 1, 2, a=1), read("s", 3, 4, a="a-first")),
    ),
    "stale read: an acknowledged write is not seen": (False, (write("w", 0, 1, a=1), read("r", 2, 3, a="a-first"))),
    "future read: a write is seen before it begins": (False, (read("r", 0, 1, a=1), write("w", 2, 3, a=1))),
    "lost write: an older write comes back": (
        False,
        (write("w", 0, 1, a=1), write("x", 2, 3, a=2), read("r", 4, 5, a=1)),
    ),
    "a write in doubt that goes and comes": (
        False,
        (write("w", 0, 1, 500, a=1), read("r", 2, 3, a=1), read("s", 4, 5, a="a-first")),
    ),
    "a removed object that is still read": (False, (delete("d", 0, 1), read("r", 2, 3, a="a-first", b="b-first"))),
    "an object that is gone without a removal": (False, (read("r", 0, 1),)),
    "overlaps: either order is right": (
        True,
        (write("w", 0, 9, a=1), write("x", 0, 9, a=2), read("r", 1, 8, a=1), read("s", 10, 11, a=2)),
    ),
    "one end that is another's begin: they overlap": (True, (write("w", 0, 1, a=1), read("r", 1, 2, a="a-first"))),
    "disjoint PATCHes mix": (
        True,
        (write("w", 0, 2, a=1), write("x", 1, 3, b=2), read("r", 4, 5, a=1, b=2), read("s", 1, 3, a=1, b="b-first")),
    ),
    "a write in doubt that never takes effect": (True, (write("w", 0, 1, 500, a=1), read("r", 2, 3, a="a-first"))),
    "a write in doubt that takes effect late, after others": (
        True,
        (write("w", 0, 1, 202, a=1), write("x", 2, 3, a=2), read("r", 4, 5, a=2), read("s", 6, 7, a=1)),
    ),
    "a refused write that is not seen": (True, (write("w", 0, 1, 422, a=1), read("r", 2, 3, a="a-first"))),
    "a PUT that makes the object anew": (
        True,
        (delete("d", 0, 1), read("r", 2, 3), write("w", 4, 5, a=1, b=1), read("s", 6, 7, a=1, b=1)),
    ),
    "a PATCH of an object that is gone": (True, (delete("d", 0, 1), write("w", 2, 3, a=1), read("r", 4, 5))),
    "a removal that overlaps a reading": (True, (delete("d", 0, 9), read("r", 1, 2), read("s", 0, 3, a="a-first"))),
}
"""By the names of A. Adya, "Weak consistency" (1999), and of Elle (K. Kingsbury, P. Alvaro, 2020)."""


@pytest.mark.parametrize("name", ANOMALIES)
def test_anomalies(name: str) -> None:
    """What no order explains is broken, with operations that show it; what looks like it and is right, is right."""
    is_right, parts = ANOMALIES[name]
    assert is_right == explained(history(*parts), "it")
    verdict = judged(*parts)
    assert (Decision.RIGHT if is_right else Decision.BROKEN) is verdict.decision
    assert is_right == (not verdict.operations)


PREMISES: dict[str, tuple[tuple[Write | Read, ...], tuple[Write | Read, ...]]] = {
    "202 is in doubt": (
        (write("w", 0, 1, 202, a=1), read("r", 2, 3, a="a-first")),
        (write("w", 0, 1, 200, a=1), read("r", 2, 3, a="a-first")),
    ),
    "429 is in doubt, as a proxy answers it too": (
        (write("w", 0, 1, 429, a=1), read("r", 2, 3, a=1)),
        (write("w", 0, 1, 422, a=1), read("r", 2, 3, a=1)),
    ),
    "what is in doubt may take effect after later writes": (
        (write("w", 0, 1, 500, a=1), write("x", 2, 3, a=2), read("r", 4, 5, a=2), read("s", 6, 7, a=1)),
        (write("w", 0, 1, 200, a=1), write("x", 2, 3, a=2), read("r", 4, 5, a=2), read("s", 6, 7, a=1)),
    ),
    "a request ends after the last byte of its answer": (
        (write("w", 0, 3, a=1), read("r", 2, 4, a="a-first")),
        (write("w", 0, 1, a=1), read("r", 2, 4, a="a-first")),
    ),
    "a request begins before its first byte is sent": (
        (write("w", 0, 2, a=1), read("r", 1, 4, a="a-first")),
        (write("w", 0, 2, a=1), read("r", 3, 4, a="a-first")),
    ),
    "values are of one write": (
        (write("w", 0, 1, a=1), write("x", 2, 3, a=2), write("y", 4, 5, a=1), read("r", 6, 7, a=1)),
        (write("w", 0, 1, a=1), write("x", 2, 3, a=2), write("y", 4, 5, a=3), read("r", 6, 7, a=1)),
    ),
    "what a PATCH does to other members was seen": (
        (write("w", 0, 1, a=1, b=1), write("x", 2, 3, a=2), read("r", 4, 5, a=2, b=1)),
        (write("w", 0, 1, a=1, b=1), write("x", 2, 3, a=2, b=2), read("r", 4, 5, a=2, b=1)),
    ),
    "members that change without a write are not judged": (
        (write("w", 0, 1, a=1), read("r", 2, 3, a="a counter's")),
        (write("w", 0, 1, a=1), read("r", 2, 3, a="a-first")),
    ),
}


@pytest.mark.parametrize("name", PREMISES)
def test_each_premise_keeps_a_right_history_from_being_accused(name: str) -> None:
    """Under the premise it is right; what would be recorded without it is broken."""
    under, without = PREMISES[name]
    assert [Decision.RIGHT, Decision.BROKEN] == [judged(*under).decision, judged(*without).decision]


def test_nothing_is_said_of_an_object_that_others_change() -> None:
    """Whatever is seen."""
    parts = (write("w", 0, 1, a=1), read("r", 2, 3, a="a-first"))
    verdict = judged(*parts, thing=HistoryObject("it", {"a": "a-first"}, shared=True))
    assert (Decision.UNDECIDED, "others may change the object") == (verdict.decision, verdict.why)


def test_a_success_under_if_match_is_the_immediate_next_write() -> None:
    """Of two successes under one tag one was lost, and none comes between; without the promise, both are right."""
    first = read("r", 0, 1, tag='"1"', a="a-first", b="b-first")
    one = replace(write("w", 2, 3, a=1), if_match='"1"')
    other = replace(write("x", 2, 4, b=1), if_match='"1"')
    assert Decision.BROKEN is judged(first, one, other, preconditions=True).decision
    assert Decision.RIGHT is judged(first, one, other).decision
    assert Decision.RIGHT is judged(first, one, replace(other, status=412), preconditions=True).decision
    between = judged(first, write("y", 1.5, 1.7, b=2), one, preconditions=True)
    assert (Decision.BROKEN, ("r", "y", "w")) == (between.decision, between.operations)
    weak = [replace(each, if_match='W/"1"') for each in (one, other)]
    assert Decision.RIGHT is judged(replace(first, tag='W/"1"'), *weak, preconditions=True).decision


def test_only_one_of_two_creations_under_if_none_match_succeeds() -> None:
    """Both were told that nothing was there."""
    one = replace(create("c", 0, 3, a=1, b=1), if_absent=True)
    other = replace(create("d", 1, 2, a=2, b=2), if_absent=True)
    assert Decision.BROKEN is judged(one, other, there=False, preconditions=True).decision
    assert Decision.RIGHT is judged(one, replace(other, status=412), there=False, preconditions=True).decision
    assert Decision.BROKEN is judged(one, preconditions=True).decision


def test_a_patch_that_makes_the_object() -> None:
    """Only where the target was seen to do it."""
    parts = delete("d", 0, 1), write("w", 2, 3, a=1), read("r", 4, 5, a=1)
    assert Decision.BROKEN is judged(*parts).decision
    making = replace(parts[1], sets={"a": 1, "b": 1}, makes=True)
    assert Decision.RIGHT is judged(parts[0], making, read("r", 4, 5, a=1, b=1)).decision


def test_what_takes_too_long_is_undecided() -> None:
    """A budget of steps, not of time, so that it is the same on each machine."""
    drawn = right(chance(8), replace(ALL_AT_ONCE, most=9))
    assert Decision.UNDECIDED is whole(drawn, budget=0).decision


def test_what_is_named_is_broken_by_itself_and_nothing_can_be_left_out() -> None:
    """The oracle says so of the operations that are named; and each reading among them is needed."""
    random, found = chance(6), 0
    while found < 30:
        drawn = edited(random, right(random, random.choice((TWO_MEMBERS, REMOVED))))
        verdict = whole(drawn, preconditions=False)
        if verdict.decision is not Decision.BROKEN:
            continue
        found += 1
        small = only(drawn, set(verdict.operations))
        assert not explained(small, "it"), drawn
        for each in small.reads:
            assert explained(only(small, {*verdict.operations} - {each.id}), "it"), drawn


def only(drawn: History, wanted: set[str]) -> History:
    """Return the part of a history that has these operations."""
    return replace(
        drawn,
        writes=tuple(each for each in drawn.writes if each.id in wanted),
        reads=tuple(each for each in drawn.reads if each.id in wanted),
    )


@given(seeds, shapes, st.data())
def test_knowing_less_accuses_nobody(random: Random, name: str, data: st.DataObject) -> None:
    """An acknowledgement that was not seen, a longer interval, a reading less: what was right stays right."""
    drawn = edited(random, right(random, SHAPES[name]))
    if whole(drawn).decision is not Decision.RIGHT:
        return
    way = data.draw(st.sampled_from(["acknowledgement", "interval", "reading", "member"]))
    if way == "acknowledgement":
        taken = [
            replace(each, status=504) if each.outcome is Outcome.ACKNOWLEDGED and random.random() < 0.5 else each
            for each in drawn.writes
        ]
        less = replace(drawn, writes=tuple(taken))
    elif way == "interval":
        wider = [
            replace(each, begin=each.begin - 3, end=None if each.end is None else each.end + 3) for each in drawn.writes
        ]
        less = replace(drawn, writes=tuple(wider))
    elif way == "reading":
        # A tag is known by the readings that show it.
        less = replace(drawn, reads=tuple(each for each in drawn.reads if random.random() < 0.5))
    else:
        less = replace(
            drawn, reads=tuple(replace(each, shows={}, tag=None) if not each.absent else each for each in drawn.reads)
        )
    assert Decision.RIGHT is whole(less).decision, less


@given(seeds)
def test_an_object_that_is_always_replaced_needs_no_search(random: Random) -> None:
    """Where it was there from the first, the zones of readings and writes decide."""
    drawn = edited(random, right(random, SHAPES["one register"]))
    drawn = replace(drawn, objects=(HistoryObject("it", {"a": "a0"}),))
    drawn = replace(drawn, reads=tuple(each for each in drawn.reads if not each.absent))
    verdict = whole(drawn, preconditions=False, budget=0)
    assert (Decision.RIGHT if explained(drawn, "it") else Decision.BROKEN) is verdict.decision
