"""Takes notes about one thing that exists, and sends an event for each; strict about what its contract fixes.

`FIXED` says which values a request must have: by `header.Name`, `query.name`, `path` or the name of a field, `a[b][0]`.
`BUG` is `takes-any` (another constant is as good), `loses` (no event is sent), `fails` (it answers
500) or empty.
"""

from __future__ import annotations

import contextlib
import json
import os
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

FIXED: dict[str, Any] = json.loads(os.environ["FIXED"])
MEDIA_TYPE = os.environ["MEDIA_TYPE"]
BUG = os.environ.get("BUG", "")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OTHERS = {"note", "number"}


def fields(value: Any, name: str = "") -> dict[str, Any]:
    """Return the values in a JSON value, by names as forms have them."""
    if isinstance(value, dict | list) and value:
        members = value.items() if isinstance(value, dict) else enumerate(value)
        inner = [fields(each, f"{name}[{key}]" if name else str(key)) for key, each in members]
        return {key: each for one in inner for key, each in one.items()}
    return {name: value}


def of_json(text: bytes) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: It is none.
    """

    def refused(_: str) -> None:
        raise ValueError

    decoded = text.decode()
    decoded.encode("utf-8")
    return json.loads(decoded, parse_constant=refused)


def of_form(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the fields of a form; a part that is JSON has fields of its own.

    Raises:
        ValueError: It is none.
    """
    if MEDIA_TYPE == FORM:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    message = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart() or message.defects:
        raise ValueError
    found: dict[str, Any] = {}
    for part in message.iter_parts():
        name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if isinstance(name, tuple) or not name or not isinstance(content, bytes):
            raise ValueError(name)
        found |= fields(of_json(content), name) if part.get_content_type() == JSON else {name: content.decode()}
    return found


def checked(request: Request, found: dict[str, Any]) -> bool:
    """Return whether all that is fixed is there, and nothing else."""
    sent = {**found, "path": request.path_params["thing"]}
    sent |= {f"query.{name}": value for name, value in request.query_params.items()}
    sent |= {f"header.{name}": request.headers.get(name) for name in ("X-Call", "X-Number")}
    wanted = {name: str(value) if MEDIA_TYPE != JSON else value for name, value in FIXED.items()}
    right = all(sent.get(name) == value for name, value in wanted.items() if BUG != "takes-any" or name != "kind")
    number = found.get("number", 1)
    is_number = isinstance(number, int) and not isinstance(number, bool) and number > 0 if MEDIA_TYPE == JSON else True
    return right and is_number and found.keys() <= {*FIXED, *OTHERS} and bool(found.get("note"))


async def note(request: Request) -> Response:
    """Take a note."""
    content_type = request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE or "Content-Encoding" in request.headers:
        return JSONResponse({}, 415)
    body = await request.body()
    try:
        found = fields(of_json(body)) if MEDIA_TYPE == JSON else of_form(body, content_type)
    except (ValueError, RecursionError):
        return JSONResponse({}, 400)
    if not isinstance(found.get("note"), str) or not checked(request, found):
        return JSONResponse({}, 422)
    if BUG == "fails":
        return JSONResponse({}, 500)
    if BUG != "loses":
        event = {"note": found["note"], "call": request.headers["X-Call"]}
        try:
            async with request.app.state.client.post(os.environ["HOOK"], json=event) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            return JSONResponse({}, 502)
    return JSONResponse({})


async def thing(_: Request) -> Response:
    """Return the thing that exists."""
    return JSONResponse({"name": "the thing", "number": 17}, 201)


@contextlib.asynccontextmanager
async def lifespan(served: Starlette) -> AsyncIterator[None]:
    """Keep what events are sent with."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as served.state.client:
        yield


ROUTES = [Route("/notes/{thing}", note, methods=["POST"]), Route("/things", thing, methods=["POST"])]
if __name__ == "__main__":
    app = Starlette(routes=ROUTES, lifespan=lifespan)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
