"""A shop whose spec says nothing of bothends; `python shop.py PORT [BUG]`. It serves its spec at `/openapi.json`."""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

KEY = "a-key-of-the-shop"
_ITEM = {"$ref": "#/components/schemas/Item"}


def answer(description: str, schema: Any = None) -> dict[str, Any]:
    """Return an answer of the spec."""
    content = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
    return {"description": description, **content}


SPEC = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/items": {
            "get": {
                "operationId": "listItems",
                "responses": {"200": answer("All items.", {"type": "array", "items": _ITEM})},
            },
            "post": {
                "operationId": "addItem",
                "security": [{"shopKey": []}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewItem"}}},
                },
                "responses": {"201": answer("Added.", _ITEM), "400": answer("Refused."), "401": answer("No key.")},
            },
        },
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getItem",
                "responses": {"200": answer("The item.", _ITEM), "404": answer("There is none.")},
            },
        },
    },
    "components": {
        "securitySchemes": {"shopKey": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"}},
        "schemas": {
            "NewItem": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "maxLength": 20},
                    "note": {"type": "string", "nullable": True},
                },
            },
            "Item": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "name": {"type": "string"},
                    "note": {"type": "string", "nullable": True},
                },
            },
        },
    },
}


class Shop:
    """The shop.

    Attributes:
        bug: What it does wrong; empty: nothing.
    """

    def __init__(self, bug: str) -> None:
        """Open it, with nothing in it."""
        self.bug = bug
        self.items: dict[str, Any] = {}

    async def spec(self, _request: Request) -> Response:
        """Serve the spec."""
        return JSONResponse(SPEC)

    async def list_items(self, _request: Request) -> Response:
        """Answer the first items."""
        items = list(self.items.values())[:20]
        return JSONResponse({"items": items} if self.bug == "wrong-body" else items)

    async def add_item(self, request: Request) -> Response:
        """Add an item."""
        if request.headers.get("x-shop-key") != KEY and self.bug != "no-sign-in":
            return Response(status_code=401)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return Response(status_code=415)
        item = _new_item(await request.body())
        if item is None:
            return Response(status_code=200 if self.bug == "wrong-status" else 400)
        item["id"] = secrets.token_hex(4)
        self.items[item["id"]] = item
        return JSONResponse(item, 201)

    async def get_item(self, request: Request) -> Response:
        """Answer an item."""
        item = self.items.get(request.path_params["id"])
        return Response(status_code=404) if item is None else JSONResponse(item)


def _new_item(body: bytes) -> dict[str, Any] | None:
    try:
        item = json.loads(body.decode())
        json.dumps(item, ensure_ascii=False).encode()  # half of a surrogate pair could not be answered
    except (ValueError, RecursionError):
        return None
    if not isinstance(item, dict) or item.keys() - {"name", "note"}:
        return None
    name, note = item.get("name"), item.get("note", "")
    is_right = isinstance(name, str) and len(name) <= 20 and isinstance(note, str | None)
    return item if is_right else None


def application(bug: str) -> Starlette:
    """Return the shop as an application."""
    shop = Shop(bug)
    routes = [
        Route("/openapi.json", shop.spec),
        Route("/v1/items", shop.list_items, methods=["GET"]),
        Route("/v1/items", shop.add_item, methods=["POST"]),
        Route("/v1/items/{id}", shop.get_item, methods=["GET"]),
    ]
    return Starlette(routes=routes)


if __name__ == "__main__":
    uvicorn.run(application("".join(sys.argv[2:])), host="0.0.0.0", port=int(sys.argv[1]), log_level="warning")  # noqa: S104 -- tests ask for it under a name that is not loopback
