"""A few operations that are right where others are often told that they are not; `BUG` names what one does wrong.

`uploads` needs the name of a file, `counts` takes no `1.0` for an integer, `things` have numbers and versions, a hook
is read with the URL that its caller has given, a release has the version `1.0`, the id of a note is as long as it
may be, and the id of a jar is in an object beside another one. Bugs: `uploads-fail`, `refuses-one`, `wrong-word` (a
stale version is a 400), `open` (nobody need sign in), `refuses-all` (no link is taken), `reveals` (a hook is read with
an upstream's address), `refuses-constant` (no release is taken), `refuses-semicolon` (ids are short, and one with a
semicolon is told to be a wrong value).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import uuid
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING, Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

BUG = os.environ.get("BUG", "")
HOOKS: dict[str, str] = {}
NOTES: set[str] = set()
JARS: set[str] = set()
LONGEST_ID = 36
VERSIONS: dict[int, int] = {}
TASKS: set[asyncio.Task[None]] = set()


def refused(status: int) -> Response:
    """Return an error."""
    return JSONResponse({"error": "refused"}, status)


async def upload(request: Request) -> Response:
    """Take a form with a name and a file."""
    content_type = request.headers.get("Content-Type", "")
    if not content_type.startswith("multipart/form-data"):
        return refused(415)
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=policy.HTTP).parsebytes(head + await request.body())
    if not message.is_multipart() or message.defects:
        return refused(400)
    parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
    if not {"name", "file"} <= parts.keys() or parts["file"].get_filename() is None:
        return refused(422)
    name = parts["name"].get_payload(decode=True)
    if not isinstance(name, bytes) or not name.decode():
        return refused(422)
    return refused(500) if BUG == "uploads-fail" else JSONResponse({}, 201)


async def count(request: Request) -> Response:
    """Take a number of things, an integer that is written as one."""
    if BUG != "open" and request.headers.get("Authorization") not in {
        "Bearer token-of-ada-0001",
        "Bearer token-of-bob-0002",
    }:
        return refused(401)
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        return refused(415)
    try:
        sent = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        return refused(400)
    number = sent.get("quantity") if isinstance(sent, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 100 or len(sent) > 1:
        return refused(422)
    return refused(422) if BUG == "refuses-one" and number == 1 else JSONResponse({}, 201)


async def thing(request: Request) -> Response:
    """Change a thing that is still as it was seen."""
    number, name = request.path_params["thing"], None
    if not number.isdecimal():
        return refused(422)
    try:
        name = json.loads((await request.body()).decode())["name"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return refused(422)
    version = VERSIONS.get(int(number), 1)
    if request.headers.get("If-Match") != f'"{version}"':
        return refused(400 if BUG == "wrong-word" else 412)
    VERSIONS[int(number)] = version + 1
    return JSONResponse({}) if isinstance(name, str) and name else refused(422)


async def link(request: Request) -> Response:
    """Take a name, and a site that must be there: it is not, as no site of a run is."""
    try:
        sent: Any = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        return refused(400)
    if not isinstance(sent, dict) or not isinstance(sent.get("name"), str) or not sent["name"]:
        return refused(422)
    called = str(sent.get("site", "")).lower().startswith("http")
    return refused(424) if called or BUG == "refuses-all" else JSONResponse({}, 201)


async def release(request: Request) -> Response:
    """Take a name and the only version that there is."""
    try:
        sent: Any = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        return refused(400)
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        return refused(415)
    if not isinstance(sent, dict) or sent.keys() != {"name", "version"}:
        return refused(422)
    named = isinstance(sent["name"], str) and sent["name"]
    right = sent["version"] == 1 and not isinstance(sent["version"], bool) and BUG != "refuses-constant"
    return JSONResponse({}, 201) if named and right else refused(422)


async def named(request: Request) -> Response | None:
    """Return why a body is no name of a note; None: it is one."""
    try:
        sent: Any = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        return refused(400)
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        return refused(415)
    right = isinstance(sent, dict) and sent.keys() == {"name"} and isinstance(sent["name"], str) and sent["name"]
    return None if right else refused(422)


async def add_note(request: Request) -> Response:
    """Take a note."""
    if wrong := await named(request):
        return wrong
    NOTES.add(name := str(uuid.uuid4())[: 8 if BUG == "refuses-semicolon" else None])
    return JSONResponse({"id": name}, 201)


async def note(request: Request) -> Response:
    """Change a note."""
    name = request.path_params["id"]
    if len(name) > LONGEST_ID or (BUG == "refuses-semicolon" and ";" in name):
        return refused(422)
    if wrong := await named(request):
        return wrong
    return JSONResponse({}) if name in NOTES else refused(404)


async def add_jar(request: Request) -> Response:
    """Take a jar."""
    if wrong := await named(request):
        return wrong
    JARS.add(name := str(uuid.uuid4()))
    return JSONResponse(shown(name), 201)


async def jar(request: Request) -> Response:
    """Return a jar, unless its reader has it."""
    if (name := request.path_params["jar"]) not in JARS:
        return refused(404)
    return Response(status_code=304) if request.headers.get("If-None-Match") == "*" else JSONResponse(shown(name))


def shown(name: str) -> dict[str, Any]:
    """Return a jar, and who may change it."""
    return {"data": {"id": name, "name": "jam"}, "rights": {"write": ["ada"]}}


async def add_hook(request: Request) -> Response:
    """Take the URL of a caller, and greet it."""
    try:
        sent: Any = json.loads((await request.body()).decode())
    except (ValueError, RecursionError):
        return refused(400)
    url = sent.get("url") if isinstance(sent, dict) else None
    if not isinstance(url, str) or not url.startswith("http"):
        return refused(422)
    HOOKS[name := f"h{len(HOOKS) + 1}"] = url

    async def greet() -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, ValueError):
            async with request.app.state.client.post(url, json={"hook": name}) as answer:
                await answer.read()

    task = asyncio.create_task(greet())
    TASKS.add(task)
    task.add_done_callback(TASKS.discard)
    return JSONResponse({"id": name}, 201)


async def hook(request: Request) -> Response:
    """Return a hook."""
    name = request.path_params["hook"]
    if name not in HOOKS:
        return refused(404)
    more = {"from": os.environ["SETTINGS"]} if BUG == "reveals" else {}
    return JSONResponse({"id": name, "url": HOOKS[name], **more})


@contextlib.asynccontextmanager
async def lifespan(served: Starlette) -> AsyncIterator[None]:
    """Keep what events are sent with."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as served.state.client:
        yield


ROUTES = [
    Route("/uploads", upload, methods=["POST"]),
    Route("/counts", count, methods=["POST"]),
    Route("/things/{thing}", thing, methods=["PUT"]),
    Route("/links", link, methods=["POST"]),
    Route("/releases", release, methods=["POST"]),
    Route("/notes", add_note, methods=["POST"]),
    Route("/notes/{id}", note, methods=["PUT"]),
    Route("/jars", add_jar, methods=["POST"]),
    Route("/jars/{jar}", jar, methods=["GET"]),
    Route("/hooks", add_hook, methods=["POST"]),
    Route("/hooks/{hook}", hook, methods=["GET"]),
]
if __name__ == "__main__":
    app = Starlette(routes=ROUTES, lifespan=lifespan)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
