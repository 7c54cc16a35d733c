"""Which parameters a run has not looked at: those that no request had, had rightly, or had another value of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import BodyRule, Parameter
from bothends.contract.requests import SetupPlace
from bothends.engine.evidence.parameters import not_proven, texts_of
from bothends.records import Request
from bothends.schemas import Schema
from tests.engine.evidence_of import seen
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation


def parameter(name: str, location: str, **schema: Any) -> Parameter:
    """Return an optional parameter with a schema."""
    return Parameter(name, location, required=False, schema=Schema(schema), example=None, pointer="/paths")


def operation(*parameters: Parameter, **changes: Any) -> Operation:
    """Return the operation of the project's own contract at another path, with parameters."""
    return replace(kept.operation(), path="/things/{id}", parameters=parameters, **changes)


@pytest.mark.parametrize(
    ("one", "texts"),
    [
        (parameter("id", "path"), ("a b",)),
        (parameter("limit", "query"), ("5",)),
        (parameter("tag", "query", type="array"), ("x", "y")),
        (parameter("deep", "query", type="object"), ("1",)),
        (parameter("form", "query", type="object", properties={"size": {}}), ("9",)),
        (parameter("size", "query"), ("9",)),
        (parameter("X-Trace", "header"), ("t",)),
        (parameter("lang", "cookie"), ("de",)),
        (parameter("other", "cookie"), ()),
        (parameter("other", "query"), ()),
    ],
)
def test_the_texts_of_a_parameter(one: Parameter, texts: tuple[str, ...]) -> None:
    """Wherever it stands, and however an object is written in a query."""
    headers = (("x-trace", "t"), ("cookie", "session=s; lang=de"))
    request = Request("POST", "/base/things/a%20b?limit=5&tag=x&tag=y&deep[a]=1&size=9", headers)
    assert texts == texts_of(one, operation(one), request)


def lacks(one: Parameter, *targets: str, **changes: Any) -> list[str]:
    """Return why a parameter is not proven after requests to some targets."""
    asked = operation(one, **changes)
    contract = replace(kept.contract(), operations=(asked,))
    made = [kept.exchange(number) for number, _ in enumerate(targets, 1)]
    sent = [replace(one, sent=replace(one.sent, target=target)) for one, target in zip(made, targets, strict=True)]
    return [each.why for each in not_proven(seen(contract, *sent), contract)]


NUMBER = parameter("limit", "query", type="integer", maximum=9)


@pytest.mark.parametrize(
    ("one", "queries", "why"),
    [
        (NUMBER, ("",), ["No request had it."]),
        (NUMBER, ("limit=x", "limit=10"), ["No request had a value that its schema allows."]),
        (NUMBER, ("limit=5", "limit=5", ""), ["All requests had the same value of it."]),
        (NUMBER, ("limit=5", "limit=x"), []),
        (parameter("limit", "query", const=5), ("limit=5",), []),
        (parameter("limit", "query", enum=["a"]), ("limit=a",), []),
        (parameter("limit", "query", type="array", items={"type": "integer"}), ("limit=1", "limit=2"), []),
        (parameter("Accept", "header"), ("",), []),
        (NUMBER, (), []),
    ],
)
def test_what_is_not_proven_of_a_parameter(one: Parameter, queries: tuple[str, ...], why: list[str]) -> None:
    """What was varied, what has one value only and what OpenAPI ignores is no omission; nor what was not asked."""
    assert why == lacks(one, *(f"/things/1?{query}" for query in queries))


def test_a_value_of_setup_is_the_only_one() -> None:
    """No other one leads anywhere."""
    targets = ("/things/1?limit=5", "/things/1?limit=5")
    assert [] == lacks(NUMBER, *targets, setup_places=(SetupPlace("query", "limit", "size"),))


def test_a_media_type_that_no_body_had() -> None:
    """Requests have it or not, whatever else is right with them."""
    asked = operation(body=BodyRule(required=True, content={"application/json": None, "multipart/related": None}))
    contract = replace(kept.contract(), operations=(asked,))
    assert [] == list(not_proven(seen(contract), contract))
    line = "media type multipart/related of postRoute"
    assert [line] == [each.what for each in not_proven(seen(contract, kept.exchange(1)), contract)]
    made = kept.exchange(2)
    sent = replace(made.sent, headers=(("Content-Type", 'Multipart/Related; boundary="x"'),), body=b"--x--")
    assert [] == list(not_proven(seen(contract, kept.exchange(1), replace(made, sent=sent)), contract))
