"""A request that was really sent is matched with the one that a pact promises."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.errors import ContractError
from bothends.pacts.matching import Mismatch
from bothends.records import Request
from tests.pacts.library import body, http, made, posted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.pacts.library import Loaded

TYPE_RULE = {"combine": "AND", "matchers": [{"match": "type"}]}
KEY_RULE = {"combine": "AND", "matchers": [{"match": "regex", "regex": "^/e/[^/]+$"}]}
JSON_HEADER = {"Content-Type": ["application/json"]}
EVENT = {"name": "app/route.requested", "ts": 1}
TEXTS = st.text(st.characters(exclude_categories=["C"]), max_size=6)


def of_version(version: str) -> dict[str, Any]:
    """Return an interaction as a file of that version has it: any key, any time, the name as it is."""
    request = {"method": "POST", "path": "/e/key", "headers": {"Content-Type": "application/json"}, "body": EVENT}
    plain = {"description": "an event is sent", "response": {"status": 200}}
    v2 = {"$.path": {"match": "regex", "regex": "^/e/[^/]+$"}, "$.body.ts": {"match": "type"}}
    v3 = {"path": KEY_RULE, "body": {"$.ts": TYPE_RULE}}
    if version == "2.0.0":
        return {**plain, "request": {**request, "query": "q=1&q=2", "matchingRules": v2}}
    query = {"query": {"q": ["1", "2"]}}
    if version == "3.0.0":
        return {**plain, "request": {**request, **query, "matchingRules": v3}}
    return http({**query, "headers": JSON_HEADER, "body": body(EVENT), "matchingRules": v3}, {})


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0", "4.0"])
def test_requests_of_each_version_are_matched(loaded: Loaded, version: str) -> None:
    """What the file's rules allow is matched; what they do not is told in expected and actual."""
    pact = made(of_version(version), version=version)
    assert [] == loaded.sent(pact, posted({**EVENT, "ts": 99}, "/e/another?q=1&q=2"))
    expected = [
        Mismatch("query", "query q", "2", "3", "Expected query parameter 'q' with value '2' but was '3'"),
        Mismatch("body", "$.ts", "1", '"now"', "Expected 'now' (String) to be the same type as 1 (Integer)"),
    ]
    assert expected == loaded.sent(pact, posted({**EVENT, "ts": "now"}, "/e/key?q=1&q=3"))


def test_extra_keys_are_mismatches(loaded: Loaded) -> None:
    """A key that the consumer's pact does not name is one that it did not say it would send."""
    pact = made(http({"headers": JSON_HEADER, "body": body(EVENT)}, {}))
    seen = loaded.sent(pact, posted({**EVENT, "appSettings": {}}, "/e/key?debug=1"))
    assert ["query debug", "$"] == [item.where for item in seen]
    assert ('["name","ts"]', '["appSettings","name","ts"]') == (seen[1].expected, seen[1].actual)


def test_extra_headers_are_none(loaded: Loaded) -> None:
    """Every client adds headers of its own; those of the connection are not replayed."""
    pact = made(http({"headers": JSON_HEADER, "body": body(EVENT)}, {}))
    own = (("host", "ingest"), ("transfer-encoding", "chunked"), ("expect", "100-continue"), ("user-agent", "x"))
    assert [] == loaded.sent(pact, posted(EVENT, "/e/key", *own))


def test_method_and_path_are_told(loaded: Loaded) -> None:
    """The mock server knows no such request; what differs is found out here."""
    pact = made(of_version("4.0"))
    expected = Mismatch("method", "method", "POST", "PUT", "Expected the method POST but it was PUT")
    assert [expected] == loaded.sent(pact, Request("PUT", "/f"))
    seen = loaded.sent(pact, posted(EVENT, "/e/a/b?q=1&q=2"))
    assert [("path", "/e/a/b")] == [(item.where, item.actual) for item in seen]
    assert "^/e/[^/]+$" in seen[0].expected
    seen = loaded.sent(made(http({}, {})), posted(EVENT, "/e/another"))
    assert [("/e/key", "/e/another")] == [(item.expected, item.actual) for item in seen]


def test_content_type_counts_where_the_pact_names_it(loaded: Loaded) -> None:
    """The library wants a `Content-Type` for each body that it knows; the pact need not."""
    bare = Request("POST", "/e/key", (), b'{"name":"app/route.requested","ts":1}')
    assert [] == loaded.sent(made(http({"body": body(EVENT)}, {})), bare)
    seen = loaded.sent(made(http({"headers": JSON_HEADER, "body": body(EVENT)}, {})), bare)
    assert ["header Content-Type"] == [item.where for item in seen]


@pytest.mark.parametrize(
    ("value", "right", "wrong"),
    [
        (body("a=1", "application/x-www-form-urlencoded"), b"a=1", b"a=2"),
        (
            body(base64.b64encode(b"\xff\x00").decode(), "image/png", encoded="base64"),
            b"\xff\x00",
            b"\x89PNG\r\n\x1a\n",
        ),
        (body("text", "application/json", encoded="JSON"), b'"text"', b'"next"'),
        (body('{"a":1}', "application/json"), b'{"a": 1}', b'{"a": 2}'),
        (body("<a>1</a>", "application/xml"), b"<a>1</a>", b"<a>2</a>"),
    ],
    ids=["form", "binary", "json-text", "text-of-json", "xml"],
)
def test_bodies_of_other_kinds(loaded: Loaded, value: dict[str, Any], right: bytes, wrong: bytes) -> None:
    """A body is compared as what it is: a form, bytes, a JSON text, XML."""
    kind = (("content-type", value["contentType"]),)
    pact = made(http({"headers": {"Content-Type": [value["contentType"]]}, "body": value}, {}))
    assert [] == loaded.sent(pact, Request("POST", "/e/key", kind, right))
    assert loaded.sent(pact, Request("POST", "/e/key", kind, wrong))


