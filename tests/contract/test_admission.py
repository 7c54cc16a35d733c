"""The oracle: which refusals of a request are right by the contract alone."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.contract import Admission, BodyRule, Operation, Parameter, admission
from bothends.records import Request
from bothends.schemas import Schema

if TYPE_CHECKING:
    from bothends.contract import Contract

JSON = (("Content-Type", "application/json"),)
LIMIT = 65536


def post(body: bytes | None, *headers: tuple[str, str], framing: Any = "length") -> Request:
    """Return a request of this project's operation."""
    return Request("POST", "/api/route", headers, body, framing)


def verdict(
    contract: Contract, body: bytes | None, *headers: tuple[str, str], framing: Any = "length"
) -> tuple[set[str], bool]:
    """Return the refusals and whether they are certain."""
    found = admission(contract.operation("postRoute"), post(body, *headers, framing=framing))
    assert found.certain == (not found.doubts)
    return set(found.refusals), found.certain


def sized(size: int) -> bytes:
    """Return a valid body of so many bytes."""
    return b'{"data":"' + b"x" * (size - 11) + b'"}'


@pytest.mark.parametrize(
    ("headers", "certain"),
    [((), True), (JSON, True), ((("Content-Type", "text/plain"),), False), ((("Content-Type", "a/b; ;; c"),), False)],
)
@pytest.mark.parametrize("body", [None, b""])
def test_an_optional_body_that_is_not_there_is_admitted(
    contract: Contract,
    headers: Any,
    body: bytes | None,
    certain: bool,  # noqa: FBT001 -- a column
) -> None:
    """If it is said to be of a type that nobody asked for, some servers refuse what is said of nothing."""
    assert verdict(contract, body, *headers) == (set(), certain)


def test_an_empty_body_in_chunks_is_doubtful(contract: Contract) -> None:
    """Some servers take the framing for a body."""
    assert verdict(contract, b"", *JSON, framing="chunked") == (set(), False)


@pytest.mark.parametrize(
    "body", [b"{}", b' {"data": null} ', b'{"data":{"a":[1,2]}}', b'{"\\u0064ata":"\\u00e9"}', sized(LIMIT)]
)
def test_what_the_contract_asks_for_is_admitted(contract: Contract, body: bytes) -> None:
    """A body of the schema, up to the limit, is admitted."""
    assert verdict(contract, body, *JSON) == (set(), True)


@pytest.mark.parametrize(
    ("body", "refusals"),
    [
        (b" \n", {"malformed-body"}),
        (b"{", {"malformed-body"}),
        (b'{"data":NaN}', {"malformed-body"}),
        (b'{"data":"\xff"}', {"malformed-body"}),
        (b"null", {"invalid-body"}),
        (b"[]", {"invalid-body"}),
        (b'[{"data":1}]', {"invalid-body"}),
        (b'{"data":1,"more":2}', {"invalid-body"}),
        (b'{"Data":1}', {"invalid-body"}),
        (sized(LIMIT + 1), {"body-too-large"}),
        (b" " * (LIMIT + 1), {"body-too-large", "malformed-body"}),
        (b'{"more":"' + b"x" * LIMIT + b'"}', {"body-too-large", "invalid-body"}),
    ],
)
def test_what_the_contract_refuses(contract: Contract, body: bytes, refusals: set[str]) -> None:
    """Each family that applies is named, several at once where several do."""
    assert verdict(contract, body, *JSON) == (refusals, True)


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"data":1}',
        b'{"data":"\\ud800"}',
        b'{"data":1e999}',
        b'{"data":%s}' % (b"9" * 5000),
        b'{"data":%s1%s}' % (b"[" * 200, b"]" * 200),
        b'{"data":1,"data":2}',
    ],
)
def test_what_a_parser_may_refuse_is_not_certain(contract: Contract, body: bytes) -> None:
    """The contract can't tell what becomes of JSON that implementations limit."""
    assert not verdict(contract, body, *JSON)[1]


