"""A contract that is nothing like this repository's: two operations, parameters, no session, no JSON example."""

from __future__ import annotations

from typing import Any

PROBLEM = {"application/problem+json": {"schema": {"type": "object", "required": ["status"]}}}


def answer(given: Any = None, content: Any = None) -> dict[str, Any]:
    """Return a response of a spec."""
    found = {"description": "An answer.", "content": PROBLEM if content is None else content}
    return found if given is None else {**found, "x-given": given}


def event(schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the callbacks of an operation that sends one event."""
    body = {"required": True, "content": {"application/json": {"schema": schema or {"type": "object"}}}}
    said = {"x-when": True, "x-delivery": "acknowledged"}
    sent = {"post": {**said, "requestBody": body, "responses": {"200": {"description": "Stored."}}}}
    return {"sent": {"{ingest}/e/{eventKey}": sent}}


ORDERS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {
        "/shops/{shop}/orders": {
            "parameters": [
                {"name": "shop", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            ],
            "post": {
                "operationId": "placeOrder",
                "parameters": [
                    {"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}, "example": True},
                    {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "integer"}, "example": 7},
                ],
                "requestBody": {"$ref": "#/components/requestBodies/Order"},
                "responses": {
                    "201": answer(content={"application/json": {"schema": {"type": "object"}}}),
                    "400": answer("malformed-body"),
                    "404": answer(),
                    "422": answer("invalid-body"),
                    "502": answer({"family": "upstream-wrong", "upstream": "stock"}),
                    "default": answer(),
                },
                "callbacks": event(),
            },
        },
        "/notes": {
            "put": {
                "operationId": "putNote",
                "requestBody": {"content": {"text/plain": {"schema": {"type": "string"}, "example": "a note"}}},
                "responses": {
                    "204": {"description": "Kept."},
                    "413": answer({"family": "body-too-large", "bytes": 100}),
                },
            }
        },
    },
    "components": {
        "requestBodies": {
            "Order": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Order"}},
                    "multipart/form-data": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}},
                },
            }
        },
        "schemas": {
            "Order": {
                "type": "object",
                "required": ["lines", "at"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "at": {"type": "string", "format": "date-time"},
                    "lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Line"}},
                    "note": {"type": "string", "maxLength": 20},
                },
                "additionalProperties": False,
            },
            "Line": {
                "type": "object",
                "required": ["sku", "count"],
                "properties": {"sku": {"type": "string", "minLength": 3}, "count": {"type": "integer", "minimum": 1}},
            },
            "Stock": {"type": "object"},
        },
    },
}

ORDERS_TOML = """
spec = "spec.json"
[target]
url = "http://127.0.0.1:9999"
[world.upstreams.stock]
method = "GET"
path = "/stock"
answer = "#/components/schemas/Stock"
[world.upstreams.prices]
method = "GET"
path = "/prices"
answer = "#/components/schemas/Stock"
[world.ingest]
kind = "inngest"
event_key = "k"
"""
