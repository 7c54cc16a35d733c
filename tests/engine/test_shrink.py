"""Smaller requests: each is smaller by a measure that can't fall for ever, and still well framed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract import BodyRule
from bothends.contract.requests import SetupPlace
from bothends.contract.requests.setup_values import mark_of
from bothends.engine.run.minimizing import Original, more_usual, same, smaller
from bothends.records import Breach, Cause, Finding, NoAnswer, Request, Severity
from bothends.schemas import Schema
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.none() | st.binary(max_size=20) | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.lists(
    st.tuples(st.sampled_from(["Content-Type", "content-type", "X-A", "accept"]), st.text(max_size=3)), max_size=3
).map(tuple)
REQUESTS = st.builds(
    Request,
    st.just("POST"),
    st.sampled_from(["/api/route", "/api/route?", "/api/route?a=1&b=?"]),
    HEADERS,
    BODIES,
    st.sampled_from(["length", "chunked"]),
).filter(lambda request: request.body is not None or request.framing == "length")


def measure(request: Request) -> tuple[int, int, int, int, int]:
    """Return whole numbers that can't fall for ever, compared one after the other."""
    return (
        request.body is not None,
        len(request.body or b""),
        len(request.target),
        len(request.headers),
        request.framing == "chunked",
    )


@given(REQUESTS)
def test_each_candidate_is_smaller(request: Request) -> None:
    """Shrinking ends, as each step takes something away and adds nothing."""
    for candidate in smaller(request):
        assert measure(candidate) < measure(request)


@given(REQUESTS)
def test_each_candidate_is_well_framed_and_asks_the_same_thing(request: Request) -> None:
    """Method and path stay; without a body there is nothing to frame and no type to tell."""
    for candidate in smaller(request):
        assert request.method == candidate.method
        assert request.target.partition("?")[0] == candidate.target.partition("?")[0]
        assert set(candidate.headers) <= set(request.headers)
        if candidate.body is None:
            assert candidate.framing == "length"
            assert request.body is None or candidate.header("content-type") is None


@given(REQUESTS)
def test_taking_the_first_candidate_again_and_again_ends_with_the_least_request(request: Request) -> None:
    """When everything still shows the finding, nothing is left but method and path, and a body in chunks."""
    steps, framing = 0, request.framing
    while (candidate := next(smaller(request), None)) is not None:
        request, steps = candidate, steps + 1
    assert (framing, framing == "chunked") == (request.framing, request.body is not None)
    assert Request("POST", "/api/route", body=request.body, framing=framing) == request
    assert steps <= 20


@given(JSON)
def test_a_json_body_stays_json(value: Any) -> None:
    """Parts are taken out of the value, not out of the text."""
    for candidate in smaller(Request("POST", "/", (), json.dumps(value).encode())):
        if candidate.body is not None:
            json.loads(candidate.body)


def bodies(body: bytes) -> list[bytes | None]:
    """Return the bodies of all candidates."""
    return [candidate.body for candidate in smaller(Request("POST", "/", (), body))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":[12,true],"b":"xyz"}', b'{"a":[12,true]}'),
        (b'{"a":[12,true],"b":"xyz"}', b'{"a":[],"b":"xyz"}'),
        (b'{"a":[12,true],"b":"xyz"}', b'{"a":[12],"b":"xyz"}'),
        (b'{"a":[12,true],"b":"xyz"}', b'{"a":[0,true],"b":"xyz"}'),
        (b'{"a":[12,true],"b":"xyz"}', b'{"a":[12,true],"b":"x"}'),
        (b'{"a":[12,true],"b":"xyz"}', b"{}"),
        ('{"a":"жжжж"}'.encode(), '{"a":"жж"}'.encode()),
        (rb'["\ud800abcdef"]', rb'["\ud800ab"]'),
        (b"[1.5]", b"[0]"),
        (b"{x: 1}", b"{x:"),
        (b"\xff\xfe", b"\xfe"),
        (b" 1 ", b"1"),
        (b" 1 ", b"0"),
        (b'{"a": "\\u0436"}', '{"a":"ж"}'.encode()),
    ],
)
def test_what_can_be_left_out_is(body: bytes, expected: bytes) -> None:
    """Keys, items, text, digits; of what is no JSON, bytes."""
    assert expected in bodies(body)


