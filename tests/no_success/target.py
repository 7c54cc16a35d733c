"""Takes orders of callers who sign in: asks what is in stock, then sends an event, then answers.

`BUG` names the one thing that it does wrong.
"""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

BUG = os.environ.get("BUG", "")
TOKENS = {"Bearer ada-9d1c4e77", "Bearer bob-51f0a2c8"}
LIMIT = aiohttp.ClientTimeout(0.8)
KINDS: dict[str, tuple[type, ...]] = {"item": (str,), "quantity": (int, float)}


class RefusedError(Exception):
    """A request is refused.

    Attributes:
        answer: By this answer.
    """

    def __init__(self, status: int, told: Any) -> None:
        """Take the status and what the answer says."""
        super().__init__(status)
        self.answer = JSONResponse({"detail": told}, status)


async def order(request: Request) -> Response:
    """Take an order."""
    try:
        return await ordered(request)
    except RefusedError as refused:
        return refused.answer


async def ordered(request: Request) -> Response:
    """Take an order.

    Raises:
        RefusedError: It is not taken.
    """
    body = await request.body()
    token = request.headers.get("authorization", "")
    await let_in(token)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(415, "send JSON")
    value = read(body)
    if BUG == "fails":
        raise RefusedError(500, "the table of orders is not there")
    stock = await called("GET", os.environ["STOCK"])
    event = {"id": secrets.token_hex(4), "item": value["item"], "left": stock["left"]}
    await called("POST", f"{os.environ['INGEST']}/orders", event)
    return JSONResponse({"id": event["id"]}, 201)


async def let_in(token: str) -> None:
    """Let a caller in.

    Raises:
        RefusedError: It is nobody.
    """
    known = token in TOKENS
    if BUG == "lets-strangers-in" and known:
        raise RefusedError(401, "we know you")
    if BUG == "lets-strangers-in":
        return
    if BUG == "event-all-the-same" and known:
        await called("POST", f"{os.environ['INGEST']}/orders", {"id": "an order", "item": "a lamp", "left": 1})
    if BUG == "tells-an-address":
        raise RefusedError(401, f"unknown: {token}, {os.environ['STOCK']}")
    if not known or BUG in {"knows-nobody", "event-all-the-same"}:
        raise RefusedError(401, "unknown caller \x1b[2J")


def read(body: bytes) -> dict[str, Any]:
    """Return the order that a body has.

    Raises:
        RefusedError: It has none.
    """
    try:
        value = json.loads(body.decode(), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        raise RefusedError(400, "this is no JSON") from None
    if not isinstance(value, dict) or set(value) != set(KINDS) or isinstance(value["quantity"], bool):
        raise RefusedError(422, "this is no order")
    if not all(isinstance(value[name], kind) for name, kind in KINDS.items()) or value["quantity"] != 1:
        raise RefusedError(422, "this is no order")
    if not 1 <= len(value["item"]) <= 40:
        raise RefusedError(422, "this is no order")
    if BUG == "names-a-member":
        raise RefusedError(422, [{"loc": ["body", "quantity"], "msg": "Input should be a valid integer"}])
    if BUG == "no-sign":
        raise RefusedError(422, "no")
    return value


async def called(method: str, url: str, value: Any = None) -> dict[str, Any]:
    """Call a service; return what it answers.

    Raises:
        RefusedError: It does not answer well.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=LIMIT, auto_decompress=False) as client,
            client.request(method, url, json=value, allow_redirects=False) as answer,
        ):
            text = await answer.read()
            if not 200 <= answer.status < 300:
                raise RefusedError(502, "a service failed")
            if method == "POST":
                return {}
            found = json.loads(text)
            return {"left": int(found["left"])}
    except TimeoutError:
        raise RefusedError(504, "a service is late") from None
    except aiohttp.ClientConnectorError:
        raise RefusedError(503, "a service is not there") from None
    except (aiohttp.ClientError, ValueError, KeyError, TypeError, RecursionError):
        raise RefusedError(502, "a service failed") from None


uvicorn.run(
    Starlette(routes=[Route("/orders", order, methods=["POST"])]),
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    log_level="error",
)
