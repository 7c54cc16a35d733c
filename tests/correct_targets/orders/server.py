"""Orders on Starlette: one is placed, one is cancelled, each with an event; and a shop is looked at, which sends none.

Nobody signs in and nothing is asked for: what an event says of its request is in the request and the answer alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
import uuid
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from upstreams import Ingest, UpstreamError, new_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

SHOP = re.compile(r"[a-z]{3,10}")
NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST_BYTES = 1 << 20


async def place(request: Request) -> Response:
    """Answer when the ingest has acknowledged the event."""
    shop = part(request, "shop", SHOP)
    order = await read_order(request)
    number = str(uuid.uuid4())
    data = {"sku": order["sku"], "quantity": order["quantity"], "orderId": number, "shop": shop}
    await send(request, {**event("orders/placed"), "data": data})
    return JSONResponse({"id": number}, 202)


async def cancel(request: Request) -> Response:
    """Answer when the ingest has acknowledged the event, which is sent in an array."""
    data = {"shop": part(request, "shop", SHOP), "orderId": part(request, "id", NUMBER)}
    await read_body(request)
    await send(request, [{**event("orders/cancelled"), "data": data}])
    return Response(status_code=204)


async def look(request: Request) -> Response:
    """Answer with what is known of a shop: its name."""
    return JSONResponse({"shop": part(request, "shop", SHOP)})


def part(request: Request, name: str, pattern: re.Pattern[str]) -> str:
    """Return a part of the path."""
    text = str(request.path_params[name])
    if not pattern.fullmatch(text):
        raise HTTPException(404)
    return text


def event(name: str) -> dict[str, Any]:
    """Return what is in each event."""
    return {"name": name, "id": str(uuid.uuid4()), "ts": time.time_ns() // 1_000_000}


async def send(request: Request, payload: Any) -> None:
    """Send an event, or an array of one."""
    try:
        await request.app.state.ingest.send(payload)
    except UpstreamError as error:
        raise HTTPException(error.status) from None


async def read_body(request: Request) -> bytes:
    """Read the body within its limit."""
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise HTTPException(400, headers={"Connection": "close"})
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise HTTPException(413, headers={"Connection": "close"})
    return bytes(raw)


async def read_order(request: Request) -> dict[str, Any]:
    """Read the body, and refuse what is no order."""
    raw = await read_body(request)
    if not is_json(request):
        raise HTTPException(415)
    try:
        order = json.loads(raw.decode(), parse_constant=refused)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not is_order(order):
        raise HTTPException(422)
    return dict(order)


def is_json(request: Request) -> bool:
    """Whether the body says of itself that it is JSON, and nothing else."""
    types = request.headers.getlist("content-type")
    coding = request.headers.get("content-encoding", "identity").lower()
    return len(types) == 1 and types[0].partition(";")[0].strip().lower() == "application/json" and coding == "identity"


def refused(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)


def is_order(order: Any) -> bool:
    """Whether the schema admits it: 2.0 is an integer as well."""
    if not isinstance(order, dict) or not {"sku", "quantity"} <= order.keys() <= {"sku", "quantity", "note"}:
        return False
    sku, quantity, note = order["sku"], order["quantity"], order.get("note", "")
    whole = isinstance(quantity, int | float) and not isinstance(quantity, bool) and quantity == quantity // 1
    return is_text(sku) and is_text(note) and 1 <= len(sku) <= 40 and whole and 1 <= quantity <= 100


def is_text(value: Any) -> bool:
    """Whether it is a text that can be sent on: half of a surrogate pair can't."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


async def ready(_request: Request) -> Response:
    """Say that requests can come."""
    return PlainTextResponse("ready\n")


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the client before the first request, and close it after the last."""
    async with new_client() as client:
        app.state.ingest = Ingest(
            client, os.environ["INGEST"], os.environ["EVENT_KEY"], float(os.environ.get("INGEST_SECONDS", "1"))
        )
        yield


app = Starlette(
    routes=[
        Route("/shops/{shop}/orders", place, methods=["POST"]),
        Route("/shops/{shop}/orders/{id}", cancel, methods=["DELETE"]),
        Route("/shops/{shop}", look, methods=["GET"]),
        Route("/healthz", ready),
    ],
    lifespan=lifespan,
)

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        http="h11",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=30,
    )
