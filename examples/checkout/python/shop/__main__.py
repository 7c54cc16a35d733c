"""Carts become checkouts, and checkouts become orders; webhooks tell the platform that has sent the buyer.

Run it with `python -m shop`; README.md lists the variables of its environment.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shop.body import CHECKOUT, DESTINATION, EMAIL, LINE, NOTE, PAYMENT, read_object
from shop.conditions import answer_changed, answer_read, check_match
from shop.keys import Keys
from shop.outbox import Message, Outbox
from shop.platforms import Place, Platforms, Profile
from shop.store import CATALOGUE, Cart, Checkout, Kept, Order, check_free, new_checkout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    Handler = Callable[[Request], Awaitable[Response]]

DRAIN_SECONDS = 30


async def list_products(_request: Request) -> Response:
    """Return the catalogue, which is one for all."""
    return JSONResponse({"products": list(CATALOGUE.values())})


async def get_product(request: Request) -> Response:
    """Return a product."""
    product = CATALOGUE.get(request.path_params["sku"])
    if product is None:
        raise HTTPException(404)
    return answer_read(request, product)


async def create_cart(request: Request) -> Response:
    """Make a cart with one line in it."""
    state = request.app.state
    platform = state.platforms.caller(request)
    content, raw = await read_object(request, LINE, NOTE)

    async def work() -> Response:
        cart = Cart(platform, content.get("note"))
        cart.add(content["sku"], int(content["quantity"]))
        state.carts.add(cart)
        return answer_changed(cart.shown(), 201, f"/carts/{cart.id}")

    return await once(request, platform, raw, work)


async def get_cart(request: Request) -> Response:
    """Return a cart."""
    return answer_read(request, cart_of(request).shown())


async def delete_cart(request: Request) -> Response:
    """Forget a cart, as its caller has seen it."""
    cart = cart_of(request)
    check_match(request, cart.shown(), required=True)
    request.app.state.carts.remove(cart)
    return Response(status_code=204)


async def add_line(request: Request) -> Response:
    """Add a line to a cart."""
    platform = request.app.state.platforms.caller(request)
    content, raw = await read_object(request, LINE)

    async def work() -> Response:
        cart = cart_of(request)
        check_match(request, cart.shown())
        cart.add(content["sku"], int(content["quantity"]))
        return answer_changed(cart.shown(), 201)

    return await once(request, platform, raw, work)


async def remove_line(request: Request) -> Response:
    """Remove a line of a cart; that it is no longer there is what the caller wants."""
    cart_of(request).lines.pop(request.path_params["line"], None)
    return Response(status_code=204)


async def create_checkout(request: Request) -> Response:
    """Make a checkout of what is in a cart."""
    state = request.app.state
    platform = state.platforms.caller(request)
    content, raw = await read_object(request, CHECKOUT, EMAIL)

    async def work() -> Response:
        check_free(state.carts.get(platform, content["cartId"]))
        profile = await state.platforms.profile(platform)
        # Meanwhile the cart may have got a checkout, or be gone.
        cart = state.carts.get(platform, content["cartId"])
        checkout = new_checkout(cart, profile.name, content.get("email"), state.checkout_seconds)
        state.checkouts.add(checkout)
        return answer_changed(checkout.shown(), 201, f"/checkouts/{checkout.id}")

    return await once(request, platform, raw, work)


async def get_checkout(request: Request) -> Response:
    """Return a checkout."""
    return answer_read(request, checkout_of(request).shown())


async def set_destination(request: Request) -> Response:
    """Say where the goods are sent to."""
    platform = request.app.state.platforms.caller(request)
    content, _raw = await read_object(request, DESTINATION)
    checkout = request.app.state.checkouts.get(platform, request.path_params["id"])
    checkout.check_open()
    check_match(request, checkout.shown())
    checkout.destination = content
    return answer_changed(checkout.shown())


async def complete(request: Request) -> Response:
    """Make an order of a checkout, once; the platform hears of it where its profile says now."""
    state = request.app.state
    platform = state.platforms.caller(request)
    content, raw = await read_object(request, PAYMENT)

    async def work() -> Response:
        checkout = checkout_of(request)
        checkout.check_ready()
        check_match(request, checkout.shown())
        profile = await state.platforms.profile(platform)
        # Meanwhile another request may have completed, changed or cancelled it.
        checkout.check_ready()
        check_match(request, checkout.shown())
        order = checkout.order = Order(platform, checkout, content["reference"])
        state.orders.add(order)
        data = {"orderId": order.id, "reference": order.reference, "total": order.shown()["total"]}
        tell(request, profile, "order.placed", checkout, data)
        return answer_changed(order.shown(), 201, f"/orders/{order.id}")

    return await once(request, platform, raw, work)


async def cancel(request: Request) -> Response:
    """Cancel a checkout, once; the platform hears of it where its profile says now."""
    state = request.app.state
    platform = state.platforms.caller(request)

    async def work() -> Response:
        checkout = checkout_of(request)
        checkout.check_open()
        check_match(request, checkout.shown())
        profile = await state.platforms.profile(platform)
        # Meanwhile another request may have completed, changed or cancelled it.
        checkout.check_open()
        check_match(request, checkout.shown())
        checkout.cancelled = True
        tell(request, profile, "checkout.cancelled", checkout, {"cartId": checkout.cart.id})
        return answer_changed(checkout.shown())

    return await once(request, platform, b"", work)


async def get_order(request: Request) -> Response:
    """Return an order."""
    state = request.app.state
    order: Order = state.orders.get(state.platforms.caller(request), request.path_params["id"])
    return answer_read(request, order.shown())


def cart_of(request: Request) -> Cart:
    """Return the cart that a request is about."""
    state = request.app.state
    cart: Cart = state.carts.get(state.platforms.caller(request), request.path_params["id"])
    return cart


def checkout_of(request: Request) -> Checkout:
    """Return the checkout that a request is about."""
    state = request.app.state
    checkout: Checkout = state.checkouts.get(state.platforms.caller(request), request.path_params["id"])
    return checkout


async def once(request: Request, platform: str, raw: bytes, work: Callable[[], Awaitable[Response]]) -> Response:
    """Return the answer of some work; what comes again with its idempotency key is not executed again."""
    answer: Response = await request.app.state.keys.once(request, platform, raw, work)
    return answer


def tell(request: Request, profile: Profile, kind: str, checkout: Checkout, more: dict[str, Any]) -> None:
    """Send an event about a checkout to its platform, in the background."""
    data = {"checkoutId": checkout.id, "platform": profile.name, **more}
    event = {"type": kind, "timestamp": datetime.now(UTC).isoformat(), "data": data}
    state = request.app.state
    state.outbox.put(Message(profile.webhook, event, state.webhook_secret))


async def ready(_request: Request) -> Response:
    """Say that requests can come."""
    return PlainTextResponse("ready\n")


async def problem(_request: Request, error: Exception) -> Response:
    """Return problem details (RFC 9457) that say no more than the status does."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = {**(getattr(error, "headers", None) or {}), "Cache-Control": "no-store"}
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(body, status, headers=headers, media_type="application/problem+json")


