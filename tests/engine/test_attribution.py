"""Tying deliveries to exchanges: by the caller, by the identity, by the time, or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract.terms import DeliveryTerms
from bothends.engine.tie.attribution import Attribution
from bothends.engine.tie.calls import REMEMBERED_CALLS
from bothends.engine.tie.earlier import REMEMBERED_BYTES, REMEMBERED_DELIVERIES, REMEMBERED_EXCHANGES
from bothends.records import Exchange, NoAnswer, find_tokens
from tests.laws import kept

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from bothends.engine.tie.attribution import Attributed
    from bothends.records import Delivery

NOBODY: dict[str, Any] = {"name": "app/route.requested"}


def bare(number: int, **changes: Any) -> Exchange:
    """Return an exchange as the exchange runner has made it."""
    return kept.exchange(number, deliveries=(), calls=(), **changes)


def together(*numbers: int) -> list[Exchange]:
    """Return exchanges that are all under way from the beginning of the first to the end of the last."""
    return [bare(n, began=kept.began(numbers[0]), ended=kept.began(numbers[-1]) + 0.05) for n in numbers]


def tied(exchanges: Iterable[Exchange]) -> dict[int, list[int]]:
    """Return the numbers of the deliveries of each exchange."""
    return {exchange.number: [d.number for d in exchange.deliveries] for exchange in exchanges}


def after(earlier: Iterable[Exchange], *deliveries: Delivery) -> Attribution:
    """Return an attribution with a past."""
    attribution = Attribution(kept.SEED)
    attribution.tie(list(earlier), list(deliveries), [])
    return attribution


def test_each_event_goes_to_its_caller_whatever_the_order() -> None:
    """Under concurrency, order and time say nothing; the user does."""
    deliveries = [kept.delivery(n) for n in (3, 1, 2)]
    got = Attribution(kept.SEED).tie(together(1, 2, 3), deliveries, [])
    assert {1: [1], 2: [2], 3: [3]} == tied(got.exchanges)
    assert ((), (), {}) == (got.late, got.phantoms, got.swapped)


def test_swapped_events_are_swapped() -> None:
    """One caller has two events and the other of the same moment none: each names the other."""
    mine = kept.delivery(1, event=kept.event(1, id="a"), identity="id a")
    other = kept.delivery(2, event=kept.event(1, id="b"), identity="id b")
    got = Attribution(kept.SEED).tie(together(1, 2), [mine, other], [])
    assert {1: [1, 2], 2: []} == tied(got.exchanges)
    assert {1: (2,), 2: (1,)} == got.swapped


def test_a_value_passed_on_along_a_chain_is_swapped() -> None:
    """The two ends of a chain need not have been under way together."""
    chain = [bare(n, began=kept.began(n), ended=kept.began(n) + 0.15) for n in (1, 2, 3)]
    deliveries = [kept.delivery(1), kept.delivery(2), kept.delivery(3, event=kept.event(1), identity="id c")]
    assert {1: (3,), 3: (1,)} == Attribution(kept.SEED).tie(chain, deliveries, []).swapped


DOUBLED = (kept.delivery(1), kept.delivery(2, event=kept.event(1), identity="id b", received=kept.BEGAN + 0.035))


@pytest.mark.parametrize(
    ("exchanges", "deliveries"),
    [
        ([bare(1)], DOUBLED),
        ([bare(1), bare(2)], DOUBLED),
        (together(1, 2), (*DOUBLED, kept.delivery(2))),
        ([together(1, 2)[0], replace(together(1, 2)[1], answer=kept.answer(502))], DOUBLED),
        ([together(1, 2)[0], replace(together(1, 2)[1], answer=NoAnswer("reset"))], DOUBLED),
        (together(1, 2), (*DOUBLED, kept.delivery(3, event=kept.event(1), identity="id c"))),
        (together(1, 2), (kept.delivery(1), kept.delivery(1, attempt=2, repeated=True))),
        (together(1, 2), (kept.delivery(1), kept.unstored(2, event=kept.event(1), identity="id b"))),
        (together(1, 2), (kept.delivery(1),)),
    ],
    ids=[
        "one request alone",
        "one request at a time",
        "nobody is without",
        "who is without was not to have one",
        "who is without had no answer",
        "more are too many than are missing",
        "a retry",
        "an attempt that was not stored",
        "only lost",
    ],
)
def test_what_is_doubled_or_lost_alone_is_not_swapped(exchanges: list[Exchange], deliveries: Any) -> None:
    """Then the laws on lost and doubled events speak, and not the law on callers."""
    got = Attribution(kept.SEED).tie(exchanges, list(deliveries), [])
    assert {} == got.swapped
    assert len(deliveries) == sum(len(e.deliveries) for e in got.exchanges)


def test_a_caller_that_is_remembered_too_long_is_swapped_across_waves() -> None:
    """The event of a later request carries the caller of an earlier one: both are told, again and again."""
    attribution = after([bare(1)], kept.delivery(1))
    for number in (2, 3):
        wrong = kept.delivery(number, event=kept.event(1), identity=f"id {number}")
        got = attribution.tie([bare(number)], [wrong], [])
        assert {number: []} == tied(got.exchanges)
        assert [1] == [exchange.number for exchange in got.late]
        assert {1: (number,), number: (1,)} == got.swapped


def test_an_event_that_only_comes_late_is_not_swapped() -> None:
    """It is tied to its earlier exchange, which is handed out once more; nobody else's is missing by it."""
    attribution = after([bare(1)])
    late = kept.delivery(1, received=kept.began(2) + 0.02)
    got = attribution.tie([bare(2)], [late], [])
    assert ({2: []}, {1: [1]}, {}) == (tied(got.exchanges), tied(got.late), got.swapped)
    more = attribution.tie([], [kept.delivery(4, event=kept.event(1))], [])
    assert {1: [1, 4]} == tied(more.late)


