"""A small server that takes orders and sends events about them; what it does wrong is chosen by its environment.

`SENDS` says which events it sends: a JSON list of `{"to": …, "body": …, "method": …, "when": …, "times": …}`. `to` is a
URL, or where one is found: `body:callbackUrl`, `query:hook`, `header:x-hook`, `answer:`; what follows a `+` is put
behind it. In a body, `$id` stands for the order's id, `$sku` for what was ordered, `$n` for a number that is new.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

SENDS: list[dict[str, Any]] = json.loads(os.environ.get("SENDS", "[]"))
FIELDS = {"sku", "callbackUrl"}
NUMBERS = itertools.count(1)


async def take(request: web.Request) -> web.Response:
    """Take an order, send its events, and answer."""
    order: Any
    order, problem = (None, 415) if "content-encoding" in request.headers else read(request, await request.read())
    if problem:
        return web.json_response({"status": problem}, status=problem)
    if absent := os.environ.get("ABSENT"):
        return web.json_response({"status": int(absent)}, status=int(absent))
    number = next(NUMBERS)
    made = {"id": f"order-{number}", "hook": os.environ.get("HOOK", "") + f"/{number}", "echo": order}
    for event in SENDS:
        if "when" in event and order["sku"] != event["when"]:
            continue
        url = address(event["to"], request, order, made)
        for _ in range(event.get("times", 1) if url else 0):
            if not await send(request.app["client"], event, url, made["id"], order):
                return web.json_response({"status": 502}, status=502)
    return web.json_response(made, status=201)


def read(request: web.Request, body: bytes) -> tuple[Any, int]:
    """Return the order, or the status of the refusal."""
    order: Any = None
    status = 0
    if not body:
        status = 422
    elif request.content_type != "application/json" or (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        status = 415
    else:
        try:
            order = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
        except (ValueError, ZeroDivisionError, RecursionError):
            status = 400
        else:
            status = 0 if right(order) else 422
    return order, status


def right(order: Any) -> bool:
    """Return whether an order is what the contract asks for."""
    if not isinstance(order, dict) or not order.keys() <= FIELDS:
        return False
    pattern = os.environ.get("PATTERN", "")
    if not re.search(pattern, str(order.get("callbackUrl", pattern.removeprefix("^")))):
        return False
    return bool(order.get("sku")) and all(isinstance(value, str) for value in order.values())


def address(to: str, request: web.Request, order: dict[str, Any], made: dict[str, Any]) -> str:
    """Return where an event goes; empty where nothing says so."""
    kind, _, rest = to.partition(":")
    name, _, more = rest.partition("+")
    found = {"body": order, "query": request.query, "header": request.headers, "answer": made}.get(kind)
    if found is None:
        return to
    url = str(found.get(name, ""))
    return url + more if url else ""


async def send(client: ClientSession, event: dict[str, Any], url: str, order_id: str, order: dict[str, Any]) -> bool:
    """Send an event; return whether it was acknowledged."""
    if called := os.environ.get("CALLED"):
        with Path(called).open("a", encoding="utf-8") as file:  # noqa: ASYNC230 -- a line for a test
            file.write(f"{url}\n")
    text = json.dumps(event["body"]).replace('"$n"', str(next(NUMBERS))).replace("$id", order_id)
    body = text.replace('"$sku"', json.dumps(order["sku"])).encode()
    headers = {"content-type": "application/json"}
    try:
        async with client.request(event.get("method", "POST"), url, data=body, headers=headers) as answer:
            await answer.read()
            return 200 <= answer.status < 300
    except (ClientError, OSError, ValueError):
        return False


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    # A connection for each event: what an idle one does when the other side closes it is not the matter here.
    async with ClientSession(timeout=ClientTimeout(1.5), connector=TCPConnector(force_close=True)) as client:
        app["client"] = client
        yield


def main() -> None:
    """Serve."""
    app = web.Application(client_max_size=1 << 26)
    app.cleanup_ctx.append(connected)
    app.router.add_post(os.environ.get("ROUTE", "/orders"), take)
    app.router.add_get("/ready", lambda _: asyncio.sleep(0, web.Response()))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
