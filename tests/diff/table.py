"""The table of changes: a row for each kind, with what breaks in each direction.

A *keyword* row is a pair of schemas, one wider than the other, at each place where a schema may stand. Where values are
sent by callers or receivers, the step to the narrow one breaks; where they are read, the step back. An *edit* row
changes a whole contract.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]

# Places of a schema, each with the way that its values go.

SENT, READ = "sent", "read"


@dataclass(frozen=True, slots=True)
class At:
    """A place where a schema may stand.

    Attributes:
        name: Its name in the table.
        way: Whether its values are sent to the target, or read from it.
        audience: Whom its changes concern.
        wrapped: Whether the schema is of a member of the value.
        put: Puts a whole schema into a contract.
    """

    name: str
    way: str
    audience: str
    wrapped: bool
    put: Callable[[Json, Any], None]

    def whole(self, schema: Any) -> Any:
        """Return the schema of the whole value."""
        return {"type": "object", "required": ["m"], "properties": {"m": schema}} if self.wrapped else schema


def operation(contract: Json) -> Json:
    """Return the operation of a contract."""
    found: Json = contract["paths"]["/orders/{id}"]["post"]
    return found


def event(contract: Json) -> Json:
    """Return the event of a contract."""
    found: Json = operation(contract)["callbacks"]["orderPlaced"]["{$request.query.hook}"]["post"]
    return found


def _json(holder: Json) -> Json:
    found: Json = holder["content"]["application/json"]
    return found


def _in_request(contract: Json, schema: Any) -> None:
    _json(operation(contract)["requestBody"])["schema"] = schema


def _in_answer(contract: Json, schema: Any) -> None:
    _json(operation(contract)["responses"]["201"])["schema"] = schema


def _in_event(contract: Json, schema: Any) -> None:
    _json(event(contract)["requestBody"])["schema"] = schema


def _in_acknowledgement(contract: Json, schema: Any) -> None:
    _json(event(contract)["responses"]["200"])["schema"] = schema


def _in_parameter(contract: Json, schema: Any) -> None:
    parameter(contract, "page")["schema"] = schema


def _in_object_parameter(contract: Json, schema: Any) -> None:
    parameter(contract, "filter")["schema"] = schema


def _in_header(contract: Json, schema: Any) -> None:
    operation(contract)["responses"]["201"]["headers"]["x-rate"]["schema"] = schema


def parameter(contract: Json, name: str) -> Json:
    """Return a parameter of the operation."""
    return next(each for each in operation(contract)["parameters"] if each["name"] == name)


PLACES = (
    At("request-body", SENT, "callers", wrapped=False, put=_in_request),
    At("request-property", SENT, "callers", wrapped=True, put=_in_request),
    At("request-parameter", SENT, "callers", wrapped=False, put=_in_parameter),
    At("request-parameter-property", SENT, "callers", wrapped=True, put=_in_object_parameter),
    At("response-body", READ, "callers", wrapped=False, put=_in_answer),
    At("response-property", READ, "callers", wrapped=True, put=_in_answer),
    At("response-header", READ, "callers", wrapped=False, put=_in_header),
    At("event-body", READ, "consumers", wrapped=False, put=_in_event),
    At("event-property", READ, "consumers", wrapped=True, put=_in_event),
    At("acknowledgement-body", SENT, "consumers", wrapped=False, put=_in_acknowledgement),
    At("acknowledgement-property", SENT, "consumers", wrapped=True, put=_in_acknowledgement),
)


def contract() -> Json:
    """Return the contract that rows change."""
    return copy.deepcopy(_CONTRACT)


_ORDER: Json = {
    "type": "object",
    "required": ["id", "item"],
    "properties": {"id": {"type": "string"}, "item": {"type": "string"}, "note": {"type": "string"}},
}
_CONTRACT: Json = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "servers": [{"url": "https://shop.invalid/v1"}],
    "paths": {
        "/orders/{id}": {
            "post": {
                "operationId": "placeOrder",
                "security": [{"key": []}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1}},
                    {"name": "hook", "in": "query", "required": True, "schema": {"type": "string"}},
                    {"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                    {"name": "X-Opts", "in": "header", "schema": {"type": "object", "properties": {"a": {}}}},
                    {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "schema": {"type": "string"},
                        "x-idempotency": {"conflict": 422, "survives": "kill"},
                    },
                ],
                "x-needs": {
                    "steps": ["draftOrder", {"operation": "priceOrder", "body": {"currency": "EUR"}}],
                    "ready": {"at": "/status", "is": "open"},
                },
                "x-transitions": {"from": ["open", "held"], "to": "paid", "others": 409},
                "x-registers": {
                    "does": "makes",
                    "address": "$request.body#/url",
                    "events": ["paid", "sent"],
                    "body": {"active": True},
                },
                "x-shared": True,
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["item"],
                                "properties": {"item": {"type": "string"}, "note": {"type": "string"}},
                            }
                        },
                        "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
                    }
                },
                "responses": {
                    "201": {
                        "description": "Placed.",
                        "headers": {
                            "x-rate": {"required": True, "schema": {"type": "integer"}},
                            "x-page": {"schema": {"type": "integer"}},
                        },
                        "content": {"application/json": {"schema": copy.deepcopy(_ORDER)}, "application/xml": {}},
                    },
                    "401": {"description": "Nobody.", "x-given": "signed-out"},
                    "413": {"description": "Too large.", "x-given": {"family": "body-too-large", "bytes": 1000}},
                    "422": {"description": "Refused.", "x-given": "invalid-body"},
                },
                "callbacks": {
                    "orderPlaced": {
                        "{$request.query.hook}": {
                            "post": {
                                "x-when": True,
                                "x-delivery": {
                                    "answer": "after",
                                    "attempts": "until-acknowledged",
                                    "within_ms": 3000,
                                    "retry_within_ms": 500,
                                    "identity": "/id",
                                    "survives": "kill",
                                },
                                "x-state": {
                                    "of": "getOrder",
                                    "id": "/id",
                                    "as": "of-write",
                                    "version": "/count",
                                    "order": "per-object",
                                    "readable": True,
                                },
                                "parameters": [
                                    {
                                        "name": "webhook-signature",
                                        "in": "header",
                                        "required": True,
                                        "schema": {"type": "string"},
                                    },
                                ],
                                "security": [{"hook": []}],
                                "requestBody": {
                                    "required": True,
                                    "content": {
                                        "application/json": {
                                            "schema": {
                                                "type": "object",
                                                "required": ["id", "kind", "item"],
                                                "properties": {
                                                    "id": {"type": "string", "x-from": "answer.body#/id"},
                                                    "kind": {"const": "order.placed"},
                                                    "item": {"type": "string"},
                                                    "state": {"enum": ["new", "paid"]},
                                                    "count": {"type": "integer", "maximum": 9},
                                                    "note": {"type": "string"},
                                                },
                                            }
                                        }
                                    },
                                },
                                "responses": {
                                    "200": {
                                        "description": "Taken.",
                                        "content": {
                                            "application/json": {
                                                "schema": {
                                                    "type": "object",
                                                    "required": ["ok"],
                                                    "properties": {"ok": {"type": "boolean"}},
                                                }
                                            }
                                        },
                                    },
                                    "202": {"description": "Taken later."},
                                },
                            }
                        }
                    }
                },
                "x-sends": ["audit"],
            },
            "get": {
                "operationId": "getOrder",
                "security": [],
                "x-consistency": {"within_ms": 500},
                "x-pages": {"items": "/items", "next": "/next", "stable": True},
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "It."}},
            },
        },
    },
    "webhooks": {
        "audit": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["who"],
                                "properties": {"who": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "Taken."}},
            }
        },
        "other": {"post": {"responses": {"200": {"description": "Taken."}}}},
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "bearer": {"type": "http", "scheme": "bearer"},
            "hook": {"type": "apiKey", "in": "header", "name": "X-Hook"},
            "sign": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {"tokenUrl": "https://id.invalid/t", "scopes": {"read": "", "write": ""}}
                },
            },
        }
    },
}


# Keywords: (name, wide, narrow, rule of the break, places that it makes no sense at).

TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "number"}
LIST: Json = {"type": "array", "items": {"type": "string"}}
OPEN: Json = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True}


def _tagged(tag: int) -> Json:
    return {"type": "object", "required": ["a"], "properties": {"a": {"const": tag}}}


@dataclass(frozen=True, slots=True)
class Keyword:
    """A pair of schemas.

    Attributes:
        name: Its name in the table.
        wide: A schema.
        narrow: One of which each value is one of the wide one.
        rule: The rule of the break.
        texts: Whether it makes a difference where a value is a text: in parameters and headers.
        both: Whether neither schema is the wider one: the step breaks in both directions.
    """

    name: str
    wide: Any
    narrow: Any
    rule: str
    texts: bool = True
    both: bool = False


KEYWORDS = (
    Keyword("type-changed", {"type": "boolean"}, {"type": "integer"}, "type", both=True),
    Keyword("const-changed", {"const": "a"}, {"const": "b"}, "choice", both=True),
    Keyword("pattern-changed", {**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "^b"}, "pattern", both=True),
    Keyword(
        "prefixItems-changed",
        {**LIST, "prefixItems": [TEXT, {"type": "integer"}]},
        {**LIST, "prefixItems": [TEXT]},
        "type",
        both=True,
    ),
    Keyword("type", {"type": ["string", "integer"]}, TEXT, "type", texts=False),
    Keyword("type-of-number", NUMBER, {"type": "integer"}, "type"),
    Keyword("list-of-types", {"type": ["string", "object"]}, {"type": ["string"]}, "type"),
    Keyword("any-type", {}, TEXT, "type"),
    Keyword("null", {"type": ["string", "null"]}, TEXT, "null"),
    Keyword("null-by-anyOf", {"anyOf": [TEXT, {"type": "null"}]}, TEXT, "null"),
    Keyword("const", TEXT, {"const": "a"}, "choice"),
    Keyword("enum", TEXT, {"type": "string", "enum": ["a", "b"]}, "choice"),
    Keyword("enum-value", {"enum": ["a", "b", "c"]}, {"enum": ["a", "b"]}, "choice"),
    Keyword("maximum", {**NUMBER, "maximum": 10}, {**NUMBER, "maximum": 9}, "limit"),
    Keyword("maximum-at-all", NUMBER, {**NUMBER, "maximum": 9}, "limit"),
    Keyword("exclusiveMaximum", {**NUMBER, "exclusiveMaximum": 10}, {**NUMBER, "exclusiveMaximum": 9}, "limit"),
    Keyword("exclusiveMaximum-at-all", {**NUMBER, "maximum": 9}, {**NUMBER, "exclusiveMaximum": 9}, "limit"),
    Keyword("minimum", {**NUMBER, "minimum": 1}, {**NUMBER, "minimum": 2}, "limit"),
    Keyword("minimum-at-all", NUMBER, {**NUMBER, "minimum": 2}, "limit"),
    Keyword("exclusiveMinimum", {**NUMBER, "exclusiveMinimum": 1}, {**NUMBER, "exclusiveMinimum": 2}, "limit"),
    Keyword("exclusiveMinimum-at-all", {**NUMBER, "minimum": 1}, {**NUMBER, "exclusiveMinimum": 1}, "limit"),
    Keyword("multipleOf", {"type": "integer"}, {"type": "integer", "multipleOf": 5}, "limit"),
    Keyword("maxLength", {**TEXT, "maxLength": 5}, {**TEXT, "maxLength": 4}, "limit"),
    Keyword("maxLength-at-all", TEXT, {**TEXT, "maxLength": 4}, "limit"),
    Keyword("minLength", {**TEXT, "minLength": 2}, {**TEXT, "minLength": 3}, "limit"),
    Keyword("minLength-at-all", TEXT, {**TEXT, "minLength": 3}, "limit"),
    Keyword("pattern-at-all", TEXT, {**TEXT, "pattern": "^a+$"}, "pattern"),
    Keyword("maxItems", {**LIST, "maxItems": 3}, {**LIST, "maxItems": 2}, "limit"),
    Keyword("minItems", {**LIST, "minItems": 1}, {**LIST, "minItems": 2}, "limit"),
    Keyword("minItems-at-all", LIST, {**LIST, "minItems": 1}, "limit"),
    Keyword("uniqueItems", LIST, {**LIST, "uniqueItems": True}, "limit"),
    Keyword("prefixItems", LIST, {**LIST, "prefixItems": [{"const": "a"}]}, "choice"),
    Keyword("items", {"type": "array", "items": {"type": ["string", "integer"]}}, LIST, "type"),
    Keyword("contains-at-all", LIST, {**LIST, "contains": {"const": "a"}}, "combination"),
    Keyword(
        "minContains",
        {**LIST, "contains": {"const": "a"}},
        {**LIST, "contains": {"const": "a"}, "minContains": 2},
        "combination",
    ),
    Keyword(
        "maxContains",
        {**LIST, "contains": {"const": "a"}, "maxContains": 3},
        {**LIST, "contains": {"const": "a"}, "maxContains": 2},
        "combination",
    ),
    Keyword(
        "unevaluatedItems",
        {"type": "array", "prefixItems": [TEXT]},
        {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False},
        "combination",
    ),
    Keyword("required", OPEN, {**OPEN, "required": ["a"]}, "presence"),
    Keyword("dependentRequired", OPEN, {**OPEN, "dependentRequired": {"a": ["b"]}}, "presence"),
    Keyword("dependentSchemas", OPEN, {**OPEN, "dependentSchemas": {"a": {"required": ["b"]}}}, "presence"),
    Keyword("patternProperties", OPEN, {**OPEN, "patternProperties": {"^x": {"type": "integer"}}}, "type"),
    Keyword("propertyNames", OPEN, {**OPEN, "propertyNames": {"maxLength": 3}}, "members"),
    Keyword("additionalProperties", OPEN, {**OPEN, "additionalProperties": {"type": "string"}}, "type"),
    Keyword("maxProperties", OPEN, {**OPEN, "maxProperties": 1}, "limit"),
    Keyword("minProperties", OPEN, {**OPEN, "minProperties": 1}, "limit"),
    Keyword(
        "unevaluatedProperties",
        {"type": "object", "allOf": [{"properties": {"a": TEXT}}], "unevaluatedProperties": True},
        {"type": "object", "allOf": [{"properties": {"a": TEXT}}], "unevaluatedProperties": {"type": "integer"}},
        "type",
    ),
    Keyword("allOf", TEXT, {"type": "string", "allOf": [{"minLength": 1}]}, "limit"),
    Keyword("anyOf", {"anyOf": [TEXT, NUMBER]}, {"anyOf": [TEXT, {**NUMBER, "minimum": 1}]}, "limit"),
    Keyword(
        "anyOf-branch",
        {"anyOf": [TEXT, {"type": "boolean"}, {"type": "object"}]},
        {"anyOf": [TEXT, {"type": "boolean"}]},
        "type",
    ),
    Keyword(
        "oneOf-branch",
        {"oneOf": [TEXT, {"type": "boolean"}, {"type": "object"}]},
        {"oneOf": [TEXT, {"type": "boolean"}]},
        "type",
    ),
    Keyword(
        "anyOf-objects",
        {"anyOf": [_tagged(1), _tagged(2), _tagged(3)]},
        {"anyOf": [_tagged(1), _tagged(2)]},
        "combination",
    ),
    Keyword(
        "oneOf-objects",
        {"oneOf": [_tagged(1), _tagged(2), _tagged(3)]},
        {"oneOf": [_tagged(1), _tagged(2)]},
        "combination",
    ),
    Keyword("wrapped-in-oneOf", {"type": "object"}, {"oneOf": [_tagged(1), _tagged(2)]}, "combination"),
    Keyword("not", TEXT, {"type": "string", "not": {"const": "a"}}, "combination"),
    Keyword("if-then", TEXT, {"type": "string", "if": {"minLength": 2}, "then": {"pattern": "^a"}}, "pattern"),
    Keyword("if-else", TEXT, {"type": "string", "if": {"minLength": 2}, "else": {"pattern": "^a"}}, "pattern"),
)


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a whole contract.

    Attributes:
        name: Its name in the table.
        change: Changes a contract into the new one.
        breaks: The rules that break from the old one to the new one.
        back: Those that break from the new one to the old one.
        audience: Whom both concern: `callers`, `consumers`, or both words.
    """

    name: str
    change: Callable[[Json], Any]
    breaks: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    audience: str = "callers"


def keyword_rows() -> Iterator[tuple[str, At, Keyword]]:
    """Yield each keyword at each place, with a name."""
    for keyword in KEYWORDS:
        for place in PLACES:
            of_texts = place.name in ("request-parameter", "response-header", "request-parameter-property")
            if of_texts and (not keyword.texts or not (_is_simple(keyword) or place.wrapped)):
                continue
            yield f"{place.name}/{keyword.name}", place, keyword


def _is_simple(keyword: Keyword) -> bool:
    """Return whether a pair of schemas makes sense for a text."""
    return keyword.name not in {
        "any-type",
        "null-by-anyOf",
        "anyOf",
        "anyOf-branch",
        "oneOf-branch",
        "wrapped-in-oneOf",
        "anyOf-objects",
        "oneOf-objects",
    }
