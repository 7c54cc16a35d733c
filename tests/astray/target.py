"""A service that takes orders, and sends an event for each to the URL that it names.

`FAULT` is `kept-url`: a caller's first URL is used for the caller's later orders too. Or it is `kept-id`: the event has
the number of the caller's first order.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import uuid
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

FAULT = os.environ.get("FAULT", "")
CALLERS = {f"Basic {base64.b64encode(f'{name}:{name}-password'.encode()).decode()}": name for name in ("ada", "bob")}
FIRST: dict[str, tuple[str, str]] = {}


async def take(request: web.Request) -> web.Response:
    """Take an order, answer, and send its event then."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    caller = CALLERS.get(f"{scheme.capitalize()} {rest.strip()}")
    if caller is None:
        return web.json_response({}, status=401)
    if request.content_type != "application/json" or "content-type" not in request.headers:
        return web.json_response({}, status=415)
    try:
        order = json.loads((await request.read()).decode())
        url = order["callbackUrl"]
        wrong = order.keys() != {"callbackUrl"} or not url.startswith("http://")
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        wrong = True
    if wrong:
        return web.json_response({}, status=400)
    number = uuid.uuid4().hex
    first_url, first_number = FIRST.setdefault(caller, (url, number))
    to, told = first_url if FAULT == "kept-url" else url, first_number if FAULT == "kept-id" else number
    task = asyncio.create_task(send(request.app["client"], to, told))
    request.app["tasks"].add(task)
    return web.json_response({"id": number}, status=201)


async def send(client: ClientSession, url: str, number: str) -> None:
    """Send an event."""
    try:
        async with client.post(url, json={"name": "order.taken", "id": number}) as answer:
            await answer.read()
    except (ClientError, OSError, ValueError, TimeoutError):
        return


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    app["tasks"] = set()
    async with ClientSession(timeout=ClientTimeout(2), connector=TCPConnector(force_close=True, limit=0)) as client:
        app["client"] = client
        yield


def main() -> None:
    """Serve."""
    app = web.Application()
    app.cleanup_ctx.append(connected)
    app.router.add_post("/orders", take)
    app.router.add_get("/ready", lambda _: asyncio.sleep(0, web.Response()))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
