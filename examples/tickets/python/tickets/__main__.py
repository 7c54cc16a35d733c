"""Tickets are opened, changed, closed and deleted, and webhooks tell of that.

Run it with `python -m tickets`; README.md lists the variables of its environment.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tickets import outbox, store
from tickets.body import read_object
from tickets.conditions import answer_changed, answer_read, check_match, tag_of
from tickets.database import Database

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    Handler = Callable[[Request], Awaitable[Response]]

DRAIN_SECONDS = 30
MOST_LIMIT = 100
MOST_AFTER = 1_000_000_000_000


async def open_ticket(request: Request) -> Response:
    """Open a ticket; a request that comes again with its key opens none."""
    caller = caller_of(request)
    content, raw = await read_object(request, whole=True)
    key = request.headers.get("idempotency-key")

    def work(db: sqlite3.Connection) -> Response:
        ticket = store.known(db, caller, key, raw)
        if ticket is None:
            ticket = store.insert(db, caller, content)
            store.remember(db, caller, key, raw, ticket)
            outbox.put(db, "ticket.opened", ticket)
        return JSONResponse(ticket, 201, headers={"ETag": tag_of(ticket), "Location": f"/tickets/{ticket['id']}"})

    return await in_transaction(request, work)


async def list_tickets(request: Request) -> Response:
    """Return a page of the caller's tickets."""
    caller = caller_of(request)
    limit, after = number_of(request, "limit", 20, 1, MOST_LIMIT), number_of(request, "after", 0, 0, MOST_AFTER)

    def work(db: sqlite3.Connection) -> Response:
        items, place = store.page(db, caller, after, limit)
        more = {} if place is None else {"next": f"/tickets?limit={limit}&after={place}"}
        return JSONResponse({"items": items, **more})

    return await in_transaction(request, work)


async def get_ticket(request: Request) -> Response:
    """Return a ticket."""
    caller, number = caller_of(request), request.path_params["id"]

    def work(db: sqlite3.Connection) -> Response:
        return answer_read(request, store.get(db, caller, number))

    return await in_transaction(request, work)


async def change_ticket(request: Request) -> Response:
    """Change some of a ticket that is open."""
    caller, number = caller_of(request), request.path_params["id"]
    content, _raw = await read_object(request, whole=False)

    def work(db: sqlite3.Connection) -> Response:
        ticket = store.get(db, caller, number)
        check_match(request, ticket)
        check_open(ticket)
        after = store.update(db, ticket, content)
        outbox.put(db, "ticket.changed", after)
        return answer_changed(after)

    return await in_transaction(request, work)


async def close_ticket(request: Request) -> Response:
    """Close a ticket, once."""
    caller, number = caller_of(request), request.path_params["id"]

    def work(db: sqlite3.Connection) -> Response:
        ticket = store.get(db, caller, number)
        check_open(ticket)
        after = store.update(db, ticket, {"status": "closed"})
        outbox.put(db, "ticket.closed", after)
        return answer_changed(after)

    return await in_transaction(request, work)


async def delete_ticket(request: Request) -> Response:
    """Remove a ticket, open or closed."""
    caller, number = caller_of(request), request.path_params["id"]

    def work(db: sqlite3.Connection) -> Response:
        ticket = store.get(db, caller, number)
        check_match(request, ticket)
        outbox.put(db, "ticket.deleted", store.delete(db, ticket))
        return Response(status_code=204)

    return await in_transaction(request, work)


async def in_transaction(request: Request, work: Callable[[sqlite3.Connection], Response]) -> Response:
    """Return the answer of some work, all of which is committed before it is answered."""
    state = request.app.state

    def run() -> Response:
        with state.database.transaction() as db:
            answer = work(db)
        if request.method not in {"GET", "HEAD"}:
            state.relay.wake()
        return answer

    return await run_in_threadpool(run)


def caller_of(request: Request) -> str:
    """Return who calls."""
    shown = request.headers.get("x-api-key", "").encode()
    for place, key in enumerate(request.app.state.api_keys, 1):
        if hmac.compare_digest(key.encode(), shown):
            return f"caller-{place}"
    raise HTTPException(401)


def check_open(ticket: dict[str, Any]) -> None:
    """Refuse a change of what is closed."""
    if ticket["status"] != "open":
        raise HTTPException(409)


def number_of(request: Request, name: str, usual: int, least: int, most: int) -> int:
    """Return a number of the query."""
    said = request.query_params.getlist(name)
    if not said:
        return usual
    digits = said[0].isascii() and said[0].isdecimal() and len(said[0]) <= len(str(most))
    if len(said) > 1 or not digits or not least <= int(said[0]) <= most:
        raise HTTPException(400)
    return int(said[0])


async def ready(_request: Request) -> Response:
    """Say that requests can come."""
    return PlainTextResponse("ready\n")


async def problem(_request: Request, error: Exception) -> Response:
    """Return problem details (RFC 9457) that say no more than the status does."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = {**(getattr(error, "headers", None) or {}), "Cache-Control": "no-store"}
    if status == 401:
        headers["WWW-Authenticate"] = "ApiKey"
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def route(path: str, **handlers: Handler) -> Route:
    """Return the route of a path, with what handles each method; 405 tells of all of them."""

    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, handle, methods=list(handlers))


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the database before the first request; after the last one, send what is left."""
    with contextlib.ExitStack() as stack:
        # Without a folder, nothing is to outlive the process.
        folder = os.environ.get("STATE") or stack.enter_context(tempfile.TemporaryDirectory(prefix="tickets-"))
        database = app.state.database = Database(Path(folder))
        stack.callback(database.close)
        app.state.api_keys = os.environ["API_KEYS"].split(",")
        seconds = int(os.environ.get("TIMEOUT_MS", "5000")) / 1000
        relay = outbox.Relay(database, os.environ["WEBHOOK"], os.environ["WEBHOOK_SECRET"], seconds)
        app.state.relay = relay
        relay.start()
        yield
        await run_in_threadpool(relay.end)


app = Starlette(
    routes=[
        route("/tickets", GET=list_tickets, POST=open_ticket),
        route("/tickets/{id}", GET=get_ticket, PATCH=change_ticket, DELETE=delete_ticket),
        route("/tickets/{id}/close", POST=close_ticket),
        route("/healthz", GET=ready),
    ],
    exception_handlers={HTTPException: problem, Exception: problem},
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ.get("PORT", "3000")),
        http="h11",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
