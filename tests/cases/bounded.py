"""A contract whose bodies have a bound of each sort that JSON Schema knows."""

from __future__ import annotations

import copy
from typing import Any

from tests.cases.orders import ORDERS

MEMBERS: dict[str, Any] = {
    "code": {"type": "string", "pattern": "^[a-z]+$", "example": "abc"},
    "name": {"type": "string", "minLength": 2, "maxLength": 4},
    "colour": {"enum": ["red", "green"]},
    "kind": {"const": "order"},
    "amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 10, "multipleOf": 0.5},
    "count": {"type": "integer", "minimum": 1, "maximum": 3},
    "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2, "uniqueItems": True},
    "gift": {"type": "boolean"},
    "mail": {"type": "string", "format": "email"},
    "link": {"type": "string", "format": "uri"},
    "inner": {"allOf": [{"$ref": "#/components/schemas/Inner"}]},
    "either": {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "boolean"}]},
}
INNER = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "boolean"}, "inner": {"$ref": "#/components/schemas/Inner"}},
    "additionalProperties": False,
}
BASE = {
    "code": "abc",
    "name": "xx",
    "colour": "red",
    "kind": "order",
    "amount": 1,
    "count": 1,
    "tags": ["a"],
    "gift": True,
    "mail": "someone@example.com",
    "link": "https://example.invalid/",
    "inner": {"a": True},
    "either": "a",
}


def _spec() -> dict[str, Any]:
    spec = copy.deepcopy(ORDERS)
    schema = {"type": "object", "required": ["code"], "properties": MEMBERS, "additionalProperties": False}
    spec["components"]["schemas"] |= {"Order": schema, "Inner": INNER}
    spec["components"]["requestBodies"]["Order"]["content"]["application/json"]["example"] = BASE
    return spec


BOUNDED = _spec()
