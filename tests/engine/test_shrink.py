"""Smaller requests: each is smaller by a measure that can't fall for ever, and still well framed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.engine.findings.examine import smaller
from bothends.records import Request

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
    """When everything still shows the finding, nothing is left but method and path."""
    steps = 0
    while (candidate := next(smaller(request), None)) is not None:
        request, steps = candidate, steps + 1
    assert Request("POST", "/api/route") == request
    assert steps <= 8


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
