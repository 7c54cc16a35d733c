"""A service that declares its events, and says little of them; `python rentals.py INGEST_PORT PORT`.

A rental tells the URL that its request names; a return tells an address that was given beforehand, by one of the two
webhooks of the document. The event of a rental has the answer's schema in it, a fee that equals the days of the usual
request by chance, and a kind that is the request's, and of which there is only one.
"""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT = {"type": "string", "minLength": 1, "maxLength": 40}
_DAYS = {"type": "integer", "minimum": 1, "maximum": 99}
_URL = {"type": "string", "format": "uri", "maxLength": 900}
_REF = "#/components/schemas/"


def _body(**properties: Any) -> dict[str, Any]:
    return {"required": True, **_json({**_object(**properties), "additionalProperties": False})}


def _webhook(kind: str) -> dict[str, Any]:
    schema = _object(type={"const": kind}, bike=_TEXT, at={"type": "string"})
    return {
        "post": {"requestBody": {"required": True, **_json(schema)}, "responses": {"200": {"description": "Taken."}}}
    }


SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Rentals", "version": "1"},
    "paths": {
        "/rentals": {
            "post": {
                "operationId": "rent",
                "requestBody": {
                    **_body(bike=_TEXT, days=_DAYS, kind={"const": "city"}, hookUrl=_URL),
                },
                "responses": {
                    "201": {"description": "Rented.", **_json({"$ref": f"{_REF}Rental"})},
                    "400": {"description": "Refused."},
                },
                "callbacks": {
                    "rented": {
                        "{$request.body#/hookUrl}": {
                            "post": {
                                "requestBody": {"required": True, **_json({"$ref": f"{_REF}Rented"})},
                                "responses": {"200": {"description": "Taken."}},
                            }
                        }
                    }
                },
            }
        },
        "/returns": {
            "post": {
                "operationId": "giveBack",
                "requestBody": _body(bike=_TEXT),
                "responses": {"202": {"description": "Taken back."}, "400": {"description": "Refused."}},
            }
        },
    },
    "webhooks": {"returned": _webhook("returned"), "lost": _webhook("lost")},
    "components": {
        "schemas": {
            "Rental": _object(id=_TEXT, bike=_TEXT),
            "Rented": _object(rental={"$ref": f"{_REF}Rental"}, days=_DAYS, fee={"type": "integer"}, kind=_TEXT),
        }
    },
}
EXAMPLES = ({"bike": "red", "days": 2, "kind": "city", "hookUrl": "https://client.example/hook"}, {"bike": "red"})
for _item, _example in zip(SPEC["paths"].values(), EXAMPLES, strict=True):
    _item["post"]["requestBody"]["content"]["application/json"]["example"] = _example


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _is_days(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 99 and value == int(value)


async def _read(request: Request, *names: str) -> dict[str, Any] | None:
    """Return the body; None: it is not what the document asks for."""
    try:
        body = json.loads((await request.body()).decode())
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or body.keys() != set(names) or not _is_text(body["bike"], 40):
        return None
    if "days" not in names:
        return body
    right = _is_days(body["days"]) and _is_text(body["hookUrl"], 900) and body["kind"] == "city"
    return body if right else None


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def rent(request: Request) -> Response:
    """Rent a bike; the event is sent behind the answer."""
    body = await _read(request, "bike", "days", "kind", "hookUrl") if _is_json(request) else None
    if body is None:
        return Response(status_code=400)
    rental = {"id": secrets.token_hex(6), "bike": body["bike"]}
    event = {"rental": rental, "days": int(body["days"]), "fee": 2, "kind": body["kind"]}
    return JSONResponse(rental, 201, background=BackgroundTask(_send, body["hookUrl"], event))


async def give_back(request: Request) -> Response:
    """Take a bike back; the event is sent behind the answer."""
    body = await _read(request, "bike") if _is_json(request) else None
    if body is None:
        return Response(status_code=400)
    event = {"type": "returned", "bike": body["bike"], "at": "the shop"}
    return Response(status_code=202, background=BackgroundTask(_send, f"http://127.0.0.1:{sys.argv[1]}/in", event))


async def spec(_request: Request) -> Response:
    """Serve the spec."""
    return JSONResponse(SPEC)


async def _send(url: str, event: Any) -> None:
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            await client.post(url, json=event)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        sys.stderr.write("an event was not taken\n")


if __name__ == "__main__":
    routes = [
        Route("/openapi.json", spec),
        Route("/rentals", rent, methods=["POST"]),
        Route("/returns", give_back, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
