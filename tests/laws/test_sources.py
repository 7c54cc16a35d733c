"""Provenance from the request and from the answer, under a contract of another make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from bothends.records import Exchange, NoAnswer
from tests.laws import kept

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Operation

ANY: dict[str, Any] = {}
ANSWER = {"minProperties": 1}
EVENT = {
    "type": "object",
    "properties": {
        "data": {
            "properties": {
                "order": {"x-from": "request.path.order"},
                "item": {"x-from": "request.body#/items/0"},
                "all": {"x-from": "request.body"},
                "receipt": {"x-from": "answer.body#/receipt"},
            }
        }
    },
}
SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/orders/{order}": {
            "parameters": [{"name": "order", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "post": {
                "operationId": "placeOrder",
                "requestBody": {"content": {"application/json": {"schema": ANY}}},
                "responses": {"200": {"description": "Placed.", "content": {"application/json": {"schema": ANSWER}}}},
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
}
TOML = 'spec = "spec.json"\n[target]\nurl = "http://127.0.0.1:9999"\n[world.ingest]\nkind = "inngest"\n'
BODY = b'{"items": [{"sku": "a"}, 2]}'
LATIN_1 = (("Content-Type", "application/json; charset=ISO-8859-1"),)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """The operation of a contract whose events draw on the request and the answer."""
    folder: Path = tmp_path_factory.mktemp("orders")
    (folder / "spec.json").write_text(json.dumps(SPEC))
    (folder / "bothends.toml").write_text(TOML)
    return load(folder / "bothends.toml").operations[0]


def ordered(data: dict[str, Any], **changes: Any) -> Exchange:
    """Return an exchange of that contract, whose event carries some data."""
    kept_changes = {
        "target": "/orders/42?dry=1",
        "body": BODY,
        "answer": kept.answer(body={"receipt": ["r", 1]}),
        "deliveries": (kept.delivery(event={"name": "placed", "data": data}),),
    }
    return kept.exchange(**{**kept_changes, **changes})


PATH, ITEM, ALL, RECEIPT = (
    "/data/order from request.path.order",
    "/data/item from request.body#/items/0",
    "/data/all from request.body",
    "/data/receipt from answer.body#/receipt",
)


@pytest.mark.parametrize(
    ("exchange", "causes"),
    [
        (ordered({"order": "42"}), []),
        (ordered({"order": 42}), []),
        (ordered({"order": 42.0}), []),
        (ordered({"order": 41}), [PATH]),
        (ordered({"order": True}, target="/orders/true"), []),
        (ordered({"order": "a b/é"}, target="/orders/a%20b%2F%C3%A9"), []),
        (ordered({"order": 1}, target="/orders/one"), [PATH]),
        (ordered({"order": "42"}, target="/elsewhere"), [PATH]),
        (ordered({"item": {"sku": "a"}}), []),
        (ordered({"item": {"sku": "b"}}), [ITEM]),
        (ordered({"item": None}), [ITEM]),
        (ordered({"item": 1}, body=b"[1]"), [ITEM]),
        (ordered({"item": "7"}, body=b'{"items": [7]}'), [ITEM]),
        (ordered({"item": "7"}, body=b'{"items": [7]}', refused=True), []),  # it may be taken for a text
        (ordered({"item": "True"}, body=b'{"items": [true]}', refused=True), []),
        (ordered({"item": "8"}, body=b'{"items": [7]}', refused=True), [ITEM]),
        (ordered({"item": "inf"}, body=b'{"items": [1e999]}', refused=True), []),  # as many languages read and write it
        (ordered({"item": "-inf"}, body=b'{"items": [1e999]}', refused=True), [ITEM]),
        (ordered({"item": "0.70"}, body=b'{"items": [0.7]}', refused=True), []),
        (ordered({"item": "seven"}, body=b'{"items": [0.7]}', refused=True), [ITEM]),
        (ordered({"item": 1}, body=b"{"), [ITEM]),
        (ordered({"item": ""}, body=b'{"items": []}'), [ITEM]),
        (ordered({"item": ""}, body=b'{"items": []}', refused=True), []),  # no contract says what is read then
        (ordered({"item": {"sku": "a"}}, body=BODY.decode().encode("utf-16")), []),
        (ordered({"item": "é"}, body='{"items": ["é"]}'.encode("latin-1"), headers=LATIN_1), []),
        (ordered({"item": "e"}, body='{"items": ["é"]}'.encode("latin-1"), headers=LATIN_1), [ITEM]),
        (ordered({"item": 1}, body=b"[" * 9_999), []),  # it may be there, too deep to be seen
        (ordered({"all": None}, body=None), []),  # JSON has two ways to say that there is nothing
        (ordered({"all": 1}, body=None), [ALL]),
        (ordered({"all": None}, body=b"null"), []),
        (ordered({"all": [1]}, body=b" [1.0] "), []),
        (ordered({"receipt": ["r", 1.0]}), []),
        (ordered({"receipt": ["r"]}), [RECEIPT]),
        (ordered({"receipt": 1}, answer=kept.answer(body={"other": 1})), [RECEIPT]),
        (ordered({"receipt": 1}, answer=kept.answer(body={})), []),  # the law on the answer's schema speaks of it
        (ordered({"receipt": 1}, answer=kept.answer(502)), []),
        (ordered({"receipt": 1}, answer=NoAnswer("reset")), []),
        (ordered({"receipt": 1}, answer=kept.answer(body=b"{")), []),
        (ordered({"receipt": 1, "order": 1, "item": 1}), [PATH, ITEM, RECEIPT]),
        (ordered({}), None),
    ],
)
def test_a_value_is_held_against_its_source(orders: Operation, exchange: Exchange, causes: list[str] | None) -> None:
    """Each value is compared as JSON with what the request or the answer holds, as far as that is known."""
    found = kept.causes("provenance", exchange, operation=orders)
    assert causes == (None if found is None else sorted(found, key=[PATH, ITEM, ALL, RECEIPT].index))
