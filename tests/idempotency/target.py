"""A small server that takes orders, each once per key; what it does wrong is chosen by its environment.

`FAULT` names what is wrong; empty: nothing. `PROMISED` is what the contract promises of a key, as JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

FAULT = os.environ.get("FAULT", "")
PROMISED: dict[str, Any] = json.loads(os.environ["PROMISED"])
CALLERS = json.loads(os.environ.get("CALLERS", "{}"))
QUOTED = os.environ.get("QUOTED") == "yes"
NUMBERS = itertools.count(1)


@dataclass
class Kept:
    """What is known of a key: the body it came with, and the answer as soon as there is one."""

    body: Any
    done: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    answer: Any = None


KEYS: dict[tuple[str, str], Kept] = {}
REFUSED: dict[tuple[str, str], int] = {}
RESERVED: set[str] = set()


async def take(request: web.Request) -> web.Response:
    """Take an order, once for each key of a caller."""
    caller = CALLERS.get(request.headers.get("authorization", "")) if CALLERS else "anybody"
    if caller is None:
        return refused(401)
    order, problem = (None, 415) if "content-encoding" in request.headers else read(request, await request.read())
    key = request.headers.get("idempotency-key")
    problem = REFUSED.setdefault((caller, key or ""), problem) if FAULT == "keeps-refusals" else problem
    if problem or key is None or not right_key(key):
        return refused(problem or 400)
    if FAULT == "ignored":
        return answered(*await execute(request, order, caller))
    slot = named(caller, key, order)
    kept = KEYS.get(slot)
    if kept is not None:
        return await again(request, kept, order, caller)
    kept = KEYS[slot] = Kept(order)
    if FAULT == "races":
        del KEYS[slot]
    kept.status, kept.answer = await execute(request, order, caller)
    kept.done.set()
    if FAULT == "races":
        KEYS.setdefault(slot, kept)
    if kept.status >= 500 and (FAULT == "forgets-errors" or PROMISED.get("errors") != "again"):
        if FAULT == "stays-under-way":
            kept.done.clear()
        elif FAULT != "keeps-errors":
            KEYS.pop(slot, None)
    return answered(kept.status, kept.answer)


def named(caller: str, key: str, order: Any) -> tuple[str, str]:
    """Return under what a key is kept."""
    if FAULT == "lower-case":
        key = key.lower()
    if FAULT == "cut":
        key = key[:32]
    if FAULT == "end-cut":
        key = key.rstrip('"')[:-1]
    if os.environ.get("COMPOSITE"):
        key += json.dumps(order)
    return ("" if FAULT == "any-caller" else caller), key


async def again(  # noqa: PLR0911 -- one for each fault
    request: web.Request, kept: Kept, order: Any, caller: str
) -> web.Response:
    """Answer a request whose key has come before."""
    if order != kept.body:
        if FAULT == "other-body":
            return answered(*await execute(request, order, caller))
        if "conflict" in PROMISED:
            return refused(400 if FAULT == "other-conflict" else PROMISED["conflict"])
    if not kept.done.is_set():
        if ("in_flight" in PROMISED and FAULT != "waits") or os.environ.get("REFUSES"):
            return refused(425 if FAULT == "other-in-flight" else PROMISED.get("in_flight", 409))
        await kept.done.wait()
    if FAULT == "event-again":
        await send(request, kept.answer, caller)
    if FAULT == "another-answer":
        return answered(kept.status, {**kept.answer, "id": f"order-{next(NUMBERS)}"})
    if FAULT == "another-status":
        return answered(200, kept.answer)
    if FAULT == "duplicate":
        return refused(409)
    return answered(kept.status, kept.answer)


async def execute(request: web.Request, order: Any, caller: str) -> tuple[int, Any]:
    """Make an order and send its event."""
    made = {"id": f"order-{next(NUMBERS)}", "sku": order["sku"]}
    if order["sku"] in RESERVED:
        return 409, {"status": 409}
    if await send(request, made, caller):
        return 201, made
    if os.environ.get("RESERVES"):
        RESERVED.add(order["sku"])
    return 502, {"status": 502, "number": next(NUMBERS)}


async def send(request: web.Request, made: dict[str, Any], caller: str) -> bool:
    """Send the event of an order; return whether it was acknowledged."""
    event = {"name": "order/placed", "id": f"event-{next(NUMBERS)}", "data": {**made, "by": caller}}
    try:
        async with request.app["client"].post(os.environ["EVENTS"], json=event, allow_redirects=False) as answer:
            await answer.read()
            return bool(answer.status == 200)
    except (ClientError, TimeoutError, OSError):
        return False


def right_key(key: str) -> bool:
    """Return whether a key is what the contract asks for."""
    text = key
    if QUOTED:
        if len(key) < 3 or key[0] != '"' or key[-1] != '"':
            return False
        text = key[1:-1]
    return 8 <= len(text) <= 80 and text.isascii() and text.isprintable()


def read(request: web.Request, body: bytes) -> tuple[Any, int]:
    """Return the order, or the status of the refusal."""
    if not body:
        return None, 422
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        return None, 415
    try:
        order = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return None, 400
    if not isinstance(order, dict) or order.keys() != {"sku"} or not isinstance(order["sku"], str) or not order["sku"]:
        return order, 422
    return order, 400 if any("\ud800" <= character <= "\udfff" for character in order["sku"]) else 0


def answered(status: int, value: Any) -> web.Response:
    """Return an answer."""
    return web.json_response(value, status=status)


def refused(status: int) -> web.Response:
    """Return a refusal."""
    return web.json_response({"status": status}, status=status)


async def connected(app: web.Application) -> Any:
    """Have a client while the server runs."""
    async with ClientSession(timeout=ClientTimeout(1.5), connector=TCPConnector(force_close=True, limit=0)) as client:
        app["client"] = client
        yield


def main() -> None:
    """Serve."""
    app = web.Application(client_max_size=1 << 26)
    app.cleanup_ctx.append(connected)
    app.router.add_post("/orders", take)
    app.router.add_get("/ready", lambda _: asyncio.sleep(0, web.Response()))
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