def route(path: str, **handlers: Handler) -> Route:
    """Return the route of a path, with what handles each method; 405 tells of all of them."""

    async def handle(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, handle, methods=list(handlers))


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the client before the first request; after the last one, send what is left."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    seconds = int(os.environ.get("TIMEOUT_MS", "5000")) / 1000
    registry, webhooks = (Place.parse(os.environ[name]) for name in ("REGISTRY", "WEBHOOKS"))
    # Each call has a deadline as a whole; httpx has them for single steps only.
    async with httpx.AsyncClient(
        timeout=None,  # noqa: S113 -- see above
        limits=limits,
        # Asked for as it is: a small answer must not become a big one.
        headers={"Accept-Encoding": "identity"},
        # What is set for one platform's request is nothing to send along with another's.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=False,
    ) as client:
        app.state.platforms = Platforms(client, registry, webhooks, seconds)
        app.state.carts, app.state.checkouts, app.state.orders = Kept(), Kept(), Kept()
        app.state.keys = Keys()
        app.state.outbox = Outbox(client, seconds)
        app.state.webhook_secret = os.environ["WEBHOOK_SECRET"]
        app.state.checkout_seconds = float(os.environ.get("CHECKOUT_SECONDS", "3600"))
        yield
        await app.state.outbox.end()


app = Starlette(
    routes=[
        route("/products", GET=list_products),
        route("/products/{sku}", GET=get_product),
        route("/carts", POST=create_cart),
        route("/carts/{id}", GET=get_cart, DELETE=delete_cart),
        route("/carts/{id}/lines", POST=add_line),
        route("/carts/{id}/lines/{line}", DELETE=remove_line),
        route("/checkouts", POST=create_checkout),
        route("/checkouts/{id}", GET=get_checkout),
        route("/checkouts/{id}/destination", PUT=set_destination),
        route("/checkouts/{id}/complete", POST=complete),
        route("/checkouts/{id}/cancel", POST=cancel),
        route("/orders/{id}", GET=get_order),
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
