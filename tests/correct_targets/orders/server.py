"""POST /shops/{shop}/orders on Starlette: takes an order, sends one event, and answers with the order's id.

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
MOST_BYTES = 1 << 20


async def place(request: Request) -> Response:
    """Answer when the ingest has acknowledged the event."""
    shop = request.path_params["shop"]
    if not SHOP.fullmatch(shop):
        raise HTTPException(404)
    order = await read_order(request)
    number = str(uuid.uuid4())
    data = {"sku": order["sku"], "quantity": order["quantity"], "orderId": number, "shop": shop}
    event = {"name": "orders/placed", "id": number, "ts": time.time_ns() // 1_000_000, "data": data}
    try:
        await request.app.state.ingest.send(event)
    except UpstreamError as error:
        raise HTTPException(error.status) from None
    return JSONResponse({"id": number}, 202)


async def read_order(request: Request) -> dict[str, Any]:
    """Read the body, and refuse what is no order."""
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise HTTPException(400, headers={"Connection": "close"})
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise HTTPException(413, headers={"Connection": "close"})
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
        app.state.ingest = Ingest(client, os.environ["INGEST"], os.environ["EVENT_KEY"], 1.0)
        yield


app = Starlette(
    routes=[Route("/shops/{shop}/orders", place, methods=["POST"]), Route("/healthz", ready)], lifespan=lifespan
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
