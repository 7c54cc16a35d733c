"""The body of a request: read within its limit, and checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES = 16_384


def is_text(least: int, most: int) -> Any:
    """Return what tells a text of so many characters that can be sent on: half of a surrogate pair can't."""
    return lambda value: (
        isinstance(value, str)
        and least <= len(value) <= most
        and not any("\ud800" <= char <= "\udfff" for char in value)
    )


MEMBERS = {"title": is_text(1, 80), "text": is_text(1, 500)}


async def read_bytes(request: Request) -> bytes:
    """Return the body of a request."""
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
    return bytes(raw)


async def read_object(request: Request, *, whole: bool) -> tuple[dict[str, Any], bytes]:
    """Return what a ticket is to say, and the bytes of the request: all of it, or some."""
    raw = await read_bytes(request)
    if not is_json(request):
        raise HTTPException(415)
    try:
        # Not straight from the bytes: json.loads() would take UTF-16 too.
        value = json.loads(raw.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None
    if not isinstance(value, dict) or not value or not value.keys() <= MEMBERS.keys():
        raise HTTPException(422)
    if whole and value.keys() != MEMBERS.keys():
        raise HTTPException(422)
    if not all(MEMBERS[name](each) for name, each in value.items()):
        raise HTTPException(422)
    return value, raw


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