def test_of_several_callers_the_one_of_now_counts() -> None:
    """A mixed event goes to its own request, not to the one whose value it carries too."""
    attribution = after([bare(1), bare(2)], kept.delivery(1), kept.delivery(2))
    mixed = kept.event(3, user={**kept.user(3), "name": kept.user(1)["name"]})
    assert {3: [9]} == tied(attribution.tie([bare(3)], [kept.delivery(9, event=mixed)], []).exchanges)
    both = kept.event(1, user={**kept.user(1), "email": kept.user(2)["email"]})
    assert {2: [2, 9]} == tied(attribution.tie([bare(4)], [kept.delivery(9, event=both)], []).late)


def test_an_event_without_a_caller_is_tied_by_the_time() -> None:
    """It goes to the exchange that was under way, to one that has none yet before one that has."""
    batch = [bare(n) for n in (1, 2, 3)]
    during = kept.delivery(2, event=NOBODY)
    assert {1: [], 2: [2], 3: []} == tied(Attribution(kept.SEED).tie(batch, [during], []).exchanges)
    two = [kept.delivery(1), kept.delivery(9, event=NOBODY)]
    got = Attribution(kept.SEED).tie(together(1, 2), two, [])
    assert {1: [1], 2: [9]} == tied(got.exchanges)
    crowd = Attribution(kept.SEED).tie(together(1), two, [])
    assert {1: [1, 9]} == tied(crowd.exchanges)


def test_an_event_of_a_refused_request_is_tied_by_the_time() -> None:
    """Nobody is signed in, so no caller can be named; there is a culprit all the same."""
    batch = [kept.refused(n) for n in (1, 2, 3)]
    got = Attribution(kept.SEED).tie(batch, [kept.delivery(2, event=NOBODY)], [])
    assert ({1: [], 2: [2], 3: []}, ()) == (tied(got.exchanges), got.phantoms)


def test_an_event_in_the_background_goes_to_a_request_before_it() -> None:
    """It may come after the answer, and never before the request."""
    batch = [bare(1), bare(2)]
    after_one = kept.delivery(9, event=NOBODY, received=kept.began(1) + 0.08)
    assert {1: [9], 2: []} == tied(Attribution(kept.SEED).tie(batch, [after_one], []).exchanges)
    too_early = kept.delivery(9, event=NOBODY, received=kept.began(1) - 0.01)
    assert (too_early,) == Attribution(kept.SEED).tie(batch, [too_early], []).unexplained


@pytest.mark.parametrize(
    ("earlier", "whose"),
    [
        (replace(bare(1), answer=NoAnswer("closed")), {1: [9]}),
        (bare(1), {1: [9]}),
        (replace(bare(1), answer=NoAnswer("refused")), {}),
        (kept.refused(1), {}),
    ],
    ids=["its client had gone", "it had none yet", "it was never sent", "it was to have none"],
)
def test_an_event_between_two_waves_is_of_the_one_before(earlier: Exchange, whose: dict[int, list[int]]) -> None:
    """It comes before any request of this batch: it is of an earlier one that it is due to, or nobody's."""
    between = kept.delivery(9, event=NOBODY, received=kept.began(2) - 0.01)
    got = after([earlier]).tie([bare(2)], [between], [])
    assert (whose, () if whose else (between,)) == (tied(got.late), got.unexplained)
    assert {2: []} == tied(got.exchanges)


