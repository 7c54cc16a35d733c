"""Answers of an upstream that went into another request's event, told from answers that are shared on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.tie.anomalies import misplaced, swapped
from bothends.engine.tie.attribution import Attribution
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange, UpstreamCall


def under_way(*answers_used: int) -> list[Exchange]:
    """Return exchanges that are under way together, whose events carry the answers of these calls."""
    end = kept.began(len(answers_used)) + 0.2
    return [
        kept.exchange(
            number,
            began=kept.BEGAN,
            ended=end,
            deliveries=(kept.delivery(number, event=kept.event(number, data={"appSettings": kept.settings(used)})),),
        )
        for number, used in enumerate(answers_used, 1)
    ]


def found(exchanges: list[Exchange], calls: list[UpstreamCall]) -> set[int]:
    """Return the numbers of the exchanges that are found, as the attribution finds them."""
    bare = [replace(exchange, deliveries=(), calls=()) for exchange in exchanges]
    deliveries = [delivery for exchange in exchanges for delivery in exchange.deliveries]
    tied = Attribution(kept.SEED).tie(bare, deliveries, calls)
    assert {"settings"} >= {upstream for _, upstream in tied.misplaced}
    return {number for number, _ in tied.misplaced}


def calls(count: int) -> list[UpstreamCall]:
    """Return so many calls that were answered."""
    return [kept.call(number) for number in range(1, count + 1)]


def test_one_event_of_each_callback_is_no_surplus() -> None:
    """A request whose event is still to come beside one that causes two: nobody's events were swapped."""
    events = [kept.delivery(n, identity=str(n), callback=name) for n, name in enumerate(("reserved", "placed"), 1)]
    both, none = (replace(e, deliveries=d) for e, d in zip(under_way(1, 2), (tuple(events), ()), strict=True))
    assert {} == swapped([both, none], lambda _: True)
    same = replace(both, deliveries=tuple(replace(event, callback="placed") for event in events))
    assert {1: (2,), 2: (1,)} == swapped([same, none], lambda _: True)


def test_an_event_that_no_ingest_has_stored_is_no_other_callers() -> None:
    """Beside a request that causes two: its own event was sent, and failed."""
    one, other = under_way(1, 2)
    twice = replace(one, deliveries=tuple(kept.delivery(n, identity=str(n)) for n in (1, 3)))
    assert {} == swapped([twice, replace(other, deliveries=(kept.delivery(2, stored=False),))], lambda _: True)
    assert {1: (2,), 2: (1,)} == swapped([twice, replace(other, deliveries=())], lambda _: True)


def test_events_that_are_tied_by_a_guess_are_no_other_callers() -> None:
    """Of two that one request has by a guess, one may be that of the other request."""
    one, other = under_way(1, 2)
    twice = replace(one, deliveries=tuple(kept.delivery(n, identity=str(n)) for n in (1, 3)))
    assert {} == swapped([replace(twice, guessed=True), replace(other, deliveries=())], lambda _: True)


def test_an_event_that_may_be_of_the_one_that_lacks_it_is_no_other_callers() -> None:
    """Two requests with equal values: whose an event is that has them, nobody knows."""
    one, other = under_way(1, 2)
    twice = replace(one, deliveries=tuple(kept.delivery(n, identity=str(n)) for n in (1, 3)))
    pair, numbers = [twice, replace(other, deliveries=())], [(1, 2), (3, 2)]
    assert {1: (2,), 2: (1,)} == swapped(pair, lambda _: True, lambda d, e: (d.number, e.number) not in numbers)
    assert {} == swapped(pair, lambda _: True, lambda d, e: (d.number, e.number) in numbers[1:])


@pytest.mark.parametrize("place", [0, 1])
def test_what_had_to_be_refused_and_was_taken_is_no_partner(place: int) -> None:
    """It has as many events as the target makes of it: none of an empty list, two of a list of two."""
    one, other = under_way(1, 2)
    pair = [replace(one, deliveries=tuple(kept.delivery(n, identity=str(n)) for n in (1, 3)))]
    pair.append(replace(other, deliveries=()))
    assert {1: (2,), 2: (1,)} == swapped(pair, lambda _: True)
    case = pair[place].case
    pair[place] = replace(pair[place], case=replace(case, expect=replace(case.expect, refused=True)))
    assert {} == swapped(pair, lambda _: True)


def test_an_answer_that_another_request_asked_for_is_misplaced() -> None:
    """Three requests have asked three times: one answer in two events, and one in none, is of another request."""
    assert {1, 3} == found(under_way(1, 2, 1), calls(3))


def test_each_with_an_answer_of_its_own_is_in_order() -> None:
    """Which of the answers it is can't be told: a call carries no identity."""
    assert set() == found(under_way(2, 3, 1), calls(3))


def test_an_answer_that_is_shared_on_purpose_is_in_order() -> None:
    """Whoever shares answers asks less often than it is asked."""
    assert set() == found(under_way(1, 2, 1), calls(2))
    assert set() == found(under_way(1, 1, 1), calls(1))


def test_who_asks_more_often_may_throw_answers_away() -> None:
    """A request that asks twice, to be sure of an answer, uses one of the two."""
    assert set() == found(under_way(1, 2, 1), calls(4))


def test_an_upstream_that_says_the_same_again_is_in_order() -> None:
    """What it said the first time is what it said to each."""
    same = [kept.call(number, value=kept.settings(1)) for number in (1, 2)]
    assert set() == found(under_way(1, 1), same)


NOT_ANSWERED = kept.call(3, value=None, fault="the settings answers 500", status=500)
CUT = kept.call(3, answered=False)


@pytest.mark.parametrize("third", [NOT_ANSWERED, CUT], ids=["fault", "cut"])
def test_where_a_call_failed_nothing_is_said(third: UpstreamCall) -> None:
    """It was asked once more then, and who has asked how often is not known."""
    assert set() == found(under_way(1, 2, 1), [*calls(2), third])


def test_where_a_request_was_refused_nothing_is_said() -> None:
    """It may have asked as well, before it was refused."""
    exchanges = [*under_way(1, 1), kept.refused(3, began=kept.BEGAN, ended=kept.began(3))]
    assert set() == found(exchanges, calls(3))


def test_where_an_event_has_not_come_yet_nothing_is_said() -> None:
    """The answer that no event carries may be in the one that comes late."""
    first, second, third = under_way(1, 1, 3)
    assert set() == found([first, second, replace(third, deliveries=())], calls(3))


def test_requests_one_after_the_other_have_nothing_in_common() -> None:
    """What is old is stale, which is for the law on where values come from to say."""
    one, other = kept.exchange(1), kept.exchange(2)
    assert frozenset() == misplaced([one, other], calls(2), {1: {1}, 2: {1}})


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_sharing_on_purpose_is_never_found(waits: list[int]) -> None:
    """Whoever joins a call that is under way uses its answer; whoever finds none under way asks."""
    used: list[int] = []
    asked = left = 0
    for wait in waits:
        if left <= 0:
            asked, left = asked + 1, 3
        used.append(asked)
        left -= wait
    assert set() == found(under_way(*used), calls(asked))
