"""Lists of what was created: each item has the members that its schema has, and no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bothends.mock import serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.measured

ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "sku"],
    "properties": {
        "id": {"type": "string"},
        "sku": {"type": "string"},
        "pin": {"type": "string", "writeOnly": True},
        "buyer": {"type": "object", "properties": {"name": {"type": "string"}}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"count": {"type": "integer"}}}},
    },
}
ASKED: dict[str, Any] = {
    "sku": "lamp",
    "pin": "1234",
    "callbackUrl": "http://127.0.0.1:9/",
    "buyer": {"name": "Ada", "card": "4242"},
    "labels": {"colour": "red"},
    "lines": [{"count": 2, "secret": "x"}],
}
SHOWN: dict[str, Any] = {"sku": "lamp", "buyer": {"name": "Ada"}, "labels": {"colour": "red"}, "lines": [{"count": 2}]}
REFERENCE = {"$ref": "#/components/schemas/Order"}
LISTS: dict[str, tuple[Any, list[str]]] = {
    "plain": ({"type": "array", "items": REFERENCE}, []),
    "wrapped": (
        {
            "type": "object",
            "required": ["orders"],
            "properties": {"orders": {"type": "array", "items": REFERENCE}, "next": {"type": "string"}},
        },
        ["orders"],
    ),
    "of-parts": (
        {"allOf": [{"type": "object", "properties": {"data": {"type": "array", "items": {"allOf": [REFERENCE]}}}}]},
        ["data"],
    ),
    "nullable": (
        {"type": "object", "properties": {"data": {"type": ["array", "null"], "items": {"anyOf": [REFERENCE]}}}},
        ["data"],
    ),
}


def spec(folder: Path, listed: Any) -> Path:
    """Write a contract whose list has a schema; return where its settings would be."""
    answer = {"description": "One.", "content": {"application/json": {"schema": REFERENCE}}}
    body = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    path = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
    contract = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/orders": {
                "post": {"requestBody": body, "responses": {"201": answer}},
                "get": {"responses": {"200": {**answer, "content": {"application/json": {"schema": listed}}}}},
            },
            "/orders/{id}": {**path, "get": {"responses": {"200": answer}}},
        },
        "components": {"schemas": {"Order": ORDER}},
    }
    (folder / "openapi.json").write_text(json.dumps(contract), "utf-8")
    return folder / "bothends.toml"


@pytest.mark.parametrize("name", LISTS)
def test_an_item_has_what_its_schema_has(tmp_path: Path, name: str) -> None:
    """No URL of a callback, nothing that is only written, nor what a part of it does not name; a map keeps its keys."""
    listed, keys = LISTS[name]
    with serving(spec(tmp_path, listed)) as served:
        made = httpx.post(f"{served.url}/orders", json=ASKED).json()
        one = httpx.get(f"{served.url}/orders/{made['id']}").json()
        found = httpx.get(f"{served.url}/orders").json()
    for key in keys:
        found = found[key]
    expected = {"id": made["id"], **SHOWN}
    assert [expected] * 3 == [made, one, *found]


def test_an_item_of_which_nothing_is_named_is_what_its_creator_was_shown(tmp_path: Path) -> None:
    """A list whose items have no schema of their own shows what the answer to the POST had, as it is now."""
    with serving(spec(tmp_path, {"type": "array", "items": {"type": "object"}})) as served:
        made = httpx.post(f"{served.url}/orders", json=ASKED).json()
        assert [{"id": made["id"], **SHOWN}] == httpx.get(f"{served.url}/orders").json()