def test_a_retry_without_a_caller_follows_its_identity() -> None:
    """Attempts of one send belong together, within a batch and across batches."""
    retry = kept.delivery(9, event=NOBODY, identity="id event-1", attempt=2, received=kept.began(2) + 0.03)
    got = Attribution(kept.SEED).tie([bare(1), bare(2)], [kept.delivery(1), kept.delivery(2), retry], [])
    assert {1: [1, 9], 2: [2]} == tied(got.exchanges)
    later = after([bare(1)], kept.delivery(1)).tie([bare(2)], [retry], [])
    assert ({2: []}, {1: [1, 9]}) == (tied(later.exchanges), tied(later.late))


def test_a_body_without_an_event_is_tied_by_what_is_in_it() -> None:
    """What is no event may bear its caller all the same."""
    wrapped = kept.unstored(9, event=None, payload={"events": [kept.event(2)]}, received=kept.began(1) + 0.03)
    assert {1: [], 2: [9]} == tied(Attribution(kept.SEED).tie([bare(1), bare(2)], [wrapped], []).exchanges)


def test_what_no_request_accounts_for_is_a_phantom_where_it_bears_something_of_the_run() -> None:
    """A caller that signed in so long ago that nobody remembers: never an innocent exchange's; else unexplained."""
    nobody = kept.delivery(1, event=NOBODY)
    got = Attribution(kept.SEED).tie([], [nobody], [])
    assert ((), (nobody,)) == (got.phantoms, got.unexplained)
    answered = kept.delivery(1, event={"settings": kept.settings(4)})
    assert (answered,) == Attribution(kept.SEED).tie([], [answered], []).phantoms
    unknown = kept.delivery(1, event=kept.event(99))
    got = Attribution(kept.SEED).tie([bare(1)], [unknown], [])
    assert ({1: []}, (unknown,)) == (tied(got.exchanges), got.phantoms)


def test_tokens_of_another_run_name_nobody() -> None:
    """A target may still send what an earlier run has caused."""
    got = Attribution(kept.SEED + 1).tie([bare(1), bare(2)], [kept.delivery(2)], [])
    assert {1: [], 2: [2]} == tied(got.exchanges)


def test_memory_is_bounded() -> None:
    """However long the run, only so much of its past is kept."""
    attribution = Attribution(kept.SEED)
    for number in range(1, REMEMBERED_EXCHANGES + 2):
        calls = [kept.call(number * 10 + n) for n in range(5)]
        attribution.tie([bare(number)], [], calls)
    assert REMEMBERED_CALLS == len(attribution.calls.of_late)
    first, second = kept.delivery(1), kept.delivery(2)
    got = attribution.tie([], [first, second], [])
    assert ((first,), {2: [2]}) == (got.phantoms, tied(got.late))
    for number in range(3, 60):
        got = attribution.tie([], [kept.delivery(number, event=kept.event(2))], [])
    assert REMEMBERED_DELIVERIES + 1 == len(got.late[0].deliveries)
    assert [2, *range(53, 60)] == tied(attribution.tie([], [kept.delivery(60, event=kept.event(2))], []).late)[2][:-1]


def test_the_first_attempt_of_an_event_is_remembered() -> None:
    """However many follow, and though another event came before: else it would look like one that was sent before."""
    other = kept.delivery(1, event=kept.event(1, id="other"), identity="other")
    attempts = [kept.delivery(n, event=kept.event(1), identity="one", attempt=n - 1) for n in range(2, 30)]
    attribution = after([bare(1)], other, *attempts)
    got = attribution.tie([], [kept.delivery(30, event=kept.event(1), identity="one", attempt=29)], [])
    assert [1, 2, *range(24, 31)] == tied(got.late)[1]


def test_an_exchange_that_late_events_come_for_is_remembered_longer() -> None:
    """A caller whose identity sticks is told for as long as it sticks."""
    attribution = after([bare(1)], kept.delivery(1))
    got = None
    for number in range(2, REMEMBERED_EXCHANGES + 50):
        wrong = kept.delivery(number, event=kept.event(1), identity=f"id {number}")
        got = attribution.tie([bare(number)], [wrong], [])
    assert got is not None
    assert [1] == [exchange.number for exchange in got.late]


