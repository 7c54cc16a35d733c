"""Bodies and codings that are right and break servers, that are doubtful, or that are bombs."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import pytest

from bothends.cases.families import requests, values
from bothends.cases.families.odd_requests import bomb
from bothends.cases.families.registry import plain_cases
from bothends.contract import admission

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract
    from bothends.records import Case


def by_name(contract: Contract, family: str) -> dict[str, Case]:
    """Return the cases of a family by their names."""
    return {case.name: case for case in plain_cases(contract, family)}


@pytest.mark.parametrize("name", values.RIGHT)
def test_what_breaks_servers_is_right_all_the_same(contract: Contract, name: str) -> None:
    """NUL, names of methods, empty keys, long and non-ASCII text: 200, and JSON that says what it says."""
    case = by_name(contract, "success")[name]
    assert {200} == case.expect.statuses
    assert json.loads(values.RIGHT[name]) == json.loads(case.request.body or b"")["data"]


def test_no_body_has_no_media_type_to_look_at(contract: Contract) -> None:
    """An empty body is none; one that is said to be of a type that nobody asked for may be refused for that."""
    cases = by_name(contract, "success")
    assert [b"", b""] == [cases[name].request.body for name in ("empty-body", "empty-body-as-json")]
    odd = by_name(contract, "odd-media-types")["empty-body-as-text"]
    assert (b"", "text/plain") == (odd.request.body, odd.request.header("content-type"))
    assert odd.expect.allows(200)
    assert odd.expect.allows(415)
    assert not admission(contract.operations[0], odd.request).certain


def test_a_required_body_that_is_empty_is_refused(orders: Contract) -> None:
    """Where the contract asks for a body, none is a malformed one."""
    assert b"" == by_name(orders, "malformed-body")["placeOrder.empty"].request.body
    assert "placeOrder.empty-body" not in by_name(orders, "success")


def test_doubtful_json_may_get_any_answer_but_a_server_error(contract: Contract) -> None:
    """What a parser may refuse: the declared answers below 500, but for the one to the signed out."""
    operation = contract.operations[0]
    cases = by_name(contract, "odd-body")
    assert {*values.DOUBTFUL, "byte-order-mark", "member-twice", "empty-in-chunks", "many-keys"} <= cases.keys()
    assert {frozenset({200, 400, 413, 415, 422})} == {case.expect.statuses for case in cases.values()}
    doubtful = (cases[name] for name in ("lone-surrogate", "beyond-doubles", "depth-100", "key-twice", "member-twice"))
    assert not any(admission(operation, case.request).certain for case in doubtful)
    assert b'{"data": "\\ud800"}' == cases["lone-surrogate"].request.body


def test_a_text_stands_where_anything_may(contract: Contract, orders: Contract) -> None:
    """In the property that takes all, and else in the first one; a text that fits nowhere has no body."""
    operation = contract.operations[0]
    assert b'{"data": 1e999}' == requests.around(operation, b"1e999")
    place = orders.operation("placeOrder")
    assert b'"at": 1e999' in requests.around(place, b"1e999")
    assert b'"note": "a\\u0000b"' in (requests.fitting(place, b'"a\\u0000b"') or b"")
    assert requests.fitting(place, b"[1E2]") is None


def test_a_malformed_text_is_wrong_in_nothing_else(contract: Contract) -> None:
    """The names in it are those that the operation knows."""
    assert b'{"data": NaN}' == by_name(contract, "malformed-body")["nan"].request.body


def test_headers_about_the_form_may_be_refused_by_any_4xx(contract: Contract) -> None:
    """406 and 415 need not be the operation's own words; a 5xx is never right, nor any other status."""
    for family in ("odd-media-types", "content-codings"):
        for case in plain_cases(contract, family):
            taken = not case.name.startswith("gzip-bomb")
            allowed = [case.expect.allows(status) for status in (200, 406, 451, 500, 302)]
            assert [taken, True, True, False, False] == allowed, case.label


def test_the_bomb_is_small_and_unpacks_to_a_right_body(contract: Contract) -> None:
    """It is under the limit as it comes, far beyond it as it is meant, and JSON."""
    case = by_name(contract, "content-codings")["gzip-bomb"]
    packed = case.request.body or b""
    assert len(packed) < 65_536
    assert {"data": "0" * (48 << 20)} == json.loads(gzip.decompress(packed))
    twice = by_name(contract, "content-codings")["gzip-bomb-twice"]
    assert packed == gzip.decompress(twice.request.body or b"")
    assert ("Content-Encoding", "gzip, gzip") == twice.request.headers[-1]


def test_a_gzip_of_blocks_is_one_member() -> None:
    """The checksum and the length are those of the whole."""
    packed = bomb(b'["', b'"]')
    opened = zlib.decompressobj(31)
    text = opened.decompress(packed)
    assert b'["00' == text[:4]
    assert (b"", True) == (opened.unused_data, opened.eof)


def test_there_is_no_bomb_where_no_limit_is_told(make_contract: Callable[..., Contract]) -> None:
    """Without a limit, nothing says that a body is too large."""
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "paths": {
            "/notes": {
                "post": {
                    "operationId": "note",
                    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                    "responses": {"200": {"description": "Kept."}},
                }
            }
        },
    }
    cases = by_name(
        make_contract(spec, 'spec = "spec.json"\n[target]\nurl = "http://127.0.0.1:9"\n'), "content-codings"
    )
    assert "gzip" in cases
    assert "gzip-bomb" not in cases


def test_operations_without_a_json_body_have_no_odd_ones(orders: Contract) -> None:
    """Text has no JSON in it to be odd; its answer may still be asked for in another form."""
    assert [] == [name for name in by_name(orders, "odd-body") if name.startswith("putNote.")]
    names = [name for name in by_name(orders, "odd-media-types") if name.startswith("putNote.")]
    assert names
    assert all(name.startswith("putNote.accept-") for name in names)
