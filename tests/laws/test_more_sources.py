"""Provenance from queries, headers, forms, parts of an upstream's answer and the clock; and in answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.errors import ContractError
from bothends.laws.provenance import span_of
from bothends.records import Again, Expectation, Finding, NoAnswer, grouped
from tests.laws import kept
from tests.laws.test_sources import TOML

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Operation
    from bothends.records import Answer, Exchange

SOURCES = {
    "page": "request.query.page",
    "tags": "request.query.tag",
    "trace": "request.header.X-Trace",
    "sku": "request.body#/sku",
    "city": "request.body#/address/city",
    "place": "answer.header.Location",
    "locale": "upstream.settings#/locale",
    "s": "clock.s",
    "iso": "clock.iso",
}
EVENT = {"type": "object", "properties": {name: {"x-from": text} for name, text in SOURCES.items()}}
ANSWER = {
    "type": "object",
    "properties": {
        "sku": {"x-from": "request.body#/sku"},
        "lines": {"type": "array", "items": {"properties": {"sku": {"x-from": "request.body#/sku"}}}},
        "locale": {"x-from": "upstream.settings#/locale"},
        "at": {"x-from": "clock.ms"},
    },
}
LOCALE = {"type": "object", "properties": {"locale": {"type": "string"}}, "additionalProperties": False}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "operationId": "placeOrder",
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1}},
                    {"name": "tag", "in": "query", "schema": {"type": "array"}},
                    {"name": "x-trace", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {}, "application/x-www-form-urlencoded": {}}},
                "responses": {
                    "200": {
                        "description": "Placed.",
                        "headers": {"Location": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": ANSWER}},
                    }
                },
                "callbacks": {
                    "placed": {
                        "{ingest}/e/{eventKey}": {
                            "post": {
                                "requestBody": {"content": {"application/json": {"schema": EVENT}}},
                                "responses": {"200": {"description": "Stored."}},
                            }
                        }
                    }
                },
            },
        }
    },
    "components": {"schemas": {"Settings": LOCALE}},
}
UPSTREAM = '[world.upstreams.settings]\npath = "/settings"\nanswer = "#/components/schemas/Settings"\n'
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
MULTIPART = (("Content-Type", "multipart/form-data; boundary=b"),)
PARTS = b'--b\r\nContent-Disposition: form-data; name="sku"\r\n\r\n7\r\n--b--\r\n'


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """The operation of a contract whose events and answers draw on all of these."""
    folder: Path = tmp_path_factory.mktemp("orders")
    return loaded(folder, SPEC)


def loaded(folder: Path, spec: dict[str, Any]) -> Operation:
    """Return the operation of a spec."""
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "bothends.toml").write_text(TOML + UPSTREAM)
    return load(folder / "bothends.toml").operations[0]


def ordered(data: dict[str, Any], headers: tuple[tuple[str, str], ...] = (), **changes: Any) -> Exchange:
    """Return an exchange of that contract, whose event has some data."""
    given = {
        "target": "/orders?page=2&tag=a&tag=b",
        "headers": (*headers, ("X-Trace", " 5 ")),
        "body": b'{"sku": "a", "address": {"city": "Bern"}}',
        "answer": replace(kept.answer(body={}), headers=(("content-type", "application/json"), ("location", "/o/5"))),
        "deliveries": (kept.delivery(event=data),),
    }
    return kept.exchange(changes.pop("number", 1), **{**given, **changes})


AT = datetime.fromtimestamp(kept.began(1), UTC)


def cause(name: str) -> str:
    """Return what the law names of a value."""
    return f"/{name} from {SOURCES[name]}"


AGAIN = ordered({}, answer=replace(kept.answer(body={}), headers=(("location", "/o/6"),)))


@pytest.mark.parametrize(
    ("exchange", "wrong"),
    [
        (ordered({"page": 2}), []),
        (ordered({"page": "2"}), []),
        (ordered({"page": 3}), ["page"]),
        (ordered({"page": 1}), ["page"]),
        (ordered({"page": 1}, target="/orders"), []),  # the default that the contract declares
        (ordered({"page": None}, target="/orders"), []),
        (ordered({"page": 2}, target="/orders"), ["page"]),
        (ordered({"page": 2}, target="/orders?page=1&page=2"), []),  # which of the two counts, nothing says
        (ordered({"tags": ["a", "b"]}), []),
        (ordered({"tags": ["a", "c"]}), ["tags"]),
        (ordered({"tags": ["b"]}), ["tags"]),
        (ordered({"tags": [1, True]}, target="/orders?tag=1,true"), []),
        (ordered({"trace": "5"}), []),
        (ordered({"trace": 5}), []),
        (ordered({"trace": 6}), ["trace"]),
        (ordered({"sku": 7}, headers=FORM, body=b"sku=7"), []),
        (ordered({"sku": "7"}, headers=FORM, body=b"sku=7"), []),
        (ordered({"sku": True}, headers=FORM, body=b"sku=true"), []),
        (ordered({"sku": 8}, headers=FORM, body=b"sku=7"), ["sku"]),
        (ordered({"sku": [1, 2]}, headers=FORM, body=b"sku=1&sku=2"), []),
        (ordered({"sku": [1, 2]}, headers=FORM, body=b"sku[]=1&sku[]=2"), []),
        (ordered({"sku": [{"n": 1}]}, headers=FORM, body=b"sku[0][n]=1"), []),
        (ordered({"sku": 7}, headers=MULTIPART, body=PARTS), []),
        (ordered({"sku": 8}, headers=MULTIPART, body=PARTS), ["sku"]),
        (ordered({"sku": 8}, headers=MULTIPART, body=b"no parts"), []),  # the contract does not say what that is
        (ordered({"city": "Ulm"}, headers=FORM, body=b"address[city]=Ulm"), []),
        (ordered({"city": "Bern"}, headers=FORM, body=b"address[city]=Ulm"), ["city"]),
        # A target may read JSON that is sent as a form, and unpack a body: what it has read then is not known.
        (ordered({"sku": "x"}, headers=FORM, body=b'{"sku": "x"}'), []),
        (ordered({"sku": "x"}, headers=FORM, body=b"size=1"), ["sku"]),
        (ordered({"sku": "x"}, headers=(("Content-Encoding", "gzip"),), body=b"packed"), []),
        (ordered({"sku": "x"}, headers=(("Content-Encoding", "gzip"),), body=b'{"sku": "y"}'), ["sku"]),
        (ordered({"sku": "x"}, headers=(("Content-Encoding", "identity"),), body=b'{"sku": "y"}'), ["sku"]),
        (ordered({"place": "/o/5"}), []),
        (ordered({"place": "/o/6"}), ["place"]),
        (ordered({"place": "/o/6"}, answer=kept.answer(502)), []),
        (ordered({"place": "/o/6"}, repeats=(AGAIN,)), []),  # of the request that was sent again
        (ordered({"place": "/o/7"}, repeats=(AGAIN,)), ["place"]),
        (ordered({"locale": "de-CH"}), []),
        (ordered({"locale": "en"}), ["locale"]),
        (ordered({"locale": "de-CH"}, calls=()), []),
        (ordered({"s": int(AT.timestamp())}), []),
        (ordered({"s": AT.timestamp() + 30}), ["s"]),
        (ordered({"s": AT.timestamp() * 1000}), ["s"]),
        (ordered({"s": True}), ["s"]),
        (ordered({"iso": AT.isoformat()}), []),
        (ordered({"iso": AT.isoformat().replace("+00:00", "Z")}), []),
        (ordered({"iso": (AT + timedelta(hours=2)).replace(tzinfo=None).isoformat() + "+02:00"}), []),
        (ordered({"iso": AT.replace(tzinfo=None).isoformat()}), []),
        (ordered({"iso": AT.date().isoformat()}), []),
        (ordered({"iso": (AT - timedelta(days=3)).date().isoformat()}), ["iso"]),
        (ordered({"iso": (AT + timedelta(hours=2)).isoformat()}), ["iso"]),
        (ordered({"iso": "yesterday"}), ["iso"]),
        (ordered({"iso": AT.timestamp()}), ["iso"]),
    ],
)
def test_a_value_is_held_against_its_source(orders: Operation, exchange: Exchange, wrong: list[str]) -> None:
    """Texts of a request are read as the event has them; a time may be written in several ways."""
    calls = {call.number: call for call in (kept.call(),)}
    found = kept.causes("provenance", exchange, operation=orders, calls=calls)
    assert [cause(name) for name in wrong] == found


@pytest.mark.parametrize(
    ("data", "changes", "expected"),
    [
        ({"page": 2}, {"target": "/orders"}, "no value, or 1: the default at request.query.page"),
        ({"sku": "x"}, {"body": b"{}"}, "no value, as the contract gives request.body#/sku no `default`"),
        ({"place": "/o/6"}, {"answer": kept.answer(body={})}, "no value"),
    ],
)
def test_a_finding_says_whose_default_a_value_may_be(
    orders: Operation, data: dict[str, Any], changes: dict[str, Any], expected: str
) -> None:
    """A `default` counts where the request has the value, and not at the property of the event."""
    found = kept.judge("provenance", ordered(data, **changes), operation=orders)
    assert [expected] == [each.expected for each in found or ()]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"sku": "a", "lines": [{"sku": "a"}, {"sku": "a"}], "locale": "de-CH"}, []),
        ({"sku": "b"}, ["/sku from request.body#/sku"]),
        ({"lines": [{"sku": "a"}, {"sku": "b"}, {"sku": "c"}]}, ["/lines/0/sku from request.body#/sku"]),
        ({"locale": "en"}, ["/locale from upstream.settings#/locale"]),
        ({"at": int(AT.timestamp() * 1000)}, []),
        ({"at": 0}, ["/at from clock.ms"]),
        ({"other": 1}, None),
    ],
)
def test_a_value_of_an_answer_is_held_against_its_source(
    orders: Operation, body: dict[str, Any], wrong: list[str] | None
) -> None:
    """What an answer says of its request is compared as an event is; in a list, each item."""
    calls = {call.number: call for call in (kept.call(),)}
    exchange = ordered({}, answer=kept.answer(body=body))
    assert wrong == kept.causes("answer-provenance", exchange, operation=orders, calls=calls)


SAME = Again(Expectation(frozenset({200})))
TOLD = kept.answer(body={"locale": "de-CH", "at": int(AT.timestamp() * 1000)})
"""What the first request is answered: the upstream told it a locale, and it was a while before the second one."""


def asked_again(answer: Answer, first: Answer | NoAnswer = TOLD, again: Again = SAME) -> Exchange:
    """Return an exchange that was sent after the first one on purpose, when its time was long over."""
    return ordered({}, number=9, answer=answer, deliveries=(), first=ordered({}, answer=first), again=again)


@pytest.mark.parametrize(
    ("exchange", "wrong"),
    [
        (asked_again(TOLD), []),
        (asked_again(kept.answer(body={"locale": "de"})), ["/locale from upstream.settings#/locale"]),
        (asked_again(kept.answer(body={"locale": "de-CH", "at": 0})), ["/at from clock.ms"]),
        (asked_again(kept.answer(body={"sku": "b"})), ["/sku from request.body#/sku"]),
        # Of a first request that failed, or was not answered, what it had asked for may be kept all the same.
        (asked_again(TOLD, NoAnswer("timeout")), []),
        (asked_again(TOLD, kept.answer(502)), []),
        (asked_again(kept.answer(body={"locale": "de"}), kept.answer(502)), ["/locale from upstream.settings#/locale"]),
        # Another key is another request, whose answer is its own.
        (asked_again(TOLD, again=replace(SAME, key="other-case")), ["/locale from upstream.settings#/locale"]),
    ],
)
def test_a_value_of_a_stored_answer_is_that_of_the_first_request(
    orders: Operation, exchange: Exchange, wrong: list[str]
) -> None:
    """Who asks again with the same key gets what the first answer had; else the value is told to the second one."""
    calls = {call.number: call for call in (kept.call(),)}
    assert wrong == kept.causes("answer-provenance", exchange, operation=orders, calls=calls)


def test_of_requests_at_once_with_one_key_any_may_have_asked(orders: Operation) -> None:
    """The one that counts as the first may have waited for another one, which began before it."""
    before = ordered({}, again=replace(SAME, at_once=True))
    calls = {call.number: call for call in (kept.call(),)}
    first = ordered({}, number=2, answer=TOLD, repeats=(before,))
    assert [] == kept.causes("answer-provenance", first, operation=orders, calls=calls)
    alone = ["/locale from upstream.settings#/locale"]
    assert alone == kept.causes("answer-provenance", replace(first, repeats=()), operation=orders, calls=calls)


def test_a_part_that_an_upstream_never_answers_is_an_error_of_the_contract(tmp_path: Path) -> None:
    """A pointer that the schema of its answer does not allow would never be compared."""
    spec = json.loads(json.dumps(SPEC).replace("upstream.settings#/locale", "upstream.settings#/zone"))
    with pytest.raises(ContractError, match="x-from names /zone, which the answer of settings does not allow"):
        loaded(tmp_path, spec)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-26T10:00:00Z", (0, 0)),
        ("2026-11-26 10:00:00", (0, 0)),
        ("20261126T100000Z", (0, 0)),
        ("2026-11-26T10:00Z", (0, 60)),
        ("2026-11-26T12:00+02:00", (0, 60)),
        ("2026-11-26", (-24 * 3600, 28 * 3600)),
        ("9999-12-31", None),
        ("1764151200", None),
        ("", None),
    ],
)
def test_a_time_is_as_exact_as_it_is_written(text: str, seconds: tuple[int, int] | None) -> None:
    """Without seconds it is a minute, without a time a day anywhere on earth."""
    ten = datetime(2026, 11, 26, 10, tzinfo=UTC).timestamp()
    found = span_of(text)
    assert seconds == (None if found is None else (found[0] - ten, found[1] - ten))


DEEP = json.loads('{"a\\u0000": ' + "[" * 1200 + '"\\u0000"' + "]" * 1200 + "}")


@pytest.mark.parametrize(
    ("sku", "shown", "alike"),
    [
        ("a\0b", "ab", "without U+0000"),
        ([{"n\0": "a\0b"}, "c\0", 1], [{"n": "ab"}, "c", 1], "without U+0000"),
        ("a\0\x07b", "ab", "without U+0000 U+0007"),
        ("a\0b", "a b", ""),
        ("a\0b\0", "ab\0", ""),
        ("a\0bc", "ab", ""),
        ("abc", "ab", ""),
        ("a\0b", None, ""),
        (DEEP, "", ""),
    ],
)
def test_what_drops_a_character_that_nobody_sees_is_alike_wherever_it_does(
    orders: Operation, sku: Any, shown: Any, alike: str
) -> None:
    """Where nothing else of the value is lost: a member or a list of them, it is one group of findings."""
    body = json.dumps({"sku": sku, "address": {"city": sku}}).encode()
    broken = kept.judge("provenance", ordered({"sku": shown, "city": shown}, body=body), operation=orders)
    assert broken is not None
    assert [alike, alike] == [each.alike for each in broken]
    findings = [Finding(str(n), each, kept.exchange().case, 1) for n, each in enumerate(broken)]
    assert (1 if alike else 2) == len(grouped(findings))
