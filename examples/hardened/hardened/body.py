"""The request's body: read within its limit, and checked against the contract."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sanic.exceptions import PayloadTooLarge, RequestTimeout
from sanic.http import Http

from hardened import json_text

if TYPE_CHECKING:
    from sanic.request import Request

    from hardened.spec import Operation

READ_TIMEOUT = 10.0
"""How long a client may take to send a whole body, seconds."""


class RefusedError(Exception):
    """The contract refuses the request.

    Attributes:
        family: The family of conditions that leads to the refusal (`x-given`).
    """

    def __init__(self, family: str) -> None:
        super().__init__(family)
        self.family = family


async def take_body(request: Request, operation: Operation) -> None:
    """Read the body and check it. The route has no use for what it says.

    Raises:
        RefusedError: It is too large, of another media type, no JSON, or not what the schema asks for.
        RequestTimeout: It did not arrive in time.
    """
    try:
        async with asyncio.timeout(READ_TIMEOUT):
            raw = await _read(request, operation.max_bytes)
    except TimeoutError as error:
        raise RequestTimeout("The body did not arrive in time.") from error
    if not raw:
        if operation.body_required:
            raise RefusedError("malformed-body")
        return
    schema = operation.bodies.get(_media_type(request) or "")
    if schema is None:
        raise RefusedError("unsupported-media-type")
    try:
        value = json_text.loads(raw)
    except json_text.NotJsonError as error:
        raise RefusedError("malformed-body") from error
    if not schema.is_valid(value):
        raise RefusedError("invalid-body")


async def _read(request: Request, limit: int) -> bytes:
    stream = request.stream
    if not isinstance(stream, Http) or not stream.request_body:
        return b""
    # Before a client that asks whether to go on is told to.
    if (stream.request_bytes_left or 0) > limit:
        raise RefusedError("body-too-large")
    stream.request_max_size = limit
    body = bytearray()
    try:
        while stream.request_body:
            body += await stream.read() or b""
    except PayloadTooLarge as error:
        raise RefusedError("body-too-large") from error
    return bytes(body)


def _media_type(request: Request) -> str | None:
    """Return the media type in lower case; None when the body is not UTF-8 text of one media type, as it is."""
    types = request.headers.getall("content-type", [])
    codings = {coding.strip().lower() for coding in request.headers.getall("content-encoding", [])}
    if len(types) != 1 or codings - {"identity", ""}:
        return None
    media_type, *parameters = types[0].split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        # JSON is UTF-8 (RFC 8259 section 8.1), so that `charset` has no meaning but can say something false.
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            return None
    return str(media_type).strip().lower()
