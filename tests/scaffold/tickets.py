"""A service whose webhooks share a schema, and that keeps receivers; `python tickets.py INGEST_PORT PORT`.

Two operations are about a ticket that exists. `/hooks` keeps each URL that it is given, and shows how many there are.
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

NAMES = ["ticket.opened", "ticket.closed"]


def _json(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT = {"type": "string", "minLength": 1, "maxLength": 40}
_TICKET = {"200": {"description": "The ticket.", **_json(_object(id=_TEXT, opened=_TEXT))}}
_GONE = {"404": {"description": "There is no such ticket."}}
_WEBHOOK = {
    "post": {
        "requestBody": _json({"$ref": "#/components/schemas/Event"}),
        "responses": {"200": {"description": "Taken."}},
    }
}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Tickets", "version": "1"},
    "paths": {
        "/tickets": {
            "post": {
                "operationId": "open",
                "requestBody": {"required": True, **_json(_object(about=_TEXT))},
                "responses": {**_TICKET, "400": {"description": "Refused."}},
            }
        },
        "/tickets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": _TEXT}],
            "get": {"operationId": "read", "responses": {**_TICKET, **_GONE}},
            "delete": {"operationId": "close", "responses": {**_TICKET, **_GONE}},
        },
        "/hooks": {
            "post": {
                "operationId": "register",
                "requestBody": {"required": True, **_json(_object(url={"type": "string", "format": "uri"}))},
                "responses": {"204": {"description": "Registered."}, "400": {"description": "Refused."}},
            }
        },
    },
    "webhooks": dict.fromkeys(NAMES, _WEBHOOK),
    "components": {"schemas": {"Event": _object(type={"enum": NAMES}, ticket=_object(id=_TEXT, opened=_TEXT))}},
}
TICKETS: dict[str, str] = {}
HOOKS: list[str] = []


async def open_(request: Request) -> Response:
    """Open a ticket."""
    try:
        body = json.loads((await request.body()).decode())
        right = isinstance(body, dict) and isinstance(body["about"], str) and 0 < len(body["about"]) <= 40
    except (ValueError, RecursionError, KeyError):
        right = False
    if not right:
        return Response(status_code=400)
    ticket = secrets.token_hex(6)
    TICKETS[ticket] = datetime.now(UTC).isoformat()
    return _shown(ticket, NAMES[0])


async def read(request: Request) -> Response:
    """Show a ticket."""
    ticket = request.path_params["id"]
    return _shown(ticket) if ticket in TICKETS else Response(status_code=404)


async def close(request: Request) -> Response:
    """Close a ticket."""
    ticket = request.path_params["id"]
    if ticket not in TICKETS:
        return Response(status_code=404)
    answer = _shown(ticket, NAMES[1])
    del TICKETS[ticket]
    return answer


async def register(request: Request) -> Response:
    """Add a receiver."""
    HOOKS.append((await request.body()).decode())
    return Response(status_code=204)


async def registered(_request: Request) -> Response:
    """Show how many receivers there are."""
    return JSONResponse(len(HOOKS))


def _shown(ticket: str, event: str = "") -> Response:
    shown = {"id": ticket, "opened": TICKETS[ticket]}
    return JSONResponse(shown, background=BackgroundTask(_send, event, shown) if event else None)


async def _send(name: str, ticket: dict[str, str]) -> None:
    event = {"type": name, "ticket": ticket}
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            await client.post(
                f"http://127.0.0.1:{sys.argv[1]}/in", json=event, headers={"Webhook-Signature": "v1,AA=="}
            )
    except httpx.HTTPError:
        sys.stderr.write("an event was not taken\n")


if __name__ == "__main__":
    routes = [
        Route("/tickets", open_, methods=["POST"]),
        Route("/tickets/{id}", read, methods=["GET"]),
        Route("/tickets/{id}", close, methods=["DELETE"]),
        Route("/hooks", register, methods=["POST"]),
        Route("/hooks", registered, methods=["GET"]),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
