"""Takes orders for projects: callers sign in, projects and webhooks are registered, all through its own API.

Nothing outlives the process, unless `STATE` names a file. `BUG` names the one thing that it does wrong; `PING` lets it
greet a webhook that is registered; `LIFETIME` ends a token after so many seconds; with `GATE`,
each request that signs in has to show the user and the password in it, as HTTP Basic; with `BASIC`, callers show their
names and their tokens so.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

if TYPE_CHECKING:
    from starlette.requests import Request

BUG = os.environ.get("BUG", "")
LIFETIME = float(os.environ.get("LIFETIME", "inf"))
FILE = Path(os.environ["STATE"]) if "STATE" in os.environ else None
READERS = {"eve"}
TIMEOUT = 0.8
TASKS: set[asyncio.Task[None]] = set()
STATE: dict[str, Any] = json.loads(FILE.read_text()) if FILE is not None and FILE.exists() else {}
STATE = {"tokens": {}, "projects": {}, "hooks": [], **STATE}


def keep() -> None:
    """Write the state down, where it is to outlive the process."""
    if FILE is not None:
        FILE.write_text(json.dumps({name: value for name, value in STATE.items() if name != "client"}))


def caller(request: Request) -> str | None:
    """Return who signs in; None: nobody does."""
    word, _, token = request.headers.get("authorization", "").partition(" ")
    named: str | None = None
    if word.lower() == "basic" and "BASIC" in os.environ:
        with contextlib.suppress(ValueError):
            named, _, token = base64.b64decode(token, validate=True).decode().partition(":")
    elif word.lower() != "bearer":
        return None
    user, began = STATE["tokens"].get(token, (None, 0.0))
    return None if time.time() - began > LIFETIME or named not in {None, user} else user


def problem(status: int, title: str) -> Response:
    """Return an error."""
    return JSONResponse({"error": title}, status)


async def sign_in(request: Request) -> Response:
    """Give a user a token."""
    shown = request.headers.get("authorization", "")
    if "GATE" in os.environ and shown != f"Basic {base64.b64encode(os.environ['GATE'].encode()).decode()}":
        return problem(401, f"no way in with {shown}")
    form = dict(parse_qsl((await request.body()).decode()))
    if form.get("password") != os.environ.get("PASSWORD", "open sesame"):
        return problem(401, "wrong password \x1b[2J")
    token = f"tok-{secrets.token_hex(16)}"
    STATE["tokens"][token] = (form["user"], time.time())
    keep()
    found = JSONResponse({"token": token} | ({"user": form["user"]} if "BASIC" in os.environ else {}))
    found.set_cookie("other", "none")
    found.set_cookie("session", token, httponly=True)
    return found


async def add_project(request: Request) -> Response:
    """Make a project."""
    if caller(request) is None:
        return problem(401, "who?")
    name = f"p-{secrets.token_hex(4)}"
    STATE["projects"][name] = secrets.randbelow(9000) + 1000
    keep()
    shown = {"id": name, "channel": STATE["projects"][name], "region": "eu west/1"}
    return JSONResponse(shown, 201, {"Location": f"{BASE}/projects/{name}"})


async def add_hook(request: Request) -> Response:
    """Register a webhook for a project, and greet it."""
    wanted = await request.json()
    if request.path_params["project"] not in STATE["projects"]:
        return problem(404, "no such project")
    STATE["hooks"].append(wanted["url"])
    keep()
    if "PING" in os.environ:
        task = asyncio.ensure_future(greet(wanted["url"]))
        TASKS.add(task)
    return Response(status_code=204)


async def greet(url: str) -> None:
    """Send a ping, a moment after the answer."""
    await asyncio.sleep(float(os.environ["PING"]))
    await sent(url, {"type": "ping", "hook": url})


async def sent(url: str, event: dict[str, Any]) -> int:
    """Send an event; return the status of the answer."""
    client = STATE["client"]
    async with asyncio.timeout(TIMEOUT), client.post(url, json=event, allow_redirects=False) as answer:
        return int(answer.status)


def refuse(constant: str) -> None:
    """Take no constant that JSON has not."""
    raise ValueError(constant)


async def wanted_order(request: Request) -> dict[str, Any] | Response:
    """Return the order in a request, or why there is none."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return problem(415, "JSON, please")
    try:
        wanted = json.loads((await request.body()).decode(), parse_constant=refuse)
    except (ValueError, RecursionError):
        return problem(400, "not JSON")
    channel = STATE["projects"][request.path_params["project"]]
    right = isinstance(wanted, dict) and isinstance(wanted.get("item"), str) and bool(wanted["item"])
    if not right or type(wanted.get("channel")) is not int:
        return problem(422, "not an order")
    if wanted["channel"] != channel or request.headers.get("x-region") != "eu west/1":
        return problem(409, f"not a channel of this project: {wanted['channel']}")
    order: dict[str, Any] = wanted
    return order


async def told(event: dict[str, Any]) -> Response | None:
    """Tell the webhook that was registered last; return the answer where that fails."""
    began = time.monotonic()
    try:
        status = await sent(STATE["hooks"][-1], event) if STATE["hooks"] else 204
    except TimeoutError:
        return problem(504, "the webhook is slow")
    except aiohttp.ClientConnectorError:
        return problem(503, "the webhook is away")
    except aiohttp.ClientError:
        return problem(504 if time.monotonic() - began > TIMEOUT - 0.05 else 502, "the webhook is broken")
    return None if status == 204 else problem(502, "the webhook refuses")


def event_of(wanted: dict[str, Any], user: str, request: Request) -> dict[str, Any]:
    """Return the event of an order."""
    event = {"id": secrets.token_hex(8), "item": wanted["item"], "by": user, "channel": wanted["channel"]}
    event["project"] = request.path_params["project"] if BUG != "other-project" else "p-00000000"
    if BUG == "tells-token":
        event["note"] = request.headers["authorization"]
    if BUG == "tells-admin":
        event["note"] = next(token for token, (name, _) in STATE["tokens"].items() if name == "admin")
    return event


async def order(request: Request) -> Response:
    """Take an order, and tell the webhook."""
    user = caller(request)
    if user is None:
        return problem(401, "who?")
    may_not = user in READERS and BUG != "forbidden-is-served"
    refused = problem(401 if BUG == "forbidden-is-401" else 403, "readers only read")
    if may_not and BUG != "forbidden-yet-sent":
        return refused
    known = request.path_params["project"] in STATE["projects"]
    wanted = await wanted_order(request) if known else problem(404, "no such project")
    if isinstance(wanted, Response):
        return wanted
    event = event_of(wanted, user, request)
    failed = await told(event)
    if may_not:
        return refused
    return JSONResponse({"id": event["id"]}, 201) if failed is None else failed


ROUTES = [
    Route("/session", sign_in, methods=["POST"]),
    Route("/projects", add_project, methods=["POST"]),
    Route("/projects/{project}/hooks", add_hook, methods=["PUT"]),
    Route("/projects/{project}/orders", order, methods=["POST"]),
]
BASE = os.environ.get("BASE", "")


async def serve() -> None:
    """Serve until the end."""
    app = Starlette(routes=[Mount(BASE, routes=ROUTES)] if BASE else ROUTES)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        STATE["client"] = client
        await uvicorn.Server(uvicorn.Config(app, port=int(os.environ["PORT"]), log_level="error")).serve()


if __name__ == "__main__":
    asyncio.run(serve())
