"""What is told of requests that may have been refused for a value: nothing where there is another reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import Parameter
from bothends.contract.requests import SetupPlace
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence import unsettled
from bothends.engine.evidence.evidence import Evidence
from bothends.schemas import Schema
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange


def sent(number: int, status: int) -> Exchange:
    """Return an exchange of a valid request, with a case of its own."""
    exchange = kept.exchange(number, answer=kept.answer(status), deliveries=())
    return replace(exchange, case=replace(exchange.case, name=str(number)))


@pytest.mark.parametrize(
    ("others", "told"),
    [((), 1), ((409,), 0), ((422,), 1), ((409, 200), 1)],
    ids=["no other", "another with a value of its own", "refused otherwise", "and one that succeeds"],
)
def test_a_value_is_a_reason_unless_others_speak_against_it(others: tuple[int, ...], told: int) -> None:
    """What another operation has made may be why each request is refused, but not one that has no value of it."""
    contract = kept.contract()
    evidence = Evidence(contract)
    evidence.handle(ExchangeJudged(sent(1, 409), (), taken=True))
    for number, status in enumerate(others, 2):
        evidence.handle(ExchangeJudged(sent(number, status), ()))
    assert told == len(list(unsettled.notes(evidence.counts, contract)))
    assert told == len(list(unsettled.not_proven(evidence.counts, contract)))


CODE = {"type": "string", "pattern": "^(AB|XQ)$"}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("code", "body", "add"),
    [
        (CODE, b'{"code": "AB"}', "a schema of /code that has more values, so that each request has one of its own"),
        ({"allOf": [CODE]}, b'{"code": "AB"}', "a schema of /code that has more values, "),
        ({"enum": ["AB", "XQ"]}, b'{"code": "AB"}', ""),
        ({"const": "AB"}, b'{"code": "AB"}', ""),
        ({"type": "boolean"}, b'{"code": true}', ""),
        ({"type": "integer", "maximum": 2}, b'{"code": 1}', ""),
        ({**TEXT, "format": "uri"}, b'{"code": "http://127.0.0.1/"}', ""),
        (TEXT, b'{"code": "AB"}', ""),
        (TEXT, b'\t{"code":\t"\\u0041B"}\r\n', ""),
        (CODE, b'\t{"code":\t"\\u0041B"}\r\n', "a schema of /code that has more values, "),
    ],
)
def test_a_schema_is_asked_for_more_values_where_it_can_have_them(code: Any, body: bytes, add: str) -> None:
    """What is one of a few, and what each request has another one of as it is, would not be helped by it."""
    schema = Schema({"type": "object", "properties": {"code": code}})
    operation = kept.operation()
    assert operation.body is not None
    operation = replace(operation, body=replace(operation.body, content={"application/json": schema}))
    contract = replace(kept.contract(), operations=(operation,))
    evidence = Evidence(contract)
    refused = kept.exchange(1, body=body, answer=kept.answer(409), deliveries=())
    evidence.handle(ExchangeJudged(refused, (), taken=True))
    (told,) = unsettled.not_proven(evidence.counts, contract)
    assert told.why.startswith("1 was answered 409, perhaps as a value in each had to be unique")
    assert (add != "", True) == (bool(told.add), told.add.startswith(add))


@pytest.mark.parametrize("of_setup", [True, False], ids=["of setup", "of its own"])
def test_what_setup_makes_for_all_is_named_where_there_is_such(*, of_setup: bool) -> None:
    """A request with no value of setup is not helped by an operation in place of it."""
    place = SetupPlace("path", "board", "board")
    operation = replace(kept.operation(), setup_places=(place,) if of_setup else ())
    contract = replace(kept.contract(), operations=(operation,))
    evidence = Evidence(contract)
    evidence.handle(ExchangeJudged(sent(1, 409), (), disturbed=True))
    (told,) = unsettled.not_proven(evidence.counts, contract)
    assert of_setup == told.add.startswith("an operation that makes an object for each request")


def test_what_may_have_been_used_up_is_told_with_the_words_that_promise_it() -> None:
    """More are refused for what others had done to their object than are sent once more: that is one line."""
    contract = kept.contract()
    evidence = Evidence(contract)
    for number in (1, 2):
        evidence.handle(ExchangeJudged(sent(number, 409), (), used_up=True))
    (told,) = unsettled.not_proven(evidence.counts, contract)
    assert told.why == (
        "2 were answered 409, perhaps for what others had done to the object; no more of them are sent once more: "
        "success/1, success/2."
    )
    assert told.add.startswith("x-needs: {steps: [...]}")


ABSENT = {"absent": frozenset({404, 409})}


@pytest.mark.parametrize(
    ("status", "changes", "expect", "told"),
    [
        (409, {}, ABSENT, 1),
        (404, {}, ABSENT, 0),
        (409, {"known": "listThings"}, ABSENT, 0),
        (409, {}, {"statuses": frozenset({200, 409}), **ABSENT}, 0),
        (409, {}, {"statuses": frozenset({404}), "refused": True, "of_known": True, **ABSENT}, 1),
        (409, {}, {"statuses": frozenset({422}), "refused": True, **ABSENT}, 0),
        (409, {}, {}, 0),
    ],
    ids=["made up", "not there", "of an answer", "promised", "404 is promised", "of another refusal", "wrong"],
)
def test_a_conflict_with_what_nobody_knows_shows_nothing(
    status: int, changes: dict[str, Any], expect: dict[str, Any], told: int
) -> None:
    """The case is not proven, unless a value of it explains the answer, or it is answered otherwise another time."""
    place = Parameter("id", "path", required=True, schema=None, example=None, pointer="")
    operation = replace(kept.operation(), parameters=(place,))
    contract = replace(kept.contract(), operations=(operation,))
    first = sent(1, status)
    asked = replace(first, case=replace(first.case, expect=replace(first.case.expect, **expect)), **changes)
    for taken, others in ((False, ()), (True, ()), (False, (200,))):
        evidence = Evidence(contract)
        evidence.handle(ExchangeJudged(sent(9, 200), ()))
        evidence.handle(ExchangeJudged(asked, (), taken=taken))
        for other in others:
            again = replace(asked, number=2, answer=kept.answer(other))
            evidence.handle(ExchangeJudged(again, ()))
        said = [each.why for each in unsettled.not_proven(evidence.counts, contract)]
        wanted = told if not (taken or others) else 0
        assert wanted == len([why for why in said if why.startswith("1 was answered 409, which is right of an id")])
