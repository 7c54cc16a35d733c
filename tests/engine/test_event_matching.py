"""Events that have the very values of a request, or of its answer, are that exchange's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bothends.contract import Operation, load
from bothends.engine.tie.answered import Address
from bothends.engine.tie.attribution import Attribution
from bothends.engine.tie.matching import Match, Matching, Traits
from bothends.records import Again, Condition, Exchange, NoAnswer
from tests.laws import kept

ORDERS = Path(__file__).parents[1] / "correct_targets" / "orders" / "bothends.toml"
IDS = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def operation() -> Operation:
    """Return an operation whose event has values of the request's body, of its path, and of the answer."""
    return next(one for one in load(ORDERS).operations if one.id == "placeOrder")


def exchange(operation: Operation, number: int, quantity: Any = 1, answer: Any = None) -> Exchange:
    """Return an exchange of the operation; all are under way at once."""
    body = json.dumps({"sku": "x", "quantity": quantity}).encode()
    made = kept.exchange(number, target="/shops/abc/orders", body=body, deliveries=(), calls=())
    answered = kept.answer(202, {"id": IDS[number]}) if answer is None else answer
    case = replace(made.case, operation=operation.id)
    return replace(made, case=case, answer=answered, began=kept.BEGAN, ended=kept.BEGAN + 1, session=None)


def event(number: int, quantity: Any = 1, shop: Any = "abc") -> dict[str, Any]:
    """Return the event of an order."""
    data = {"sku": "x", "quantity": quantity, "orderId": IDS[number], "shop": shop}
    return {"name": "orders/placed", "id": f"event {number}", "data": data}


def delivery(number: int, sent: dict[str, Any]) -> Any:
    """Return a delivery; the later its number, the sooner it came."""
    at = kept.BEGAN + 0.5 - number / 100
    return kept.delivery(number, event=sent, identity=f"id {number}", received=at, settled=at)


def test_each_event_goes_to_the_exchange_whose_values_it_has(operation: Operation) -> None:
    """However they come, and however alike the times are; there is nothing to guess."""
    exchanges = [exchange(operation, n, quantity=n) for n in range(4)]
    deliveries = [delivery(n, event(n, quantity=float(n))) for n in (2, 0, 3, 1)]
    got = Attribution(kept.SEED, [operation]).tie(exchanges, deliveries, [])
    assert {n: [n] for n in range(4)} == {e.number: [d.number for d in e.deliveries] for e in got.exchanges}
    assert not any(e.guessed for e in got.exchanges)


def test_what_the_answer_would_have_told_is_left_open(operation: Operation) -> None:
    """A client that had gone has no answer: its event is known by what it asked for."""
    gone = exchange(operation, 1, quantity=7, answer=NoAnswer("closed"))
    other = exchange(operation, 2, quantity=7)
    deliveries = [delivery(1, event(1, quantity=7)), delivery(2, event(2, quantity=7))]
    got = Attribution(kept.SEED, [operation]).tie([gone, other], deliveries, [])
    assert {1: [1], 2: [2]} == {e.number: [d.number for d in e.deliveries] for e in got.exchanges}


def test_a_refused_request_with_the_same_body_has_no_part_in_it(operation: Operation) -> None:
    """What one was answered is in its event; that another has asked for the same says nothing."""
    refused = exchange(operation, 1, quantity=7, answer=kept.answer(415))
    taken = exchange(operation, 2, quantity=7)
    got = Attribution(kept.SEED, [operation]).tie([refused, taken], [delivery(1, event(2, quantity=7))], [])
    assert {1: [], 2: [1]} == {e.number: [d.number for d in e.deliveries] for e in got.exchanges}
    assert not any(e.guessed for e in got.exchanges)


def sent_twice(operation: Operation) -> Exchange:
    """Return an exchange whose request was sent again, and answered with another order's id."""
    first, again = exchange(operation, 1), exchange(operation, 2)
    return replace(first, repeats=(replace(again, first=first, again=Again(expect=again.case.expect)),))


def test_the_event_of_a_request_that_was_executed_again_has_its_answer(operation: Operation) -> None:
    """It is an event of the exchange that was sent again, also where it comes when the next one is over."""
    attribution, once = Attribution(kept.SEED, [operation]), sent_twice(operation)
    got = attribution.tie([once, *once.repeats], [delivery(2, event(1))], [])
    later = attribution.tie([replace(exchange(operation, 3), began=kept.BEGAN + 2)], [delivery(1, event(2))], [])
    assert ([2], [2, 1]) == tuple([d.number for d in e.deliveries] for e in (got.exchanges[0], *later.late))
    assert () == later.unexplained