def test_another_attempt_is_of_its_exchange_however_many_follow() -> None:
    """Who waits long before the next attempt is as right as who waits a moment: other requests come in between."""
    attribution = after([bare(1), bare(2)], kept.unstored(1), kept.delivery(2))
    for number in range(3, REMEMBERED_EXCHANGES + 50):
        attribution.tie([bare(number)], [], [])
    second, one_more = kept.delivery(1, attempt=2), kept.delivery(2, attempt=2)
    got = attribution.tie([], [second, one_more], [])
    assert ({1: [1, 1]}, (one_more,)) == (tied(got.late), got.phantoms)


def test_a_late_attempt_without_a_caller_follows_its_identity_however_many_follow() -> None:
    """A target may wait long before it attempts again: the event is of no request that is refused by then."""
    past = Attribution(kept.SEED, remembered=2)
    failed = kept.delivery(1, event=NOBODY, identity="id 1", acknowledged=False, status=500)
    past.tie([bare(1)], [failed], [])
    for number in range(2, 6):
        past.tie([bare(number, answer=kept.answer(415))], [], [])
    again, new = (
        kept.delivery(n, event=NOBODY, identity=identity, attempt=2, received=kept.began(6) + 0.02)
        for n, identity in ((7, "id 1"), (8, "id 2"))
    )
    got = past.tie([bare(6)], [again, new], [])
    assert ({6: [8]}, {1: [1, 7]}) == (tied(got.exchanges), tied(got.late))


def test_what_comes_next_is_of_its_exchange_wherever_that_was_made() -> None:
    """A batch's own has it, with all that is known of it; one before is late; what was made since follows."""
    body = b"x" * (REMEMBERED_BYTES + 1)
    attribution = after([bare(1)])
    now = attribution.tie([bare(2, answer=kept.answer(body=body))], [], [])
    whole = now.followed_by(attribution.tie([bare(3)], [kept.delivery(n) for n in (1, 2, 3)], []))
    assert ({2: [2], 3: [3]}, {1: [1]}) == (tied(whole.exchanges), tied(whole.late))
    assert kept.answer(body=body) == whole.exchanges[0].answer


def test_the_calls_of_one_exchange_are_those_in_its_time() -> None:
    """Alone, it is the only one that can have made them."""
    before, within = kept.call(1, began=kept.BEGAN - 1, ended=kept.BEGAN - 0.5), kept.call(2, began=kept.BEGAN)
    got = Attribution(kept.SEED).tie([bare(1)], [], [before, within])
    assert (within,) == got.exchanges[0].calls


def test_the_calls_of_a_crowd_are_told_by_their_answers() -> None:
    """An answer that is in an event was asked for by its request; of the others nobody can tell."""
    deliveries = [kept.delivery(1, event=kept.event(1, data={"appSettings": kept.settings(2)})), kept.delivery(2)]
    deliveries[1] = kept.delivery(2, event=kept.event(2, data={"appSettings": kept.settings(1)}))
    calls = [kept.call(n) for n in (1, 2, 3)]
    attribution = Attribution(kept.SEED)
    got = attribution.tie(together(1, 2), deliveries, calls)
    assert {1: [2], 2: [1]} == {e.number: [c.number for c in e.calls] for e in got.exchanges}
    assert [1, 2, 3] == list(attribution.calls.of_late)


def test_calls_for_refused_requests_have_a_culprit_each() -> None:
    """Nobody was to call at all, so that each call is one exchange's doing."""
    batch = [replace(kept.refused(n), began=kept.BEGAN, ended=kept.BEGAN + 1) for n in (1, 2, 3)]
    got = Attribution(kept.SEED).tie(batch, [], [kept.call(1), kept.call(2)])
    assert [1, 1, 0] == [len(e.calls) for e in got.exchanges]
    crowd = Attribution(kept.SEED).tie(batch[:1], [], [kept.call(1), kept.call(2)])
    assert [2] == [len(e.calls) for e in crowd.exchanges]


NUMBERS = st.integers(1, 8)
USERS = st.lists(st.integers(1, 10), max_size=2)
DELIVERIES = st.lists(
    st.tuples(USERS, st.integers(1, 4), st.floats(-0.1, 1.0), st.booleans(), st.booleans()), max_size=12
)


