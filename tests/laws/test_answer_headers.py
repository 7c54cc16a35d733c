"""Headers of an answer: those that the contract requires are there, and each is of its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.records import Expectation
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.contract import Operation

TAG = {"type": "string", "pattern": '^"[0-9a-f]+"$'}
TOTALS = {"type": "object", "properties": {"open": {"type": "integer"}}, "required": ["open"]}
HEADERS = {
    "ETag": {"required": True, "schema": TAG},
    "X-Left": {"schema": {"type": "integer", "minimum": 0}},
    "X-Cached": {"schema": {"type": "boolean"}},
    "X-Name": {"schema": {"type": "string", "maxLength": 4}},
    "Link": {"schema": {"type": "array", "items": {"type": "string", "maxLength": 6}, "maxItems": 3}},
    "X-Pages": {"schema": {"type": "array", "items": {"type": "integer"}}},
    "X-Totals": {"schema": TOTALS},
    "X-Sums": {"schema": TOTALS, "explode": True},
    "X-Plan": {"content": {"application/json": {"schema": TOTALS}}},
    "Content-Length": {"required": True, "schema": {"type": "integer", "maximum": 0}},
    "Content-Type": {"required": True, "schema": {"const": "text/html"}},
}
JSON: dict[str, Any] = {"application/json": {"schema": {}}}
RESPONSES = {
    "200": {"description": "Here it is.", "headers": HEADERS, "content": JSON},
    "304": {"description": "No news.", "headers": {"ETag": {"required": True, "schema": {}}}},
    "404": {"description": "Gone.", "headers": {"X-Why": {"required": True, "schema": {}}}},
    "409": {"description": "Taken."},
}
GET = {"operationId": "read", "responses": RESPONSES}
SPEC = {"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "paths": {"/note": {"get": GET}}}
RIGHT = ("etag", '"0a"')


@pytest.fixture(scope="module")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """Return an operation whose answers declare headers."""
    folder = tmp_path_factory.mktemp("headers")
    (folder / "spec.json").write_text(json.dumps(SPEC), "utf-8")
    (folder / "bothends.toml").write_text('spec = "spec.json"\n', "utf-8")
    return load(folder / "bothends.toml").operations[0]


def causes(operation: Operation, status: int, *headers: tuple[str, str], **expected: Any) -> list[str] | None:
    """Return how an answer with some headers breaks the law."""
    answer = kept.answer(status, headers=(("content-type", "application/json"), *headers))
    expect = Expectation(statuses=frozenset({status}), **expected)
    exchange = kept.exchange(answer=answer, method="GET")
    exchange = replace(exchange, case=replace(exchange.case, expect=expect))
    return kept.causes("answer-headers", exchange, operation=operation)


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [
        ([RIGHT], []),
        ([], ["200 without ETag"]),
        ([("etag", "0a")], ["ETag of 200"]),
        ([RIGHT, ("x-left", "3"), ("x-cached", "False"), ("x-name", "12")], []),
        ([RIGHT, ("x-left", "-1")], ["X-Left of 200"]),
        ([RIGHT, ("x-left", "1.5")], ["X-Left of 200"]),
        ([RIGHT, ("x-left", "3"), ("x-left", "x")], []),  # two are a list, of which the schema says nothing
        ([RIGHT, ("x-cached", "yes")], ["X-Cached of 200"]),
        ([RIGHT, ("x-name", "12345")], ["X-Name of 200"]),
        ([RIGHT, ("x-name", "Zürs".encode().decode("latin-1"))], []),  # four letters, read as HTTP has it
        ([RIGHT, ("link", 'a, "b,c"'), ("link", "d")], []),
        ([RIGHT, ("link", "a, b"), ("link", "c, d")], ["Link of 200"]),
        ([RIGHT, ("x-pages", "1,2, 3")], []),
        ([RIGHT, ("x-pages", "1,two")], ["X-Pages of 200"]),
        ([RIGHT, ("x-totals", "open,2,name,3"), ("x-sums", "open=2,name=3"), ("x-plan", '{"open": 2}')], []),
        ([RIGHT, ("x-totals", "open,two")], ["X-Totals of 200"]),
        ([RIGHT, ("x-totals", "open")], ["X-Totals of 200"]),
        ([RIGHT, ("x-sums", "open,2")], ["X-Sums of 200"]),
        ([RIGHT, ("x-plan", "open,2")], ["X-Plan of 200"]),
        ([("x-left", "-1"), ("content-length", "9")], ["200 without ETag", "X-Left of 200"]),
    ],
)
def test_headers_are_as_the_contract_declares_them(
    operation: Operation, headers: list[tuple[str, str]], wrong: list[str]
) -> None:
    """A text is read as all that it may stand for; what frames a message, and its media type, is not judged here."""
    assert wrong == causes(operation, 200, *headers)


def test_each_status_has_its_own_headers(operation: Operation) -> None:
    """A 304 has to have what it declares as required, whatever the 200 has; without headers, nothing is judged."""
    assert (["304 without ETag"], []) == (causes(operation, 304), causes(operation, 304, RIGHT))
    assert (None, None) == (causes(operation, 409), causes(operation, 500))


def test_a_refusal_that_may_be_the_librarys_own_owes_no_header(operation: Operation) -> None:
    """Where any refusal is right, and no body is declared, nothing tells the target's own 404 from its library's."""
    assert ["404 without X-Why"] == causes(operation, 404)
    assert causes(operation, 404, any_refusal=True) is None