@pytest.mark.parametrize(
    ("header", "refusals", "certain"),
    [
        ("application/json; charset=utf-8", set(), True),
        ("Application/JSON;charset=UTF8", set(), True),
        ('application/json; charset="utf-8"; v=1', set(), True),
        ("application/json; boundary=x", set(), True),
        ("text/plain", {"unsupported-media-type"}, True),
        ("application/x-www-form-urlencoded", {"unsupported-media-type"}, True),
        ("application/jsonp", {"unsupported-media-type"}, True),
        ("application/cloudevents+json", {"unsupported-media-type"}, True),
        ("application/json; charset=utf-16", {"unsupported-media-type"}, False),
        ("application/json; charset", set(), False),
        ("application/json, text/plain", {"unsupported-media-type"}, False),
        ("json", {"unsupported-media-type"}, False),
        ("", {"unsupported-media-type"}, False),
    ],
)
def test_media_types(contract: Contract, header: str, refusals: set[str], certain: bool) -> None:  # noqa: FBT001 -- a column
    """Media types match without regard to case and parameters; an odd charset is doubtful."""
    assert verdict(contract, b'{"data":1}', ("content-type", header)) == (refusals, certain)


def test_a_body_without_a_media_type_may_be_called_malformed_too(contract: Contract) -> None:
    """With no media type to go by, 415 and 400 are both right."""
    assert verdict(contract, b"{}") == ({"unsupported-media-type", "malformed-body"}, True)


def test_a_wrong_media_type_does_not_excuse_the_body(contract: Contract) -> None:
    """Where several refusals apply, any of them is right: so all are named."""
    assert verdict(contract, b"nonsense", ("Content-Type", "text/plain")) == (
        {"unsupported-media-type", "malformed-body"},
        True,
    )


@pytest.mark.parametrize(
    ("coding", "certain"), [("gzip", False), ("identity", True), ("", True), ("gzip, gzip", False)]
)
def test_content_codings_are_doubtful(contract: Contract, coding: str, certain: bool) -> None:  # noqa: FBT001 -- a column
    """A target may take a coding off, or refuse it."""
    assert certain == verdict(contract, b"{}", *JSON, ("Content-Encoding", coding))[1]


def test_several_media_types_are_doubtful(contract: Contract) -> None:
    """Which of two headers counts is not said anywhere."""
    assert verdict(contract, b"{}", *JSON, *JSON) == (set(), False)


def operation(body: BodyRule | None, *parameters: Parameter, path: str = "/x") -> Operation:
    """Return an operation made by hand."""
    return Operation("x", "POST", path, "", body=body, parameters=parameters)


def of(body: bytes | None, media_type: str, rule: BodyRule | None) -> Admission:
    """Return the verdict on a body."""
    headers = () if body is None else (("Content-Type", media_type),)
    return admission(operation(rule), Request("POST", "/x", headers, body))


def test_a_required_body_that_is_not_there() -> None:
    """What a target calls a missing body is its own choice, that it refuses it is not."""
    found = of(None, "", BodyRule(required=True, content={"application/json": None}))
    assert found == Admission(frozenset({"invalid-body", "malformed-body", "unsupported-media-type"}))


def test_a_body_that_nobody_asked_for_is_doubtful() -> None:
    """An operation without a requestBody may ignore a body or refuse it."""
    assert not of(b"x", "text/plain", None).certain
    assert of(None, "", None) == Admission(frozenset())


def test_ranges_and_other_media_types() -> None:
    """Ranges match; text is not read as JSON; a schema of text is beyond the oracle."""
    text = Schema({"type": "string", "maxLength": 2})
    rule = BodyRule(
        required=False, content={"application/*": Schema({"type": "object"}), "text/plain": text, "image/*": None}
    )
    assert of(b"[]", "application/json", rule) == Admission(frozenset({"invalid-body"}))
    assert of(b"[]", "application/vnd.x+json", rule).refusals == {"invalid-body"}
    assert not of(b"<x/>", "application/xml", rule).certain
    assert not of(b"[]", "text/plain", rule).certain
    assert of(b"\x89PNG", "image/png", rule) == Admission(frozenset())
    assert of(b"x", "audio/ogg", rule) == Admission(frozenset({"unsupported-media-type"}))


def test_a_format_that_is_not_kept_is_doubtful() -> None:
    """A target may check `format`, and need not."""
    rule = BodyRule(required=False, content={"application/json": Schema({"properties": {"at": {"format": "date"}}})})
    assert of(b'{"at":"never"}', "application/json", rule) == Admission(
        frozenset(), certain=False, doubts=frozenset({"a wrong format, which some servers check"})
    )
    assert of(b'{"at":"2024-02-03"}', "application/json", rule).certain


