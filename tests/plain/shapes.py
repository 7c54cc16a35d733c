"""Documents that say nothing of bothends, one for each shape of API, and what is added to them line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

KEPT = Path(__file__).parent.parent / "corpus" / "kept"
CALLERS = ("ada", "bo")


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _answers(**statuses: Any) -> dict[str, Any]:
    return {
        status[1:]: {"description": "An answer.", **({} if schema is None else _json(schema))}
        for status, schema in statuses.items()
    }


def _item(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": ["id", *properties], "properties": {"id": {"type": "string"}, **properties}}


def _new(**properties: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }
    return {"required": True, **_json(schema)}


def _id(name: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]


def _document(paths: Any, schemes: Any = None, version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    components = {"components": {"securitySchemes": schemes}} if schemes else {}
    return {"openapi": version, "info": {"title": "A service", "version": "1"}, "paths": paths, **components, **more}


_TEXT = {"type": "string", "minLength": 1, "maxLength": 30}
_NOTE = _item(text=_TEXT)

OPEN = _document(
    {
        "/notes": {
            "get": {"operationId": "listNotes", "responses": _answers(_200={"type": "array", "items": _NOTE})},
            "post": {
                "operationId": "addNote",
                "requestBody": _new(text=_TEXT),
                "responses": _answers(_201=_NOTE, _400=None),
            },
        }
    },
    version="3.0.3",
)
"""No sign-in at all."""

BEARER = _document(
    {
        "/messages": {
            "post": {
                "operationId": "sendMessage",
                "security": [{"token": []}],
                "requestBody": _new(to=_TEXT),
                "responses": _answers(_202=_item(to=_TEXT), _400=None, _401=None),
            }
        }
    },
    {"token": {"type": "http", "scheme": "bearer"}},
)

HEADER_KEY = _document(
    {
        "/jobs": {
            "get": {
                "operationId": "listJobs",
                "responses": _answers(_200=_item(jobs={"type": "array", "items": _item(name=_TEXT)}), _401=None),
            },
            "post": {
                "operationId": "addJob",
                "requestBody": _new(name=_TEXT),
                "responses": _answers(_201=_item(name=_TEXT), _422=None, _401=None),
            },
        }
    },
    {"serviceKey": {"type": "apiKey", "in": "header", "name": "X-Service-Key"}},
    security=[{"serviceKey": []}],
)

BASIC = _document(
    {
        "/profile": {
            "get": {"operationId": "getProfile", "responses": _answers(_200=_item(name=_TEXT), _401=None)},
            "put": {
                "operationId": "setProfile",
                "requestBody": _new(name=_TEXT),
                "responses": _answers(_200=_item(name=_TEXT), _400=None, _401=None),
            },
        }
    },
    {"login": {"type": "http", "scheme": "basic"}},
    security=[{"login": []}],
)

_LINE = _item(amount={"type": "integer", "minimum": 1, "maximum": 99})
NESTED = _document(
    {
        "/carts": {
            "post": {
                "operationId": "openCart",
                "responses": {
                    "201": {
                        "description": "Its address is in Location.",
                        "headers": {"Location": {"schema": {"type": "string"}}},
                    }
                },
            }
        },
        "/carts/{cartId}": {
            "parameters": _id("cartId"),
            "get": {"operationId": "getCart", "responses": _answers(_200=_item(), _404=None)},
        },
        "/carts/{cartId}/lines": {
            "parameters": _id("cartId"),
            "post": {
                "operationId": "addLine",
                "requestBody": _new(amount=_LINE["properties"]["amount"]),
                "responses": {
                    **_answers(_201=_LINE, _400=None, _404=None),
                    "201": {
                        "description": "Added.",
                        **_json(_LINE),
                        "links": {
                            "line": {
                                "operationId": "getLine",
                                "parameters": {"line": "$response.body#/id", "cartId": "$request.path.cartId"},
                            }
                        },
                    },
                },
            },
        },
        "/carts/{cartId}/lines/{line}": {
            "parameters": [*_id("cartId"), *_id("line")],
            "get": {"operationId": "getLine", "responses": _answers(_200=_LINE, _404=None)},
            "delete": {"operationId": "dropLine", "responses": _answers(_204=None, _404=None)},
        },
    }
)
"""Ids in paths: one by `Location`, one by a link."""

_PARCEL = _item(weight={"type": "integer", "minimum": 1, "maximum": 1000})
CALLBACK = _document(
    {
        "/parcels": {
            "post": {
                "operationId": "sendParcel",
                "requestBody": _new(
                    weight=_PARCEL["properties"]["weight"], callbackUrl={"type": "string", "format": "uri"}
                ),
                "responses": _answers(_201=_PARCEL, _400=None),
                "callbacks": {
                    "parcelSent": {
                        "{$request.body#/callbackUrl}": {
                            "post": {
                                "requestBody": {"required": True, **_json(_item(parcel=_TEXT))},
                                "responses": {"200": {"description": "Taken."}},
                            }
                        }
                    }
                },
            }
        }
    }
)

_TASK = _item(title=_TEXT)
RESOURCE = _document(
    {
        "/tasks": {
            "get": {
                "operationId": "listTasks",
                "responses": _answers(_200={"type": "array", "items": _TASK}, _401=None),
            },
            "post": {
                "operationId": "addTask",
                "requestBody": _new(title=_TEXT),
                "responses": _answers(_201=_TASK, _400=None, _401=None),
            },
        },
        "/tasks/{taskId}": {
            "parameters": _id("taskId"),
            "get": {"operationId": "getTask", "responses": _answers(_200=_TASK, _401=None, _403=None, _404=None)},
            "put": {
                "operationId": "changeTask",
                "requestBody": _new(title=_TEXT),
                "responses": _answers(_200=_TASK, _400=None, _401=None, _403=None, _404=None),
            },
            "delete": {"operationId": "dropTask", "responses": _answers(_204=None, _401=None, _403=None, _404=None)},
        },
    },
    {"token": {"type": "http", "scheme": "bearer"}},
    security=[{"token": []}],
)
"""A whole resource: it is created, read, changed and deleted, each by its owner only."""


def _parameter(name: str, location: str, schema: Any, *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": location, "required": required, "schema": schema}


PARAMETERS = _document(
    {
        "/books/{shelf}": {
            "parameters": [_parameter("shelf", "path", {"enum": ["novels", "poems"]}, required=True)],
            "get": {
                "operationId": "listBooks",
                "parameters": [
                    _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 9}),
                    _parameter("by", "query", _TEXT, required=True),
                    _parameter("form", "query", {"const": "short"}),
                    _parameter("code", "query", {"type": "string", "pattern": "^(?=a)(?=b)."}),
                    _parameter("X-Reader", "header", _TEXT),
                    _parameter("tongue", "cookie", {"enum": ["de", "en"]}),
                ],
                "responses": _answers(_200=_item(), _400=None),
            },
        }
    }
)
"""A parameter at each location, and one of which nobody knows a value: no text matches its pattern."""


def _kept(path: str) -> Any:
    return json.loads((KEPT / path).read_text("utf-8"))


SHAPES: dict[str, Any] = {
    "open": OPEN,
    "bearer": BEARER,
    "header-key": HEADER_KEY,
    "basic": BASIC,
    "nested": NESTED,
    "callback": CALLBACK,
    "resource": RESOURCE,
    "parameters": PARAMETERS,
    "streams": _kept("readme-callbacks/3.0/json/callbacks.json"),
    "webhooks": _kept("readme-webhooks/3.1/json/webhooks.json"),
}
"""Each by its name; the last two are public documents of the corpus."""

SESSIONS = {
    "bearer": ("token", "Authorization", "Bearer {}"),
    "resource": ("token", "Authorization", "Bearer {}"),
    "header-key": ("serviceKey", "X-Service-Key", "{}"),
    "basic": ("login", "", ""),
}


def settings(shape: str, *more: str) -> str:
    """Return the settings that a person writes for a shape: its callers, where it has any, and further lines."""
    lines = ['spec = "openapi.json"', *more]
    if shape in SESSIONS:
        scheme, header, form = SESSIONS[shape]
        if header:
            callers = ", ".join(f'{{headers = {{{header} = "{form.format(secret(one))}"}}}}' for one in CALLERS)
            lines += [f"[world.sessions.{scheme}]", 'kind = "static"', f"callers = [{callers}]"]
        else:
            callers = ", ".join(f'{{user = "{one}", password = "{secret(one)}"}}' for one in CALLERS)
            lines += [f"[world.sessions.{scheme}]", 'kind = "basic"', f"callers = [{callers}]"]
    # A lost event is waited for as long as an answer.
    return "\n".join([*lines, "[target]", "time_limit_ms = 5000", ""])


def secret(caller: str) -> str:
    """Return what a caller shows."""
    return f"the-secret-of-{caller}"
