"""Events that name no caller: by the time they go to exchanges, to those that are in want of one before others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.tie.assignment import Assignment, Placed, Send, sent_earlier
from bothends.engine.tie.matching import Matching
from bothends.records import NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bothends.records import Exchange

BEGAN = kept.BEGAN


def send(number: int, at: float, **changes: Any) -> Send:
    """Return an event that arrived so many seconds after the beginning, and was answered at once."""
    times = {"received": BEGAN + at, "settled": BEGAN + at}
    delivery = kept.delivery(number, **{**times, **changes})
    return Send((delivery,), delivery.received)


def during(number: int, began: float, ended: float, status: int = 200) -> Exchange:
    """Return an exchange with its times, in seconds after the beginning."""
    answer = kept.answer(status)
    return kept.exchange(number, deliveries=(), began=BEGAN + began, ended=BEGAN + ended, answer=answer)


def placed(sends: Sequence[Send], exchanges: Sequence[Exchange], named: Collection[int]) -> Placed:
    """Put events to exchanges, of which nothing is known but the times and the answers."""
    return Assignment(exchanges, dict.fromkeys(named, 1), Matching({})).put(sends)


def test_what_was_acknowledged_belongs_to_a_success() -> None:
    """A refused request that is over first gets no event that a success is in want of."""
    exchanges = [during(1, 0, 2, 401), during(2, 0, 3), during(3, 0, 1, 502)]
    assert {0: 2} == placed([send(9, 0.5)], exchanges, ()).owners
    assert {0: 2, 1: 3} == placed([send(8, 0.5), send(9, 0.6)], exchanges, ()).owners


def test_an_event_goes_to_a_request_for_the_operation_before_bytes_of_another_protocol() -> None:
    """A message that breaks off may have been executed; a line of HTTP/0.9, over at the same time, names no method."""
    cut, old = during(1, 0, 2, 200), during(2, 0, 1, 200)
    cut = replace(cut, sent=replace(cut.sent, raw=b"POST /api/route HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}"))
    old = replace(old, sent=replace(old.sent, raw=b"GET /api/route\r\n"))
    cut, old = (replace(one, answer=NoAnswer("timeout", "no byte of an answer had come")) for one in (cut, old))
    assert {0: 1} == placed([send(9, 0.5)], [cut, old], ()).owners
    assert {0: 1, 1: 2} == placed([send(8, 0.5), send(9, 0.6)], [cut, old], ()).owners


def test_an_event_goes_to_an_exchange_of_its_own_caller() -> None:
    """Where callers take turns; of several, to the one that is over first, and of a stranger's, to any."""
    operation = kept.operation()
    matching = Matching({operation.id: operation})
    exchanges = [during(1, 0, 1, 504), during(2, 0, 2, 504), replace(during(3, 0, 3, 504), session=kept.user(2))]
    sent = [kept.unstored(number, received=BEGAN + 0.5, settled=BEGAN + 0.6) for number in (2, 1, 2, 9)]
    sends = [Send((one,), one.received, matching.traits(one)) for one in sent]
    assert {0: 2, 1: 1, 2: 3} == Assignment(exchanges, {}, matching).put(sends[:3]).owners
    assert {0: 1} == Assignment(exchanges, {}, matching).put(sends[3:]).owners


def test_a_client_that_had_gone_comes_before_a_request_that_was_refused() -> None:
    """Nobody knows what became of its request; but one that must be refused has no event, answered or not."""
    gone = replace(during(1, 0, 0.2), answer=NoAnswer("closed"))
    never = replace(during(2, 0, 0.2), answer=NoAnswer("refused"))
    broken = replace(kept.refused(3, answer=NoAnswer("closed")), began=BEGAN, ended=BEGAN + 0.2)
    others = [during(4, 0, 1, 400), never, broken]
    assert {0: 1} == placed([send(9, 0.5)], [*others, gone], ()).owners
    assert {0: 4} == placed([send(9, 0.5)], others, ()).owners


def test_who_was_put_early_makes_room() -> None:
    """What was answered at once fits two that wait, what was answered late one of them: each has one of its own."""
    exchanges = [during(1, 0, 1.0, 504), during(2, 0.2, 1.2, 504), during(3, 0.4, 1.4, 504)]
    late = [kept.unstored(number, received=BEGAN + at, settled=BEGAN + 3) for number, at in ((7, 0.1), (8, 0.3))]
    at_once = kept.unstored(9, received=BEGAN + 0.5, settled=BEGAN + 0.5)
    sends = [Send((one,), one.received) for one in (*late, at_once)]
    assert {0: 1, 1: 2, 2: 3} == placed(sends, exchanges, ()).owners


def test_of_fewer_events_than_are_owed_one_is_lost_whosever_they_are() -> None:
    """Where each that may have sent them owes one, who has none is no guess; where one owes none, all are."""
    operation = kept.operation()
    matching = Matching({operation.id: operation})
    exchanges = [during(1, 0, 1), during(2, 0, 2), during(3, 0, 3)]
    sends = [send(8, 0.4), send(9, 0.5)]
    assert {1, 2} == Assignment(exchanges, {}, matching).put(sends).guessed
    refused = [*exchanges[:2], during(3, 0, 3, 502)]
    assert {1, 2, 3} == Assignment(refused, {}, matching).put(sends[:1]).guessed


