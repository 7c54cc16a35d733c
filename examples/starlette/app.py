"""POST /api/route on Starlette: reads the settings and the caller's session, sends one event, and answers.

Run it with `python app.py`. The environment's names are those that Next.js, next-auth and Inngest users know.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn
from session import NoSessionError, Sessions
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from upstreams import Ingest, Settings, UpstreamError, new_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

MAX_BODY = 65_536
READ_SECONDS = 10.0
DRAIN_SECONDS = 30

log = logging.getLogger("route")


def problem(status: int, headers: dict[str, str] | None = None) -> Response:
    """Return problem details (RFC 9457) that say no more than the status does."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    headers = {**(headers or {}), "Cache-Control": "no-store"}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


async def on_http_exception(_request: Request, error: Exception) -> Response:
    """Answer what is refused, here or by the router."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- for the type checker: it is registered for these
    return problem(error.status_code, dict(error.headers or {}))


async def on_crash(_request: Request, _error: Exception) -> Response:
    """Answer a bug; Starlette logs it."""
    return problem(500)


async def route(request: Request) -> Response:
    """Answer when the ingest has acknowledged the event."""
    # h11 reads the chunks, and then another request from the same connection, which a server must close here
    # (RFC 9112 section 6.1).
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise HTTPException(400, headers={"Connection": "close"})
    state = request.app.state
    try:
        user = state.sessions.user(request.cookies)
    except NoSessionError:
        raise HTTPException(401) from None
    await check_body(request)
    try:
        settings = await state.settings.get()
        event = {
            # The same on each attempt: by it the ingest stores the event once.
            "id": str(uuid.uuid4()),
            "name": "app/route.requested",
            "v": "1",
            "ts": time.time_ns() // 1_000_000,
            "user": user,
            "data": {"appSettings": settings},
        }
        await state.ingest.send(event)
    except UpstreamError as error:
        log.warning("%s", error)
        raise HTTPException(error.status) from None
    return JSONResponse({"success": "true"}, headers={"Cache-Control": "no-store"})


async def check_body(request: Request) -> None:
    """Refuse a body that is not JSON with at most `data` in it; the route has no other use for it."""
    raw = await read_body(request)
    if not raw:
        return
    if not is_json(request):
        raise HTTPException(415)
    try:
        # Not straight from the bytes: json.loads() would take UTF-16 too.
        value = json.loads(raw.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(value, dict) or value.keys() - {"data"}:
        raise HTTPException(422)


async def read_body(request: Request) -> bytes:
    """Read the body within its limits."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise HTTPException(413)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408) from None
    return bytes(body)


def is_json(request: Request) -> bool:
    """Whether the body says of itself that it is JSON, and nothing else."""
    types = request.headers.getlist("content-type")
    if len(types) != 1 or request.headers.get("content-encoding", "identity").lower() != "identity":
        return False
    essence, *parameters = (part.strip().lower() for part in types[0].split(";"))
    charsets = {part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")}
    return essence == "application/json" and charsets <= {"utf-8"}


def refuse_constant(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)


async def ready(_request: Request) -> Response:
    """Say that requests can come."""
    return PlainTextResponse("ready\n")


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the client before the first request, and close it after the last."""
    seconds = int(os.environ.get("UPSTREAM_TIMEOUT_MS", "5000")) / 1000
    async with new_client() as client:
        app.state.sessions = Sessions(required("NEXTAUTH_SECRET"))
        app.state.settings = Settings(client, required("SETTINGS_URL"), seconds)
        app.state.ingest = Ingest(client, required("INNGEST_BASE_URL"), required("INNGEST_EVENT_KEY"), seconds)
        yield


def required(name: str) -> str:
    """Return a variable of the environment.

    Raises:
        RuntimeError: It is not set. Without a secret anyone could sign a session: better not to start.
    """
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"{name} is not set")
    return value


app = Starlette(
    routes=[Route("/api/route", route, methods=["POST"]), Route("/healthz", ready)],
    exception_handlers={HTTPException: on_http_exception, Exception: on_crash},
    lifespan=lifespan,
)


def main() -> None:
    """Serve until SIGTERM, then finish what is in flight."""
    settings: dict[str, Any] = {"http": "h11", "access_log": False, "log_level": "warning"}
    port = int(os.environ.get("PORT", "3000"))
    uvicorn.run(app, host="127.0.0.1", port=port, timeout_graceful_shutdown=DRAIN_SECONDS, **settings)


if __name__ == "__main__":
    main()