def test_a_body_too_deep_to_be_taken_apart_is_shortened_as_bytes() -> None:
    """Depth must not stop the run: neither where reading ends nor where walking does."""
    for depth in (500, 900, 990, 100_000):
        body = b"[" * depth + b"]" * depth
        candidates = smaller(Request("POST", "/", (), body))
        assert next(candidates).body is None
        lengths = [len(c.body or b"") for c, _ in zip(candidates, range(2000), strict=False)]
        assert lengths
        assert max(lengths) < len(body)


def test_the_least_request_has_nothing_to_leave_out() -> None:
    """Then shrinking is over."""
    assert [] == list(smaller(Request("GET", "/")))
    assert [None] == bodies(b"")


# What a smaller request must have in common with the first one.

THING = Schema(
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "size": {"type": "integer"}, "own": {"const": mark_of("own")}},
        "required": ["name"],
    }
)


def plain() -> Operation:
    """Return an operation that makes things."""
    return replace(
        kept.operation(),
        body=BodyRule(required=True, content={"application/json": THING}),
        setup_places=(SetupPlace("body", "/own", "own"),),
    )


def original(body: bytes, said: bytes = b'{"error":"the size is wrong"}', **more: Any) -> tuple[Original, Breach]:
    """Return what a request is compared with, and the breach that it showed."""
    operation = plain()
    exchange = kept.exchange(body=body, headers=(("content-type", "application/json"),), **more)
    exchange = replace(exchange, answer=replace(kept.answer(400), body=said), sent=exchange.case.request)
    breach = Breach("law", Severity.ERROR, Cause("cause"), "", "", "", exchange)
    return Original(operation, Finding("id", breach, exchange.case, 1)), breach


def answered(breach: Breach, status: int, said: bytes) -> Breach:
    """Return a breach whose exchange is answered otherwise."""
    assert breach.exchange is not None
    return replace(breach, exchange=replace(breach.exchange, answer=replace(kept.answer(status), body=said)))


@pytest.mark.parametrize(
    ("first", "smaller_one", "expected"),
    [
        (b'{"name":5,"size":3}', b'{"name":0,"size":3}', True),
        (b'{"name":5,"size":3}', b'{"name":0}', True),
        (b'{"name":5,"size":3}', b"{}", False),
        (b'{"size":3}', b"{}", True),
        (b'{"name":"x","size":"y"}', b'{"size":"y"}', False),
        (b'{"name":"x","size":1}', b'{"name":"","size":0}', True),
        (b'{"name":"x"}', b"{}", False),
        (b'{"name":"x","own":"~"}'.replace(b"~", mark_of("own").encode()), b'{"name":"x"}', False),
    ],
)
def test_a_smaller_request_is_invalid_in_the_same_place(first: bytes, smaller_one: bytes, *, expected: bool) -> None:
    """What is valid stays valid, what breaks a keyword breaks no other one, and what setup gives stays."""
    compared, breach = original(first)
    assert breach.exchange is not None
    assert expected == compared.is_like(replace(breach.exchange.case.request, body=smaller_one))


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("media_type", "first", "smaller_one", "expected"),
    [
        ("application/json", b'{"name":"lamp","size":7}', b'{"name":"lamp","size":0}', True),
        ("application/json", b'{"name":"lamp","size":7}', b'{"size":7}', True),
        ("application/json", b'{"name":"lamp","size":7}', b'{"name":"la","size":7}', False),
        ("application/json", b'{"name":"odd","size":7}', b'{"name":"","size":7}', True),
        ("application/json", b'{"name":"lamp","in":[{"a":1},2]}', b'{"name":"lamp","in":[2]}', True),
        ("application/json", b'{"name":"lamp","in":[{"a":1},2]}', b'{"name":"lamp","in":[{"a":0},2]}', False),
        (FORM, b"name=lamp&size=7", b"name=lamp&size=", True),
        (FORM, b"name=lamp&size=7", b"name=l&size=7", False),
        ("multipart/form-data; boundary=b", b"--b\r\n", b"--b", False),
    ],
)
def test_what_is_usual_in_a_refused_request_stays(
    media_type: str, first: bytes, smaller_one: bytes, *, expected: bool
) -> None:
    """Its member is as in the request that is taken, or left out; what the case is about may be changed."""
    usual = b"name=lamp&size=3" if media_type == FORM else b'{"name":"lamp","size":3,"in":[{"a":1},2]}'
    headers = (("content-type", media_type),)
    _, breach = original(b'{"name":"lamp"}')
    assert breach.exchange is not None
    case = breach.exchange.case
    one, other, common = (replace(case.request, headers=headers, body=body) for body in (first, smaller_one, usual))
    compared = Original(plain(), Finding("id", breach, case, 1), common)
    assert expected == compared.keeps_usual(one, other)
    assert Original(plain(), Finding("id", answered(breach, 500, b""), case, 1), common).keeps_usual(one, other)


