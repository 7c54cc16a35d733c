"""Events that are alike byte for byte: attempts of one, or events of several requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import DeliveryTerms
from bothends.engine.tie.attribution import Attribution
from bothends.records import NoAnswer
from bothends.schemas import Schema
from tests.engine.test_attribution import NOBODY, bare, tied
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation
    from bothends.records import Answer, Delivery, Exchange


def alike(number: int, received: float, **changes: Any) -> Delivery:
    """Return an event that has nothing of its own: each request's is the same, byte for byte."""
    changes = {"identity": "content 1 #1", **changes}
    return kept.delivery(number, event=NOBODY, received=received, settled=received + 0.01, identified=False, **changes)


def in_a_row(*numbers: int) -> list[Exchange]:
    """Return exchanges one after the other."""
    return [bare(n, began=kept.began(n), ended=kept.began(n) + 0.05) for n in numbers]


def owners(attribution: Attribution, exchanges: list[Exchange], *deliveries: Delivery) -> dict[int, list[int]]:
    """Return the numbers of the deliveries of each exchange, late ones too."""
    got = attribution.tie(exchanges, deliveries, [])
    return tied((*got.exchanges, *got.late))


FAILED: dict[str, Any] = {"acknowledged": False, "stored": True, "status": None}


def test_what_is_like_a_lost_attempt_is_the_event_of_who_lacks_one() -> None:
    """Nothing but the time tells whether it is another attempt: a request that has no event else has caused it."""
    first, second = in_a_row(1, 2)
    past = Attribution(kept.SEED)
    assert {1: [1]} == owners(past, [first], alike(1, kept.began(1) + 0.01, **FAILED))
    got = past.tie([second], [alike(2, kept.began(2) + 0.01, attempt=2, repeated=True)], [])
    (event,) = got.exchanges[0].deliveries
    assert (1, False) == (event.attempt, event.repeated)
    assert () == got.late


def test_in_one_batch_too() -> None:
    """What came before the next request began is another attempt; what came after is its own."""
    attempts = [
        alike(1, kept.began(1) + 0.01, **FAILED),
        alike(2, kept.began(1) + 0.02),
        alike(3, kept.began(2) + 0.01),
    ]
    past = Attribution(kept.SEED)
    assert {1: [1, 2], 2: [3]} == owners(past, in_a_row(1, 2), *attempts)


def test_another_attempt_follows_its_identity_where_nobody_lacks_an_event() -> None:
    """The request under way has its own."""
    first, second = in_a_row(1, 2)
    past = Attribution(kept.SEED)
    owners(past, [first], alike(1, kept.began(1) + 0.01, **FAILED))
    own = alike(3, kept.began(2) + 0.02, identity="content 1 #2")
    assert {2: [3], 1: [1, 2]} == owners(past, [second], alike(2, kept.began(2) + 0.01, attempt=2), own)


def test_what_went_elsewhere_is_in_nobodys_place() -> None:
    """A request sends what no callback declares, before its event, which is like one that was lost."""
    first, second = in_a_row(1, 2)
    past = Attribution(kept.SEED)
    owners(past, [first], alike(1, kept.began(1) + 0.01, **FAILED))
    elsewhere = alike(2, kept.began(2) + 0.01, identity="content 2 #1", path="/other", right_address=False)
    own = alike(3, kept.began(2) + 0.02, attempt=2, repeated=True)
    assert {2: [2, 3]} == owners(past, [second], elsewhere, own)


def test_an_event_behind_its_answer_is_of_no_request_that_was_given_up() -> None:
    """A success has its event before one that may have done nothing; nobody is accused, as it is a guess."""
    success, given_up = in_a_row(1, 2)
    given_up = replace(given_up, answer=NoAnswer("closed"))
    got = Attribution(kept.SEED, [behind()]).tie([success, given_up], [alike(1, kept.began(2) + 0.06)], [])
    assert {1: [1], 2: []} == tied(got.exchanges)
    assert all(exchange.guessed for exchange in got.exchanges)