@pytest.mark.parametrize(
    ("example", "wrong"),
    [("<?xml version='1.0'?><a>1</a>", b"<?xml version='1.0'?><a>2</a>"), ("plain", b"other"), ([1], b"[2]")],
    ids=["xml", "text", "json"],
)
def test_bodies_whose_type_nobody_names(loaded: Loaded, example: Any, wrong: bytes) -> None:
    """Up to V3 a body may come without a type: it is taken for what it looks like."""
    interaction = {"description": "it works", "request": {"method": "POST", "path": "/", "body": example}}
    pact = made({**interaction, "response": {}}, version="3.0.0")
    right = b"[1]" if example == [1] else str(example).encode()
    assert [] == loaded.sent(pact, Request("POST", "/", (), right))
    assert loaded.sent(pact, Request("POST", "/", (), wrong))


def test_bytes_without_a_type(loaded: Loaded) -> None:
    """Bytes in a pact that names no type for them are still compared."""
    value = {"content": base64.b64encode(b"\x00\x01").decode(), "encoded": "base64"}
    pact = made(http({"body": value}, {}))
    assert [] == loaded.sent(
        pact, Request("POST", "/e/key", (("content-type", "application/octet-stream"),), b"\x00\x01")
    )


def test_no_body_and_any_body(loaded: Loaded) -> None:
    """Null says that there must be none; where the pact is silent, any will do."""
    plain = {"description": "it works", "response": {"status": 200}}
    none = made({**plain, "request": {"method": "POST", "path": "/e/key", "body": None}}, version="3.0.0")
    silent = made({**plain, "request": {"method": "POST", "path": "/e/key"}}, version="3.0.0")
    assert [] == loaded.sent(silent, posted(EVENT))
    assert [] == loaded.sent(none, Request("POST", "/e/key"))
    assert ["body"] == [item.kind for item in loaded.sent(none, posted(EVENT))]


def test_query_without_a_value(loaded: Loaded) -> None:
    """A name without a value is neither an empty value nor no name."""
    for query, version in (({"verbose": [None]}, "4.0"), ("verbose", "2.0.0")):
        interaction = {**http({"query": query}, {})} if version == "4.0" else of_version("2.0.0")
        interaction["request"] = {"method": "POST", "path": "/e/key", "query": query}
        pact = made(interaction, version=version)
        assert [] == loaded.sent(pact, Request("POST", "/e/key?verbose"))
        assert ["query verbose"] == [item.where for item in loaded.sent(pact, Request("POST", "/e/key"))]


def test_values_that_look_like_matchers_are_values(loaded: Loaded) -> None:
    """What the library would take for its own JSON is compared as the text that it is."""
    text = '{"pact:matcher:type": "type", "value": "x"}'
    pact = made(http({"headers": {"X-Rule": [text]}, "query": {"rule": [text]}}, {}))
    target = "/e/key?rule=%7B%22pact%3Amatcher%3Atype%22%3A%20%22type%22%2C%20%22value%22%3A%20%22x%22%7D"
    assert [] == loaded.sent(pact, Request("POST", target, (("X-Rule", text),)))
    assert loaded.sent(pact, Request("POST", target, (("X-Rule", "x"),)))


def test_headers_of_several_values(loaded: Loaded) -> None:
    """A list in the pact is one header of several lines, in order."""
    pact = made(http({"headers": {"X-Tag": ["a", "b"]}}, {}))
    assert [] == loaded.sent(pact, Request("POST", "/e/key", (("X-Tag", "a"), ("X-Tag", "b"))))
    assert loaded.sent(pact, Request("POST", "/e/key", (("X-Tag", "b"), ("X-Tag", "a"))))


def test_rules_that_the_library_refuses_are_the_pacts_fault(loaded: Loaded) -> None:
    """The message names the place in the pact."""
    rules = {"matchingRules": {"body": {"$.[": {"matchers": "none"}}}}
    with pytest.raises(ContractError, match=r"web-route\.json /interactions/0: Pact's library refuses 'it works'"):
        loaded.sent(made(http(rules, {})), posted(EVENT))
    with pytest.raises(ContractError, match=r"refuses 'it works': .*surrogates not allowed"):
        loaded.sent(made(http({"path": "/\ud800"}, {})), posted(EVENT))


@settings(deadline=None, max_examples=60)
@given(
    value=st.dictionaries(TEXTS, TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=4),
    query=st.dictionaries(TEXTS.filter(bool), st.lists(TEXTS, min_size=1, max_size=2), max_size=2),
)
def test_an_example_matches_itself(loaded: Loaded, value: Any, query: Mapping[str, list[str]]) -> None:
    """Whatever a pact has for an example, the request that is just that is matched."""
    pact = made(http({"query": query, "headers": JSON_HEADER, "body": body(value)}, {}))
    assert [] == loaded.sent(pact, posted(value, pact.interactions[0].target))