def test_a_refused_request_gets_members_that_are_usual() -> None:
    """One after the other, in their order; the usual request itself shows nothing."""
    request, usual = (
        Request("POST", "/", (), b'{"a":1,"b":{"c":2,"d":3}}'),
        Request("POST", "/", (), b'{"b":{"d":4},"a":5}'),
    )
    bodies_of = [each.body for each in more_usual(request, usual)]
    assert [b'{"a":5,"b":{"c":2,"d":3}}', b'{"a":1,"b":{"c":2,"d":4}}'] == bodies_of
    assert [] == list(more_usual(Request("POST", "/", (), b'{"b":{"d":4},"a":6}'), usual))


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (400, b'{"error":"the size is wrong"}', True),
        (400, b'{"error":"the size is wrong","at":"2026-01-01T10:00","request":"a1f"}', False),
        (400, b'{"error":"the name is wrong"}', False),
        (422, b'{"error":"the size is wrong"}', False),
        (400, b"", False),
    ],
)
def test_another_answer_is_another_thing(status: int, said: bytes, *, expected: bool) -> None:
    """Law and cause are the same: the status must be, and what the answer says."""
    compared, breach = original(b'{"name":"x","size":1}')
    assert expected == compared.shows_in(answered(breach, status, said))


def test_what_varies_in_an_answer_says_nothing() -> None:
    """An answer that has other words each time is held to those that it always has."""
    compared, breach = original(b'{"name":"x","size":1}', said=b"the size is wrong, says amber")
    compared.note(answered(breach, 400, b"the size is wrong, says violet"))
    assert compared.shows_in(answered(breach, 400, b"the size is wrong, says orange"))
    assert not compared.shows_in(answered(breach, 400, b"the name is wrong, says orange"))


def test_numbers_and_values_of_the_request_say_nothing() -> None:
    """An answer may tell a line, a time, an id, or repeat a value."""
    compared, breach = original(b'{"name":"lamp","size":1}', said=b"line 12: the size of lamp is wrong (a1-b2)")
    assert compared.shows_in(answered(breach, 400, b"line 7: the size of lamp is wrong (c3-d4)"))


def test_no_answer_is_the_same_only_of_its_kind() -> None:
    """A connection that is closed is no time that runs out; for a retry, either is no answer."""
    compared, breach = original(b'{"name":"x"}')
    assert breach.exchange is not None
    silent = replace(breach, exchange=replace(breach.exchange, answer=NoAnswer("timeout", "")))
    finding = Finding("id", silent, breach.exchange.case, 1)
    assert (False, True) == (compared.shows_in(silent), same(breach, finding))
