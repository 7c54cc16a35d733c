"""A report that callers may read, and orders that they may place, on Starlette: right in all but what `BREAK` names.

`SECURITY` is what is asked of callers, as JSON: alternatives of sets of the names in `CHECKS`. `BREAK` is empty, or
`open` (nobody is asked), or `ignores:NAME` (that member of a set is not looked at), or `any:NAME` (any value of it
will do), or `wrong-owner` (the first caller's, whoever asks).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
import uuid
from typing import TYPE_CHECKING, Any, NoReturn

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

SECURITY: list[list[str]] = json.loads(os.environ["SECURITY"])
BREAK = os.environ.get("BREAK", "")
CALLERS = {os.environ[f"TOKEN_{number}"]: f"user-{number}" for number in (1, 2)}
PASSWORDS = {os.environ[f"PASSWORD_{number}"]: f"user-{number}" for number in (1, 2)}


def bearer(request: Request) -> str | None:
    """Return the token in `Authorization: Bearer`."""
    word, _, token = request.headers.get("authorization", "").partition(" ")
    return token if word.lower() == "bearer" else None


def basic(request: Request) -> str | None:
    """Return the password in `Authorization: Basic`."""
    word, _, coded = request.headers.get("authorization", "").partition(" ")
    if word.lower() != "basic":
        return None
    try:
        return base64.b64decode(coded, validate=True).decode().partition(":")[2]
    except ValueError:
        return None


CHECKS: dict[str, Callable[[Request], str | None]] = {
    "bearer": bearer,
    "basic": basic,
    "header": lambda request: request.headers.get("x-key"),
    "query": lambda request: request.query_params.get("key"),
    "cookie": lambda request: request.cookies.get("sid"),
}


def owner_of(request: Request) -> str | None:
    """Return who calls; None: nobody who is let in."""
    if BREAK == "open":
        return "user-1"
    if not SECURITY:
        return "anybody"
    for alternative in SECURITY:
        owners = [owner_by(name, request) for name in alternative]
        if None not in owners:
            return next((owner for owner in owners if owner), "anybody")
    return None


def owner_by(name: str, request: Request) -> str | None:
    """Return who calls by one scheme; empty: the scheme is not looked at."""
    if f"ignores:{name}" == BREAK:
        return ""
    shown = CHECKS[name](request)
    if f"any:{name}" == BREAK and shown:
        return "user-1"
    return (PASSWORDS if name == "basic" else CALLERS).get(shown or "")


def caller(request: Request) -> str:
    """Return who calls, or refuse."""
    owner = owner_of(request)
    if owner is None:
        raise HTTPException(int(os.environ.get("REFUSAL", "401")), headers={"WWW-Authenticate": "Bearer, Basic"})
    return "user-1" if BREAK == "wrong-owner" else owner


async def read(request: Request) -> Response:
    """Answer with a report."""
    return JSONResponse({"owner": caller(request)})


async def order(request: Request) -> Response:
    """Send an event, and answer when it is acknowledged."""
    owner = caller(request)
    raw = await request.body()
    types, coding = request.headers.getlist("content-type"), request.headers.get("content-encoding", "identity")
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() != "application/json" or coding != "identity":
        raise HTTPException(415)
    try:
        body = json.loads(raw.decode(), parse_constant=no_json)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(body, dict) or set(body) != {"sku"} or not is_text(body["sku"]):
        raise HTTPException(422)
    event = {"name": "order/placed", "id": str(uuid.uuid4()), "ts": time.time_ns() // 1_000_000}
    event["data"] = {"sku": body["sku"], "owner": {"id": owner}}
    try:
        async with asyncio.timeout(1.0):  # the client's own limit is for each byte
            answer = await request.app.state.client.post(
                f"{os.environ['INGEST']}/e/{os.environ['EVENT_KEY']}", json=event
            )
        ids = answer.json()["ids"] if answer.status_code == 200 else None
    except (TimeoutError, httpx.TimeoutException):
        raise HTTPException(504) from None
    except (httpx.TransportError, AttributeError):  # anyio 4.16: reset before anything is sent
        raise HTTPException(503) from None
    except (httpx.HTTPError, ValueError, KeyError, TypeError, RecursionError):
        raise HTTPException(502) from None
    if not isinstance(ids, list) or len(ids) != 1 or "error" in answer.json():
        raise HTTPException(502)
    return JSONResponse({"owner": owner}, 202)


def no_json(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)


def is_text(value: Any) -> bool:
    """Whether it is a text that can be sent on: half of a surrogate pair can't."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


async def refused(_request: Request, error: Exception) -> Response:
    """Answer with a status alone, or lead to where callers sign in."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers: Any = error.headers if isinstance(error, HTTPException) else None
    if status == 302:
        return RedirectResponse("/login", 302)
    return Response(status_code=status, headers=headers)


async def ready(_request: Request) -> Response:
    """Say that requests can come."""
    return PlainTextResponse("ready\n")


app = Starlette(
    routes=[Route("/report", read, methods=["GET"]), Route("/orders", order, methods=["POST"]), Route("/ready", ready)],
    exception_handlers={HTTPException: refused},
)
app.state.client = httpx.AsyncClient(timeout=1.0)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), http="h11", log_level="warning", access_log=False)