def arrived(made: list[tuple[list[int], int, float, bool, bool]]) -> list[Delivery]:
    """Return deliveries that bear users, identities and times of any sort."""
    return [
        kept.delivery(
            number,
            event={"users": [kept.user(user) for user in users]},
            identity=f"id {identity}" if shared else f"delivery {number}",
            received=kept.BEGAN + at,
            stored=stored,
        )
        for number, (users, identity, at, stored, shared) in enumerate(made, 1)
    ]


def everything(got: Attributed, past: Attributed) -> list[int]:
    """Return the numbers of all deliveries wherever they were tied, less those tied before."""
    before = {e.number: min(len(e.deliveries), REMEMBERED_DELIVERIES) for e in past.exchanges}
    of_late = [d.number for e in got.late for d in e.deliveries[before[e.number] :]]
    return [
        *(d.number for e in got.exchanges for d in e.deliveries),
        *of_late,
        *(d.number for d in (*got.phantoms, *got.unexplained)),
    ]


@given(NUMBERS, NUMBERS, DELIVERIES, DELIVERIES, st.booleans())
def test_each_delivery_is_tied_once_and_never_to_a_stranger(
    earlier: int,
    later: int,
    first: Any,
    second: Any,
    crowded: bool,  # noqa: FBT001 -- drawn by name
) -> None:
    """Whatever comes, it is somebody's or nobody's once; an event with callers is one of theirs, or nobody's."""
    numbers = [*range(1, earlier + 1)], [*range(earlier + 1, earlier + later + 1)]
    batches = [together(*ns) if crowded else [bare(n) for n in ns] for ns in numbers]
    attribution = Attribution(kept.SEED)
    past = attribution.tie(batches[0], arrived(first), [])
    assert Counter(range(1, len(first) + 1)) == Counter(everything(past, past))
    got = attribution.tie(batches[1], arrived(second), [])
    assert Counter(range(1, len(second) + 1)) == Counter(everything(got, past))
    for exchange in (*past.exchanges, *got.exchanges, *got.late):
        for delivery in exchange.deliveries:
            callers = {token.number for token in find_tokens(kept.SEED, delivery.event)}
            assert not callers or exchange.number in callers
    for number, partners in got.swapped.items():
        assert all(number in got.swapped[partner] for partner in partners)


@given(
    st.lists(
        st.lists(st.floats(0.001, 1, allow_nan=False), min_size=4, max_size=4).map(accumulate).map(list),
        min_size=2,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_events_of_one_user_all_find_a_place(
    times: list[list[float]],
    chance: Random,
    before: bool,  # noqa: FBT001 -- drawn
) -> None:
    """Where all callers are the same, the times still leave each request with one event, however they overlap."""
    first = kept.BEGAN
    exchanges = [bare(n, began=first + t[0], ended=first + t[3]) for n, t in enumerate(times, 1)]
    calls = [kept.call(n, began=first + t[1], ended=first + t[1]) for n, t in enumerate(times, 1)]
    deliveries = [
        kept.delivery(
            n,
            event={**NOBODY, "data": kept.settings(n)},
            identity=f"id {n}",
            received=first + t[2],
            settled=first + (t[2] + t[3]) / 2 if before else first + times[-1][3] + 10,
        )
        for n, t in enumerate(times, 1)
    ]
    chance.shuffle(exchanges)
    got = Attribution(kept.SEED).tie(exchanges, deliveries, calls)
    assert {1: len(times)} == Counter(len(exchange.deliveries) for exchange in got.exchanges)
    assert ((), {}) == (got.phantoms, got.swapped)
    assert all(e.began <= c.began <= e.ended for e in got.exchanges for c in e.calls)
    assert all((d.settled <= e.ended) is before for e in got.exchanges for d in e.deliveries)


def test_who_still_owes_an_event_is_remembered_longer() -> None:
    """Where no answer waits for an event, it may come when its exchange is long forgotten: it is no phantom."""
    operation = kept.operation()
    behind = tuple(replace(event, delivery=DeliveryTerms()) for event in operation.events)
    attribution = Attribution(kept.SEED, [replace(operation, events=behind)])
    attribution.tie([bare(1)], [], [])
    for number in range(2, REMEMBERED_EXCHANGES + 50):
        attribution.tie([bare(number)], [kept.delivery(number)], [])
    got = attribution.tie([], [kept.delivery(1)], [])
    assert ({1: [1]}, ()) == (tied(got.late), got.phantoms)
    again = attribution.tie([], [kept.delivery(1)], [])
    assert {1: [1, 1]} == tied(again.late)