def test_values_that_nobody_has_leave_it_to_the_time(operation: Operation) -> None:
    """An event that a fault has altered is somebody's all the same, and the law on provenance says so."""
    got = Attribution(kept.SEED, [operation]).tie([exchange(operation, 1)], [delivery(1, event(1, quantity=2))], [])
    assert [1] == [d.number for d in got.exchanges[0].deliveries]


def refused(operation: Operation, number: int) -> Exchange:
    """Return a request that must be refused, and is."""
    made = exchange(operation, number, answer=kept.answer(401))
    return replace(made, case=replace(made.case, expect=replace(made.case.expect, refused=True)))


@pytest.mark.parametrize(
    ("before", "shop", "whose"),
    [
        (refused, "abc", [2]),
        (refused, "other", []),
        (lambda operation, number: exchange(operation, number, quantity=5), "abc", []),
    ],
    ids=["a refused one", "it names another one", "one that was not refused"],
)
def test_what_comes_after_a_refusal_is_of_the_request_that_names_what_it_is_about(
    operation: Operation, before: Any, shop: str, whose: list[int]
) -> None:
    """Its other values may be anybody's: nobody was signed in. It is a guess, and is repeated alone."""
    attribution = Attribution(kept.SEED, [operation])
    attribution.past.take(attribution.tie([before(operation, number) for number in (1, 2)], [], []).exchanges)
    wrong = {
        "name": "orders/placed",
        "id": "event 9",
        "data": {"sku": "y", "quantity": 2, "orderId": "z", "shop": shop},
    }
    late = replace(delivery(9, wrong), received=kept.BEGAN + 1.1, settled=kept.BEGAN + 1.2)
    got = attribution.tie([], [late], [])
    of_refused = [each.number for each in got.late if each.case.expect.refused]
    assert whose == of_refused
    assert all(each.guessed for each in got.late)


SPEC = """
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    post:
      operationId: place
      responses: {'202': {description: Taken.}}
      callbacks: {sent: {'{ingest}/e/{eventKey}': {post: {requestBody: {content: {application/json: {schema:
        {type: object, properties: {name: {const: placed}}, required: [name]}}}},
        responses: {'200': {description: .}}}}}}
  /orders/{id}:
    delete:
      operationId: cancel
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: Gone.}}
      callbacks: {sent: {'{ingest}/e/{eventKey}': {post: {requestBody: {content: {application/json: {schema:
        {type: array, items: {type: object, properties: {name: {const: cancelled}, id: {x-from: request.path.id}},
        required: [name]}}}}}, responses: {'200': {description: .}}}}}}
"""


