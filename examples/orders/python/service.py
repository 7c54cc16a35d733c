"""Orders: one is placed, one is cancelled, and webhooks say so.

Run it with `python service.py`; README.md lists the variables of its environment.
"""

from __future__ import annotations

import contextlib
import os
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from body import check_order, check_reason, read_object
from outbox import DeliveryError, Message, Outbox
from sign_in import NotSignedInError, SignIn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from store import Keys, Order, Orders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

DRAIN_SECONDS = 30
COPIED = ("sku", "quantity", "price", "email", "note", "deliverAt")


async def place(request: Request) -> Response:
    """Place an order: the warehouse reserves the stock first, and the customer's webhook follows."""
    state = request.app.state
    try:
        account = await state.sign_in.customer_or_partner(request.headers)
    except NotSignedInError:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from None
    content = await read_object(request)
    check_order(content)

    async def work() -> Response:
        order = Order(account, content, content["price"] * content["quantity"])
        await reserve(request, order)
        state.orders.add(order)
        location = f"/orders/{order.id}"
        if content.get("notify") and "callbackUrl" in content:
            state.outbox.put(Message(content["callbackUrl"], placed(order, location), state.callback_secret))
        body = {"id": order.id, "status": order.status, "total": order.total}
        return JSONResponse(body, 201, headers={"Location": location})

    answer: Response = await state.keys.once(request, account, work)
    return answer


async def reserve(request: Request, order: Order) -> None:
    """Return when the warehouse has reserved the stock."""
    state = request.app.state
    if state.warehouse_url is None:
        raise HTTPException(503)
    content = {name: order.content[name] for name in ("sku", "quantity")}
    data = {"orderId": order.id, "account": order.account, **content}
    event = {"type": "stock.reserved", "at": time.time_ns() // 1_000_000, "data": data}
    try:
        await state.outbox.send(Message(state.warehouse_url, event, state.warehouse_secret))
    except DeliveryError as error:
        raise HTTPException(error.status) from None


def placed(order: Order, location: str) -> dict[str, Any]:
    """Return the event that tells the customer."""
    content = {name: order.content[name] for name in COPIED if name in order.content}
    data = {"orderId": order.id, "url": location, "placedBy": order.account, "total": order.total, **content}
    return {"type": "order.placed", "timestamp": datetime.now(UTC).isoformat(), "data": data}


async def cancel(request: Request) -> Response:
    """Cancel an order of the caller; the warehouse is told afterwards, until it has heard."""
    state = request.app.state
    try:
        account = await state.sign_in.customer(request.headers)
    except NotSignedInError:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from None
    body = await read_object(request)
    check_reason(body)
    number = request.path_params["id"]

    async def work() -> Response:
        state.orders.cancel(account, number)
        data = {"orderId": number, "reason": body["reason"], "cancelledBy": account}
        event = {"type": "order.cancelled", "timestamp": datetime.now(UTC).isoformat(), "data": data}
        if state.warehouse_url is not None:
            state.outbox.put(Message(state.warehouse_url, event, state.warehouse_secret))
        return JSONResponse({"id": number, "status": "cancelled"}, 202)

    answer: Response = await state.keys.once(request, account, work)
    return answer


async def register(request: Request) -> Response:
    """Register the warehouse's webhook, which is for partners to do."""
    try:
        request.app.state.sign_in.partner(request.headers)
    except NotSignedInError:
        raise HTTPException(401) from None
    request.app.state.warehouse_url = str((await read_object(request))["url"])
    return Response(status_code=204)


async def ready(_request: Request) -> Response:
    """Say that requests can come."""
    return PlainTextResponse("ready\n")


async def problem(_request: Request, error: Exception) -> Response:
    """Return problem details (RFC 9457) that say no more than the status does."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = {**(getattr(error, "headers", None) or {}), "Cache-Control": "no-store"}
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the client before the first request; after the last one, send what is left."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    # Each call has a deadline as a whole; httpx has them for single steps only.
    async with httpx.AsyncClient(timeout=None, limits=limits, trust_env=False) as client:  # noqa: S113 -- see above
        app.state.sign_in = SignIn(
            client,
            issuer=os.environ["ISSUER"],
            audience=os.environ["AUDIENCE"],
            jwks_url=os.environ["JWKS_URL"],
            partner_keys=os.environ["PARTNER_KEYS"].split(","),
        )
        app.state.orders = Orders()
        app.state.keys = Keys()
        app.state.outbox = Outbox(client, int(os.environ.get("TIMEOUT_MS", "5000")) / 1000)
        app.state.warehouse_url = None
        app.state.warehouse_secret = os.environ["WAREHOUSE_SECRET"]
        app.state.callback_secret = os.environ["CALLBACK_SECRET"]
        yield
        await app.state.outbox.end()


app = Starlette(
    routes=[
        Route("/orders", place, methods=["POST"]),
        Route("/orders/{id}/cancel", cancel, methods=["POST"]),
        Route("/webhook", register, methods=["PUT"]),
        Route("/healthz", ready),
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