def test_what_was_not_acknowledged_belongs_to_a_failure() -> None:
    """The ingest had refused it, and so the answer is no success."""
    exchanges = [during(1, 0, 1), during(2, 0, 2, 502)]
    refused = send(9, 0.5, acknowledged=False, stored=False, status=500)
    assert {0: 2} == placed([refused], exchanges, ()).owners


def test_the_acknowledgement_comes_before_the_answer() -> None:
    """Where one of two was answered too early for that, the event is the other's."""
    exchanges = [during(1, 0, 1), during(2, 0, 2)]
    assert {0: 2} == placed([send(9, 0.5, settled=BEGAN + 1.5)], exchanges, ()).owners
    assert {0: 1} == placed([send(9, 0.5, settled=BEGAN + 2.5)], exchanges, ()).owners


def test_who_has_an_event_by_its_name_is_in_no_want_of_another() -> None:
    """The event is the refused request's, as the success has its own; what is too much still has an owner."""
    exchanges = [during(1, 0, 1), during(2, 0, 2, 401)]
    assert {0: 2} == placed([send(9, 0.5)], exchanges, {1}).owners
    assert {0: 1} == placed([send(9, 0.5)], exchanges, {1, 2}).owners


def owner_of(event: Send, *earlier: Exchange) -> int | None:
    """Return whose an event is that none of its batch can have sent; the exchanges are given the latest first."""
    found, guess = sent_earlier(event, earlier, Matching({}))
    assert guess
    return None if found is None else found.number


def test_among_those_that_must_all_be_refused_there_is_nothing_to_guess() -> None:
    """None may have an event, whosever it is; beside one that may, whose it is is a guess."""
    refused = [replace(kept.refused(number), began=BEGAN, ended=BEGAN + 1) for number in (1, 2)]
    assert frozenset() == placed([send(9, 0.5)], refused, ()).guessed
    assert frozenset({1, 2, 3}) == placed([send(9, 0.5)], [*refused, during(3, 0, 1, 502)], ()).guessed


def test_a_client_that_had_gone_is_a_rival_of_who_waits() -> None:
    """Its request may still be at work: whose the event is is a guess, though only one was under way."""
    gone, refused = replace(during(1, 0, 0.4), answer=NoAnswer("closed")), during(2, 0, 1, 401)
    assert frozenset({1, 2}) == placed([send(9, 0.5)], [gone, refused], ()).guessed


def test_what_came_during_an_earlier_exchange_is_that_ones() -> None:
    """An ingest that took its time to answer tells of it when the batch is over; another may owe one for long."""
    owing = [during(3, 3, 4), replace(during(1, 0, 0.2), answer=NoAnswer("closed"))]
    failed = during(2, 1, 2, 502)
    assert owner_of(send(9, 1.5), owing[0], failed, owing[1]) == 2
    assert owner_of(send(9, 5), owing[0], failed, owing[1]) == 3
    assert owner_of(send(9, 0.5), owing[0], failed, owing[1]) == 1


def test_an_earlier_exchange_that_must_be_refused_or_has_its_event_gets_none() -> None:
    """An event that came while it was under way is nobody's, or another's."""
    served = replace(during(1, 0, 1), deliveries=(kept.delivery(1),))
    broken = replace(kept.refused(2, answer=kept.answer(401)), began=BEGAN, ended=BEGAN + 1)
    assert owner_of(send(9, 0.5), served, broken) is None


def test_what_came_before_any_exchange_is_nobodys() -> None:
    """An event never comes before its request."""
    assert {} == placed([send(9, -1)], [during(1, 0, 1)], ()).owners


def test_it_is_a_guess_where_several_were_under_way() -> None:
    """Alone, or with others that have their event by its name, there is nothing to guess."""
    exchanges = [during(1, 0, 2), during(2, 1, 3), during(3, 5, 6)]
    guesses = {at: placed([send(9, at)], exchanges, ()).guessed for at in (0.5, 1.5, 5.5)}
    assert {0.5: frozenset(), 1.5: frozenset({1, 2}), 5.5: frozenset()} == guesses
    assert frozenset() == placed([send(9, 1.5)], exchanges, {2}).guessed
    assert frozenset({1, 2}) == placed([send(9, 4)], exchanges, {3}).guessed


PARTS = st.floats(0.01, 1, allow_nan=False)
"""How long a part of an exchange takes: until it begins, calls, sends, has its acknowledgement, and answers."""


@given(
    st.lists(st.tuples(PARTS, PARTS, PARTS, PARTS, PARTS, st.booleans()), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_of_a_right_target_no_exchange_lacks_its_event_and_none_has_anothers(made: list[Any], chance: Any) -> None:
    """However requests overlap: each success has one event, caused and acknowledged in its time; the refused none."""
    exchanges, sends = [], []
    for number, (begins, calls, event, acknowledged, answered, success) in enumerate(made, 1):
        called, received = begins + calls, begins + calls + event
        settled = received + acknowledged
        exchanges.append(during(number, begins, settled + answered, 200 if success else 401))
        if success:
            delivery = kept.delivery(number, received=BEGAN + received, settled=BEGAN + settled)
            sends.append(Send((delivery,), BEGAN + called))
    chance.shuffle(exchanges)
    chance.shuffle(sends)
    owners = placed(sends, exchanges, ()).owners
    by_number = {e.number: e for e in exchanges}
    assert {number for number, (*_, success) in enumerate(made, 1) if success} == set(owners.values())
    for place, number in owners.items():
        exchange, sent = by_number[number], sends[place]
        assert exchange.began <= sent.caused <= sent.received <= sent.settled <= exchange.ended