def test_an_event_of_one_operation_is_not_anothers(tmp_path: Path) -> None:
    """Whatever the times say; an event that stands in an array is looked at as it stands there."""
    (tmp_path / "openapi.yaml").write_text(SPEC)
    (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n[world.ingest]\nkind = "inngest"\n')
    operations = load(tmp_path / "bothends.toml").operations
    place, cancel = operations
    exchanges = [exchange(cancel, 1), exchange(place, 2), exchange(cancel, 3)]
    targets = {1: "/orders/x", 2: "/orders", 3: "/orders/y"}
    exchanges = [replace(e, sent=replace(e.sent, target=targets[e.number])) for e in exchanges]
    cancelled = {"name": "cancelled", "id": "y"}
    deliveries = [
        replace(delivery(1, {"name": "placed"})),
        replace(delivery(2, cancelled), payload=[cancelled]),
        replace(delivery(3, {"name": "cancelled"}), payload=[{"name": "cancelled"}]),
    ]
    got = Attribution(kept.SEED, operations).tie(exchanges, deliveries, [])
    assert {1: [3], 2: [1], 3: [2]} == {e.number: [d.number for d in e.deliveries] for e in got.exchanges}


@pytest.mark.parametrize(
    ("sent", "alike"),
    [
        (event(1), True),
        (event(1, quantity=1.0), True),
        (event(1, quantity="1"), False),
        (event(2), False),
        (event(1, shop="xyz"), False),
        ({"name": "orders/placed", "data": {}}, False),
    ],
    ids=["the same", "a number is a number", "no text is one", "another answer's", "another path's", "none of them"],
)
def test_matching(operation: Operation, sent: dict[str, Any], alike: bool) -> None:  # noqa: FBT001 -- a column
    """All values that can be compared must be the same, and there must be one."""
    matching = Matching({operation.id: operation})
    match = matching.match(matching.traits(delivery(1, sent)), exchange(operation, 1))
    assert (Match.SURE if alike else Match.ANY) is match


REPEATED = """
openapi: 3.1.0
info: {title: Items, version: '1'}
paths:
  /items:
    post:
      operationId: place
      requestBody: {content: {application/json: {schema: {type: object, properties: {title: {type: string}}}}}}
      responses:
        '202': {description: Taken., content: {application/json: {schema: {type: object, properties: {data:
          {type: object, properties: {title: {x-from: request.body#/title}}}}}}}}
        '400': {description: Refused.}
      callbacks: {sent: {'{ingest}/e/{eventKey}': {post: {requestBody: {content: {application/json: {schema:
        {type: object, properties: {title: {x-from: answer.body#/data/title}}}}}},
        responses: {'200': {description: .}}}}}}
"""


@pytest.mark.parametrize(
    ("sent", "answer", "match"),
    [
        (1.5, kept.answer(202, {"data": {"title": "1.5"}}), Match.VALUES),
        ("1.5", kept.answer(202, {"data": {"title": "1.5"}}), Match.SURE),
        (2, kept.answer(202, {"data": {"title": "1.5"}}), Match.ANY),
        (1.5, kept.answer(400, {"error": "no text"}), Match.VALUES),
        (2, kept.answer(400, {"error": "no text"}), Match.ANY),
    ],
)
def test_what_an_answer_repeats_of_its_request(tmp_path: Path, sent: Any, answer: Any, match: Match) -> None:
    """An event that must have it of the answer is of that request where the answer is wrong, or a refusal."""
    (tmp_path / "openapi.yaml").write_text(REPEATED)
    (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n[world.ingest]\nkind = "inngest"\n')
    [place] = load(tmp_path / "bothends.toml").operations
    made = kept.exchange(1, body=b'{"title": 1.5}', deliveries=(), calls=())
    made = replace(made, case=replace(made.case, operation=place.id), answer=answer)
    matching = Matching({place.id: place}, known=(made,))
    traits = matching.traits(kept.delivery(1, event={"title": sent}))
    assert match is matching.match(traits, made)
    assert (match is not Match.ANY) == matching.has_own(traits, made)
    assert (sent == 2 and answer.status == 202) == matching.excluded(traits, made)


def test_of_callers_who_take_turns_an_event_is_of_its_own() -> None:
    """It says whose an event is not; without a session, or a value of it, nobody knows."""
    event, exchange = kept.delivery(), kept.exchange()
    traits = Matching({kept.operation().id: kept.operation()}).traits(event)
    assert Matching.is_of_caller(traits, exchange) is True
    assert Matching.is_of_caller(traits, replace(exchange, session=kept.user(2))) is False
    assert Matching.is_of_caller(traits, replace(exchange, session=None)) is None
    assert Matching.is_of_caller(Traits(), exchange) is None


TWO = """
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    post:
      operationId: place
      responses: {'201': {description: Taken.}}
      callbacks:
        placed: {x-when: true, '{hooks}/placed/{$response.body#/id}': {post: {requestBody: {content: {application/json:
          {schema: {type: object, properties: {order: {x-from: answer.body#/id}}}}}},
          responses: {'200': {description: .}}}}}
        paid: {'{hooks}/paid/{$response.body#/id}': {post: {requestBody: {content: {application/json:
          {schema: {type: object, properties: {order: {x-from: answer.body#/id}}}}}},
          responses: {'200': {description: .}}}}}
"""
SLOW = Condition("answers-after", "hooks", (("ms", "250"),))


@pytest.mark.parametrize("times", [1, 3])
def test_an_event_that_an_answer_contradicts_is_rather_of_a_client_that_had_gone(tmp_path: Path, times: int) -> None:
    """However often it comes, each stays with the first of its order; any address may be the one that nobody heard."""
    (tmp_path / "openapi.yaml").write_text(TWO)
    settings = 'spec = "openapi.yaml"\n[world.ingests.hooks]\nkind = "webhook"\n'
    (tmp_path / "bothends.toml").write_text(settings)
    (place,) = operations = load(tmp_path / "bothends.toml").operations
    heard = exchange(place, 3, answer=kept.answer(201, {"id": "d"}))
    gone = [exchange(place, number, answer=NoAnswer("closed")) for number in (1, 2)]
    exchanges = [replace(e, case=replace(e.case, given=(SLOW,))) for e in (*gone, heard)]
    deliveries = [
        kept.delivery(
            10 * number + again,
            event={"order": IDS[number]},
            path=f"/{to}/{IDS[number]}",
            ingest="hooks",
            identified=False,
            right_address=True,
            identity=f"{to} {number} #{again}",
            received=kept.BEGAN + 0.3 + number / 100 + again / 10,
        )
        for to, count in (("placed", 1), ("paid", times - 1))
        for again in range(count)
        for number in (1, 2, 3)
    ]
    got = Attribution(kept.SEED, operations, {"hooks": Address("http://127.0.0.1:9", "")}).tie(
        exchanges, deliveries, []
    )
    assert {1: {"b"}, 2: {"c"}, 3: {"d"}} == {e.number: {d.event["order"] for d in e.deliveries} for e in got.exchanges}
    assert {True} == {d.right_address and not d.undeclared for e in got.exchanges for d in e.deliveries}