@pytest.mark.parametrize("answer", [kept.answer(), kept.answer(502)], ids=["two successes", "one that failed for it"])
def test_an_event_that_nobody_took_is_of_its_own_request(answer: Answer) -> None:
    """No answer waits for it: the next one's event is not taken for its own, nor is it another attempt."""
    first, second = in_a_row(1, 2)
    first = replace(first, answer=answer)
    taken = replace(alike(2, kept.began(2) + 0.06, identity="b"), identified=True)
    failed = replace(alike(1, kept.began(1) + 0.04, identity="a", **FAILED), identified=True)
    for came in (failed, replace(failed, received=first.ended + 0.01)):
        got = Attribution(kept.SEED, [behind()]).tie([first, second], [came, taken], [])
        assert {1: [1], 2: [2]} == tied(got.exchanges)


def test_an_event_of_many_is_not_of_a_request_that_was_refused_before() -> None:
    """Where nobody can read how many a success owes, all that come in its time are its own."""
    (event,) = kept.operation().events
    assert event.when is not None
    constant = {"type": "object", "required": ["name"], "properties": {"name": {"const": NOBODY["name"]}}}
    counted = replace(event, when=replace(event.when, count="/items"), body=Schema(constant))
    operation = replace(kept.operation(), events=(counted,))
    refused, success = in_a_row(1, 2)
    twice = replace(success.sent, body=b'{"items": [1, 2], "items": [1, 2]}')
    exchanges = [replace(refused, answer=kept.answer(400)), replace(success, sent=twice)]
    events = [alike(n, kept.began(2) + n / 100, identity=f"content 1 #{n}") for n in (1, 2)]
    got = Attribution(kept.SEED, [operation]).tie(exchanges, events, [])
    assert {1: [], 2: [1, 2]} == tied(got.exchanges)


def behind() -> Operation:
    """Return the operation with an event that may come behind the answer."""
    operation = kept.operation()
    events = tuple(replace(event, delivery=DeliveryTerms()) for event in operation.events)
    return replace(operation, events=events)


def test_each_request_has_one_event_of_a_callback() -> None:
    """Of two callbacks' events, two of the one are of two requests, though each has room for another event."""
    (event,) = kept.operation().events
    constant = {"type": "object", "required": ["name"], "properties": {"name": {"const": NOBODY["name"]}}}
    other = {"type": "object", "required": ["name"], "properties": {"name": {"const": "another"}}}
    callbacks = (replace(event, body=Schema(constant)), replace(event, name="other", body=Schema(other)))
    operation = replace(kept.operation(), events=callbacks)
    began, ended = kept.began(1), kept.began(1) + 0.5
    failed = [bare(n, began=began, ended=ended, answer=kept.answer(502)) for n in (1, 2)]
    events = [alike(n, began + n / 100, identity=f"content {n} #1", acknowledged=False, status=None) for n in (1, 2)]
    got = Attribution(kept.SEED, [operation]).tie(failed, events, [])
    assert {1: [1], 2: [2]} == tied(got.exchanges)


def test_two_alike_of_who_has_lacked_an_event_for_long() -> None:
    """The second may be another attempt, though the exchange is not among those of late any more."""
    past = Attribution(kept.SEED, [behind()], remembered=2)
    first, *refused = in_a_row(*range(1, 6))
    refused = [replace(each, answer=kept.answer(422)) for each in refused]
    for each in (first, *refused):
        owners(past, [each])
    last = replace(bare(6, began=kept.began(6), ended=kept.began(6) + 0.05), answer=kept.answer(422))
    both = alike(1, kept.began(6) - 0.02), alike(2, kept.began(6) - 0.01, attempt=2, repeated=True)
    assert {6: [], 1: [1, 2]} == owners(past, [last], *both)
