"""A small server that takes orders and sends an event for each; what it does wrong is chosen by its environment.

`TIE` says what its event has of the request. `FAULT` (`lost`, `doubled`, `swapped`) is of `COUNT` requests, the first
after `AFTER` ones. `ALTER` (`trim`, `lower`, `cut`) is how it passes texts on. `STRAY` sends events of nobody; `AGAIN`
sends each event once more, behind the answer. `ANSWER` has the text of an order in the answer: the `own`, or the `last`
one. `FORM` takes forms: `strict`, or with a fault. `TRACER` is a header that it can't take.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import uuid
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

TIE, FAULT, ALTER = os.environ["TIE"], os.environ.get("FAULT", ""), os.environ.get("ALTER", "")
COUNT, AFTER = int(os.environ.get("COUNT", "10")), int(os.environ.get("AFTER", "3"))
FORM, ANSWER = os.environ.get("FORM", ""), os.environ.get("ANSWER", "")
LAST: list[str] = []
WAITS_AT_MOST = 20.0
NUMBERS = itertools.count(1)
WAITING: list[tuple[dict[str, Any], asyncio.Future[dict[str, Any]]]] = []


async def take(request: web.Request) -> web.Response:
    """Take an order, send its event, and answer."""
    if os.environ.get("TRACER", "no such header") in request.headers:
        return web.json_response({}, status=500)
    order = await form(request) if FORM else await request.json()
    if order is None:
        return web.json_response({}, status=422)
    own = order_of(request, order)
    wrong = AFTER < next(NUMBERS) <= AFTER + COUNT
    if FAULT == "swapped" and wrong:
        own = {**own, **await of_another(own)}
    times = 0 if FAULT == "lost" and wrong else 2 if FAULT == "doubled" and wrong else 1
    for _ in range(times):
        identity = str(uuid.uuid4())
        await send(request.app["client"], own, identity)
        if os.environ.get("AGAIN"):
            task = asyncio.create_task(later(request.app["client"], own, identity))
            request.app["tasks"].add(task)
    answer = {}
    if ANSWER:
        LAST.append(own["text"])
        answer = {"text": LAST[-1 if ANSWER == "own" else 0]}
    return web.json_response(answer, status=201)


async def form(request: web.Request) -> dict[str, Any] | None:
    """Return what a form says; None where the contract refuses it."""
    try:
        posted = (await request.post()).items()
        fields = {key: value.decode() if isinstance(value, bytes | bytearray) else str(value) for key, value in posted}
    except (ValueError, AssertionError):
        if FORM == "fragile":
            raise
        return None
    if "to" in fields and request.content_type == "multipart/form-data":  # a part has an object as JSON
        fields["to[zip]"] = str(json.loads(fields.pop("to")).get("zip", ""))
    count = fields.get("count", "")
    known = {"sku", "count", "to[zip]"}
    right = fields.keys() <= known and {"sku", "count"} <= fields.keys() and count.isdecimal() and int(count) > 0
    if not right and not (FORM == "loose" and "sku" in fields):
        return None
    order: dict[str, Any] = {"sku": fields["sku"], "count": int(count) if count.isdecimal() else 0}
    if "to[zip]" in fields and FORM != "forgetful":
        order["zip"] = fields["to[zip]"]
    return {**order, "count": order["count"] + (FORM == "wrong")}


def order_of(request: web.Request, order: dict[str, Any]) -> dict[str, Any]:
    """Return what the event has of a request: the place that it goes to, its trace, its user, its texts."""
    own = {key: altered(value) for key, value in order.items() if key != "callbackUrl"}
    own |= {"_url": order.get("callbackUrl", ""), "_trace": request.headers.get("traceparent", "")}
    if TIE == "user":
        claims = request.headers["Authorization"].split()[1].split(".")[1]
        own["user"] = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
    return own


def altered(value: Any) -> Any:
    """Return a text as this server passes it on."""
    if isinstance(value, str):
        ways = {"trim": value.strip(), "lower": value.lower(), "cut": value[:20], "short": value[:5]}
        return ways.get(ALTER, value)
    return value


async def of_another(own: dict[str, Any]) -> dict[str, Any]:
    """Return the text of another request that is under way, and give it this one's; nothing where there is none."""
    if WAITING:
        other, waits = WAITING.pop()
        waits.set_result(own)
        return {"text": other["text"]} if "text" in own else {}
    waits = asyncio.get_running_loop().create_future()
    WAITING.append((own, waits))
    try:
        other = await asyncio.wait_for(waits, WAITS_AT_MOST)
    except TimeoutError:
        WAITING.clear()
        return {}
    return {"text": other["text"]} if "text" in own else {}


async def send(client: ClientSession, own: dict[str, Any], identity: str) -> None:
    """Send an event."""
    data = {key: value for key, value in own.items() if not key.startswith("_")}
    body = {"name": "shop/ordered", "data": data, "id": identity}
    headers = {"traceparent": own["_trace"]} if TIE == "traceparent" else {}
    if TIE == "path" and not own["_url"]:
        return
    url = own["_url"] or os.environ["EVENTS"]
    try:
        async with client.post(url, json=body, headers=headers) as answer:
            await answer.read()
    except (ClientError, OSError, ValueError):
        return


async def later(client: ClientSession, own: dict[str, Any], identity: str) -> None:
    """Send an event again when its request is long over."""
    await asyncio.sleep(0.4)
    await send(client, own, identity)


async def stray(client: ClientSession) -> None:
    """Send events that nobody has asked for."""
    for _ in range(int(os.environ.get("STRAY", "0"))):
        await send(client, {"kind": "pen", "_url": "", "_trace": ""}, str(uuid.uuid4()))


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    app["tasks"] = set()
    async with ClientSession(timeout=ClientTimeout(5), connector=TCPConnector(force_close=True, limit=0)) as client:
        app["client"] = client
        await stray(client)
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
