"""Makes models whose names are unique, and plans of which there are three, each once; it sends an event for each.

`EXISTS` is the status that it refuses a taken name with. `BUG` is `short` (a name of one character is refused,
always), `tags` (so is a request with tags), `plan` (the second plan is refused, always), `cut` (a path that is a
letter shorter is served), `busy-cut` (so it is, but while several requests are under way it fails), `slow-cut` (so it
is, after more than a second), `slash` (a path without its slash is served, as it may be), `twice` (a name may be taken
again, as it may be where nothing says that it may not, and what is chunked is refused) or empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

EXISTS = int(os.environ["EXISTS"])
BUG = os.environ.get("BUG", "")
SLOW_SECONDS = 1.2
BUSY_SECONDS = 0.3
NAME = re.compile(r"[^/:\x00]{1,40}")


def no_constant(_: str) -> None:
    """Refuse what is no JSON."""
    raise ValueError


def is_model(value: Any) -> bool:
    """Return whether a value is a model as the contract has it."""
    if not isinstance(value, dict) or value.keys() - {"name", "tags", "about"}:
        return False
    name, tags, about = value.get("name"), value.get("tags", []), value.get("about")
    fits = isinstance(name, str) and NAME.fullmatch(name) and isinstance(tags, list) and isinstance(about, str | None)
    return bool(fits) and all(isinstance(tag, str) for tag in tags)


def is_plan(value: Any) -> bool:
    """Return whether a value is one of the plans."""
    return isinstance(value, dict) and value.keys() == {"plan"} and value["plan"] in ("one", "two", "three")


def is_refused(value: dict[str, Any]) -> bool:
    """Return whether the bug refuses a value that is valid."""
    match BUG:
        case "short":
            return len(value.get("name", "long")) == 1
        case "tags":
            return bool(value.get("tags"))
        case "plan":
            return value.get("plan") == "two"
    return False


async def read(request: Request) -> Any:
    """Return what a request says, or the response that refuses it."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" or "Content-Encoding" in request.headers:
        return JSONResponse({}, 415)
    try:
        value = json.loads((await request.body()).decode(), parse_constant=no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return JSONResponse({}, 400)
    return value


async def made(request: Request, known: set[str], fits: Callable[[Any], bool], key: str) -> Response:
    """Make what a request asks for."""
    value = await read(request)
    if isinstance(value, Response):
        return value
    if not fits(value) or is_refused(value) or (BUG == "twice" and "Transfer-Encoding" in request.headers):
        return JSONResponse({}, 422)
    if value[key] in known and BUG != "twice":
        return JSONResponse({}, EXISTS)
    known.add(value[key])
    try:
        async with request.app.state.client.post(f"{os.environ['HOOK']}/{key}", json={key: value[key]}) as answer:
            await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        known.discard(value[key])
        return JSONResponse({}, 502)
    return JSONResponse({key: value[key]})


async def model(request: Request) -> Response:
    """Make a model."""
    return await made(request, request.app.state.models, is_model, "name")


async def plan(request: Request) -> Response:
    """Make a plan."""
    return await made(request, request.app.state.plans, is_plan, "plan")


async def cut(request: Request) -> Response:
    """Make a model at a path that is not the operation's."""
    await asyncio.sleep(SLOW_SECONDS if BUG == "slow-cut" else BUSY_SECONDS)
    if BUG == "busy-cut" and request.app.state.most > 1:
        return JSONResponse({}, 500)
    return await model(request)


class Counted:
    """Counts the requests that are under way."""

    def __init__(self, app: Any, state: Any) -> None:
        """Count none."""
        self._app, self._state, self._now = app, state, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on; the most at once are known as long as one is under way."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._now += 1
        self._state.most = max(self._state.most, self._now)
        try:
            await self._app(scope, receive, send)
        finally:
            self._now -= 1
            if not self._now:
                self._state.most = 0


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Have a client as long as the application runs."""
    app.state.models, app.state.plans, app.state.most = set(), set(), 0
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as app.state.client:
        yield


async def health(_: Request) -> Response:
    """Say that it is there."""
    return Response()


routes = [
    Route("/health", health),
    Route("/models/", model, methods=["POST"]),
    Route("/plans", plan, methods=["POST"]),
]
if BUG == "slash":
    routes.append(Route("/models", model, methods=["POST"]))
if BUG.endswith("cut"):
    routes.append(Route("/model/", cut, methods=["POST"]))

if __name__ == "__main__":
    application = Starlette(routes=routes, lifespan=lifespan)
    application.router.redirect_slashes = False
    uvicorn.run(Counted(application, application.state), port=int(os.environ["PORT"]), log_level="error")
