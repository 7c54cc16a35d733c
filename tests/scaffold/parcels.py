"""A service that sends events to where its requests say; `python parcels.py PORT`. Its spec says nothing of events.

Two values of each event are equal to values of the usual request by chance.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

SPEC: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Parcels", "version": "1"},
    "paths": {
        "/parcels": {
            "post": {
                "operationId": "sendParcel",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["label", "pieces", "shelf", "hookUrl"],
                                "additionalProperties": False,
                                "properties": {
                                    "label": {"type": "string", "minLength": 1, "maxLength": 60},
                                    "pieces": {"type": "integer", "minimum": 1, "maximum": 999},
                                    "shelf": {"type": "integer", "minimum": 1, "maximum": 999},
                                    "tell": {"type": "boolean"},
                                    "hookUrl": {"type": "string", "format": "uri", "maxLength": 900},
                                },
                            },
                            "example": {
                                "label": "books",
                                "pieces": 2,
                                "shelf": 2,
                                "tell": True,
                                "hookUrl": "https://example.com/hook",
                            },
                        }
                    },
                },
                "responses": {
                    "201": {
                        "description": "On its way.",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["id"],
                                    "properties": {"id": {"type": "string"}},
                                }
                            }
                        },
                    },
                    "400": {"description": "No JSON."},
                    "415": {"description": "Another media type."},
                    "422": {"description": "Not what is asked for."},
                },
            }
        }
    },
}
_WORDS: dict[str, Any] = {"label": str, "pieces": (int, float), "shelf": (int, float), "hookUrl": str}


def refusal(body: Any) -> int:
    """Return the status with which a body is refused; 0: it is right."""
    if not isinstance(body, dict) or body.keys() - {*_WORDS, "tell"} or not isinstance(body.get("tell", True), bool):
        return 422
    values = {key: body.get(key) for key in _WORDS}
    if any(isinstance(value, bool) or not isinstance(value, _WORDS[key]) for key, value in values.items()):
        return 422
    whole = all(0 < body[key] <= 999 and body[key] == int(body[key]) for key in ("pieces", "shelf"))
    return 0 if whole and 0 < len(body["label"]) <= 60 and len(body["hookUrl"]) <= 900 else 422


async def spec(_request: Request) -> Response:
    """Serve the spec."""
    return JSONResponse(SPEC)


async def send_parcel(request: Request) -> Response:
    """Take a parcel; the event is sent behind the answer."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Response(status_code=415)
    try:
        body = json.loads((await request.body()).decode())
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return Response(status_code=400)
    if refusal(body):
        return Response(status_code=422)
    parcel = {"id": secrets.token_hex(6)}
    event = {
        "type": "parcel.sent",
        "at": int(time.time()),
        "parcel": parcel["id"],
        "label": body["label"],
        "count": int(body["pieces"]),
        "version": 2,
        "lane": 2,
    }
    task = BackgroundTask(send, f"{body['hookUrl']}/parcels/{parcel['id']}", event) if body.get("tell", True) else None
    return JSONResponse(parcel, 201, background=task)


async def send(url: str, event: Any) -> None:
    """Send an event, once."""
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            await client.post(url, json=event)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        sys.stderr.write("an event was not taken\n")


if __name__ == "__main__":
    routes = [Route("/openapi.json", spec), Route("/parcels", send_parcel, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