def test_a_url_that_no_server_can_call_is_doubtful() -> None:
    """A target may take URLs of the web alone where `format: uri` allows any scheme; of other texts nothing is said."""
    schema = Schema(
        {"properties": {"to": {"format": "uri"}, "about": {"format": "uri-reference"}, "on": {"format": "date"}}}
    )
    rule = BodyRule(required=False, content={"application/json": schema})
    assert of(b'{"to":"javascript:alert(1)"}', "application/json", rule) == Admission(
        frozenset(),
        certain=False,
        doubts=frozenset({"a URL that is neither of http nor of https, which some servers refuse"}),
    )
    for body in (b'{"to":"HTTPS://example.com"}', b'{"to":1}', b'{"about":"/here"}', b'{"on":"2024-02-29"}'):
        assert of(body, "application/json", rule) == Admission(frozenset())


ID = Parameter("id", "path", required=True, schema=Schema({"type": "integer", "minimum": 1}), example=1, pointer="")
QUERY = Parameter("q", "query", required=True, schema=Schema({"enum": ["a", True]}), example="a", pointer="")
HEADER = Parameter("X-Key", "header", required=True, schema=None, example="k", pointer="")
COOKIE = Parameter("c", "cookie", required=True, schema=None, example="k", pointer="")


@pytest.mark.parametrize(
    ("target", "headers", "doubts"),
    [
        ("/o/7/x?q=a", (("x-key", ""),), set()),
        ("/o/7/x?q=true&other=1", (("X-KEY", "1"),), set()),
        ("/o/0/x?q=a", (("X-Key", "1"),), {"the path parameter 'id' does not match its schema"}),
        ("/o/1.5/x?q=a", (("X-Key", "1"),), {"the path parameter 'id' does not match its schema"}),
        ("/o/7/x?q=b", (("X-Key", "1"),), {"the query parameter 'q' does not match its schema"}),
        ("/o/7/x", (), {"the query parameter 'q' is missing", "the header parameter 'X-Key' is missing"}),
        ("/else?q=a", (("X-Key", "1"),), {"the path parameter 'id' is missing"}),
    ],
)
def test_parameters_make_a_verdict_doubtful(target: str, headers: Any, doubts: set[str]) -> None:
    """No family is about parameters, so a wrong one only takes the certainty away."""
    made = operation(None, ID, QUERY, HEADER, COOKIE, path="/o/{id}/x")
    assert admission(made, Request("POST", target, headers)) == Admission(frozenset(), not doubts, frozenset(doubts))


VALUES = st.text(max_size=20) | st.just("application/json")
HEADERS = st.lists(st.tuples(st.sampled_from(["Content-Type", "content-encoding", "X"]), VALUES), max_size=3)
SAFE = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("aé\U0001f680")
JSON_VALUES = st.recursive(SAFE, lambda inner: st.lists(inner) | st.dictionaries(st.text("xyz"), inner))


@settings(deadline=None)
@given(st.none() | st.binary(max_size=60) | st.text('{}[]"data:,\\u0 1e9', max_size=40).map(str.encode), HEADERS)
def test_no_request_makes_the_oracle_fail(
    contract: Contract, body: bytes | None, headers: list[tuple[str, str]]
) -> None:
    """Whatever the bytes and headers, there is a verdict, and it is the same each time."""
    made = contract.operation("postRoute")
    assert admission(made, post(body, *headers)) == admission(made, post(body, *headers))


@settings(deadline=None)
@given(JSON_VALUES)
def test_any_ordinary_value_under_data_is_admitted(contract: Contract, value: object) -> None:
    """`data` may be any JSON value."""
    assert verdict(contract, json.dumps({"data": value}).encode(), *JSON) == (set(), True)


def test_equal_operations_have_verdicts_of_their_own(contract: Contract) -> None:
    """A verdict that is remembered is that of one operation: another that differs in its body alone has its own."""
    found = contract.operation("postRoute")
    request = post(b"{}", *JSON)
    assert found.body is not None
    strict = replace(
        found, body=replace(found.body, content=dict.fromkeys(found.body.content, Schema({"minProperties": 1})))
    )
    verdicts = [admission(each, request).refusals for each in (found, strict, found, strict)]
    assert [frozenset(), {"invalid-body"}] * 2 == verdicts
    assert [found.once(id), strict.once(id)] == [id(found), id(strict)]
    assert admission(pickle.loads(pickle.dumps(strict)), request).refusals == {"invalid-body"}  # noqa: S301 -- its own
