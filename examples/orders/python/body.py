"""The body of a request: read within its limit, and checked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES = 65_536
MOST_PRICE = 100_000
URL = re.compile(r"https?://[!-~]+")
TEXTS = {"sku": 60, "email": 254, "note": 500, "deliverAt": 40, "callbackUrl": 2000}


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request."""
    # h11 reads the chunks, and then another request from the same connection, which a server must close here
    # (RFC 9112 section 6.1).
    if "content-length" in request.headers and "transfer-encoding" in request.headers:
        raise HTTPException(400, headers={"Connection": "close"})
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise HTTPException(413, headers={"Connection": "close"})
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > MOST_BYTES:
                raise HTTPException(413, headers={"Connection": "close"})
    except ClientDisconnect:
        raise HTTPException(400) from None
    if not is_json(request):
        raise HTTPException(415)
    try:
        # Not straight from the bytes: json.loads() would take UTF-16 too.
        value = json.loads(raw.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(value, dict):
        raise HTTPException(422)
    request.state.raw = bytes(raw)
    return value


def is_json(request: Request) -> bool:
    """Whether the body says of itself that it is JSON, and nothing else."""
    types = request.headers.getlist("content-type")
    if len(types) != 1 or request.headers.get("content-encoding", "identity").lower() != "identity":
        return False
    essence, *parameters = (part.strip().lower() for part in types[0].split(";"))
    charsets = {part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")}
    return essence == "application/json" and charsets <= {"utf-8"}


def refuse_constant(name: str) -> NoReturn:
    """Refuse `NaN` and its like, which Python takes for JSON."""
    raise ValueError(name)


def check_order(order: dict[str, Any]) -> None:
    """Refuse what is no order."""
    known = {"quantity", "price", "notify", *TEXTS}
    right = (
        {"sku", "quantity", "price"} <= order.keys() <= known
        and all(is_text(order[name], most) for name, most in TEXTS.items() if name in order)
        and order["sku"] != ""
        and is_number(order["quantity"], 1, 100)
        and order["quantity"] == int(order["quantity"])
        and is_number(order["price"], 0, MOST_PRICE)
        and isinstance(order.get("notify", False), bool)
        and URL.fullmatch(order.get("callbackUrl", "http://host")) is not None
    )
    if not right:
        raise HTTPException(422)


def check_reason(body: dict[str, Any]) -> None:
    """Refuse what gives no reason."""
    if body.keys() != {"reason"} or not is_text(body["reason"], 200) or body["reason"] == "":
        raise HTTPException(422)


def is_text(value: Any, most: int) -> bool:
    """Whether it is a text of at most so many characters that can be sent on: half of a surrogate pair can't."""
    return isinstance(value, str) and len(value) <= most and not any("\ud800" <= char <= "\udfff" for char in value)


def is_number(value: Any, least: float, most: float) -> bool:
    """Whether it is a number within bounds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
