"""A service that refuses all that is wrong with 400; `python notes.py PORT`. Its spec declares 422."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"type": "string", "minLength": 1, "maxLength": 60}},
            },
            "example": {"text": "milk"},
        }
    },
}
_REFUSALS = {"400": {"description": "Refused."}, "422": {"description": "Validation error."}}
SPEC: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Notes", "version": "1"},
    "paths": {
        "/notes": {
            "post": {
                "operationId": "note",
                "requestBody": _BODY,
                "responses": {"201": {"description": "Noted."}, **_REFUSALS},
            },
            "get": {
                "operationId": "notes",
                "responses": {"200": {"description": "All."}, "422": {"description": "Validation error."}},
            },
        },
        "/closed": {
            "post": {
                "operationId": "closed",
                "requestBody": _BODY,
                "responses": {"201": {"description": "Noted."}, **_REFUSALS},
            }
        },
    },
}


async def spec(_request: Request) -> Response:
    """Serve the spec."""
    return JSONResponse(SPEC)


async def note(request: Request) -> Response:
    """Take a note."""
    try:
        body = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        return Response(status_code=400)
    text = body.get("text") if isinstance(body, dict) else None
    is_json = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
    return Response(status_code=201 if is_json and isinstance(text, str) and 0 < len(text) <= 60 else 400)


async def notes(_request: Request) -> Response:
    """Show nothing."""
    return JSONResponse([])


async def closed(_request: Request) -> Response:
    """Take nothing."""
    return Response(status_code=400)


if __name__ == "__main__":
    routes = [
        Route("/openapi.json", spec),
        Route("/notes", note, methods=["POST"]),
        Route("/notes", notes),
        Route("/closed", closed, methods=["POST"]),
    ]
    uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
