"""Takes orders, and sends an event about each, signed as `SCHEME` says; what it does wrong is `BUG`.

An event that is not acknowledged is sent once more, with the same ID and the time of the attempt.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import ssl
import time
import uuid
from typing import Any

import aiohttp
from aiohttp import web

from tests.signatures import signer

SCHEME, BUG = os.environ["SCHEME"], os.environ.get("BUG", "")
SECRETS = [os.environ[name] for name in ("SECRET", "SECRET_2") if os.environ.get(name)]
ATTEMPTS = int(os.environ.get("ATTEMPTS", "2"))
TIMEOUT = float(os.environ.get("TIMEOUT", "1.5"))
NUMBERS = itertools.count(1)


def signed(body: bytes, message: str, now: float) -> dict[str, str]:
    """Return the headers that sign a body."""
    match SCHEME:
        case "standard-webhooks":
            prefix = os.environ.get("PREFIX", "webhook-")
            return signer.standard_webhooks(SECRETS, body, message, now, bug=BUG, prefix=prefix)
        case "stripe":
            return signer.stripe(SECRETS, body, now, BUG)
        case "github" | "shopify":
            sign = signer.github if SCHEME == "github" else signer.shopify
            return sign(SECRETS[-1], body, BUG)
        case "template":
            return signer.templated(SECRETS[0], body, message, now, BUG)
        case "fixed":
            return signer.fixed(SECRETS[0], BUG)
        case _:
            return {}


async def attempt(client: aiohttp.ClientSession, body: bytes, headers: dict[str, str]) -> int:
    """Send an event once; return what the caller is to be answered if that was all."""
    url = os.environ["HOOK"] + "/placed"
    headers = {"content-type": "application/json", **headers}
    try:
        async with client.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            await answer.read()
            return 201 if answer.status in range(200, 300) else 502
    except TimeoutError:
        return 504
    except aiohttp.ClientConnectorError:
        return 503
    except aiohttp.ClientError:
        return 502


async def tell(client: aiohttp.ClientSession, event: dict[str, Any]) -> int:
    """Send an event until it is acknowledged."""
    if BUG == "secret-in-event":
        event = {**event, "key": SECRETS[0]}
    body = json.dumps(event).encode()
    message, first, status = f"msg_{uuid.uuid4().hex}", time.time(), 502
    if BUG == "one-id":
        message = "msg_1"
    for _ in range(ATTEMPTS):
        if BUG == "new-id":
            message = f"msg_{uuid.uuid4().hex}"
        headers = signed(body, message, first if BUG == "first-time" else time.time())
        if BUG == "secret-in-header":
            headers["X-Debug"] = f"signed with {SECRETS[0]}"
        sent = json.dumps({**event, "more": 1}).encode() if BUG == "changed-later" else body
        status = await attempt(client, sent, headers)
        if status == 201:
            break
    return status


async def order(request: web.Request) -> web.Response:
    """Take an order."""
    if "content-encoding" in request.headers or (request.can_read_body and request.content_type != "application/json"):
        return web.Response(status=415)
    body = await request.read()
    if not body:
        return web.Response(status=422)
    try:
        wanted = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return web.Response(status=400)
    if not isinstance(wanted, dict) or not isinstance(wanted.get("item"), str) or not wanted["item"]:
        return web.Response(status=422)
    made = {"id": f"order-{next(NUMBERS)}-{uuid.uuid4().hex[:8]}"}
    status = await tell(request.app["client"], {"order": made["id"], "item": wanted["item"]})
    return web.json_response(made if status == 201 else {}, status=status)


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    authority = os.environ.get("CA")
    trust: Any = ssl.create_default_context(cafile=authority) if authority else True
    if BUG == "trusts-nobody":
        trust = ssl.create_default_context()
    connector = aiohttp.TCPConnector(force_close=True, ssl=trust, limit=0)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT), connector=connector) as client:
        app["client"] = client
        yield


def main() -> None:
    """Serve."""
    app = web.Application(client_max_size=1 << 26)
    app.cleanup_ctx.append(connected)
    app.router.add_post("/orders", order)
    app.router.add_get("/ready", lambda _: asyncio.sleep(0, web.Response()))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
