"""A service with rules that its document does not say; `python bookings.py INGEST_PORT PORT`.

A booking for the ninth or the tenth day of a month is refused, and so is one that ends before it starts, whatever the
receiver of the events does.
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_TIME = {"type": "string", "format": "date-time"}
_ID = {"type": "string", "maxLength": 40}
_BOOKING = _json(_object(id=_ID, starts_at=_TIME, ends_at=_TIME))
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Bookings", "version": "1"},
    "paths": {
        "/bookings": {
            "post": {
                "operationId": "book",
                "requestBody": {
                    "required": True,
                    **_json({**_object(starts_at=_TIME, ends_at=_TIME), "additionalProperties": False}),
                },
                "responses": {
                    "201": {"description": "Booked.", **_BOOKING},
                    "409": {"description": "Closed on that day."},
                    "422": {"description": "Not a booking."},
                },
            }
        },
    },
}
CLOSED = {9, 10}


async def book(request: Request) -> Response:
    """Book, or refuse by a rule of the service's own."""
    try:
        body = json.loads((await request.body()).decode())
        span = [datetime.fromisoformat(body[key]) for key in ("starts_at", "ends_at")]
        right = len(body) == 2 and None not in {each.tzinfo for each in span} and span[0] < span[1]
        right = right and request.headers.get("content-type", "").startswith("application/json")
    except (ValueError, RecursionError, KeyError, TypeError):
        right = False
    if not right:
        return Response(status_code=422)
    if span[0].day in CLOSED:
        return Response(status_code=409)
    made = {"id": secrets.token_hex(6), **body}
    await _send({"kind": "booked", "id": made["id"], "starts": made["starts_at"]})
    return JSONResponse(made, 201)


async def _send(event: dict[str, str]) -> None:
    try:
        async with httpx.AsyncClient(timeout=0.3, trust_env=False) as client:
            await client.post(f"http://127.0.0.1:{sys.argv[1]}/in", json=event)
    except httpx.HTTPError:
        sys.stderr.write("an event was not taken\n")


async def document(_request: Request) -> Response:
    """Show the document."""
    return JSONResponse(SPEC)


if __name__ == "__main__":
    routes = [
        Route("/openapi.json", document),
        Route("/bookings", book, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
