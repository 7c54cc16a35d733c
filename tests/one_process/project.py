"""A service that keeps something in a folder, its contract, and its settings: what one process of a target is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import CompletedProcess

SPEC = """
openapi: 3.1.0
info: {title: things, version: '1'}
paths:
  /things:
    post:
      operationId: add
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [name]
              properties: {name: {type: string, maxLength: 200}}
      responses:
        '200':
          description: added
          content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}}}}}
        '400': {description: refused, x-given: invalid-body}
        '502': {description: the hook fails, x-given: upstream-wrong}
        '504': {description: the hook hangs, x-given: upstream-timeout}
      callbacks:
        added:
          '{hooks}/x':
            post:
              x-when: true
              x-delivery: acknowledged
              requestBody:
                content:
                  application/json:
                    schema:
                      type: object
                      required: [id, name]
                      properties:
                        id: {type: string, x-from: 'answer.body#/id'}
                        name: {type: string, x-from: 'request.body#/name'}
              responses: {'200': {description: taken}}
"""

# The order of the lines in `starts.log` is the order in which things happened: each is written at once, whole.
SERVER = """
import asyncio, fcntl, json, os, sys, time, uuid
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

data = Path(os.environ["DATA"])
lock = open(data / "lock", "a")
timeout = float(os.environ["TIMEOUT_MS"]) / 1000


def told(word):
    with open(data / "starts.log", "a") as log:
        log.write(f"{word} {os.getpid()}\\n")


try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    told("second")
    if os.environ.get("LOCKS"):
        sys.exit("another process of this service has the folder")
told("start")


def refused(status=400):
    return web.json_response({}, status=status)


def constant(_):
    raise ValueError("no JSON")


async def register(request):
    request.app["hook"] = (await request.json())["url"]
    told("setup")
    return web.json_response({})


async def add(request):
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        return refused(415)
    try:
        value = json.loads((await request.read()).decode(), parse_constant=constant)
    except (ValueError, RecursionError):
        return refused()
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or len(name) > 200:
        return refused()
    # BEFORE
    event = {"id": str(uuid.uuid4()), "name": name}
    try:
        async with request.app["client"].post(request.app["hook"], json=event, allow_redirects=False) as answer:
            await answer.read()
            if answer.status != 200:
                return refused(502)
    except TimeoutError:
        return refused(504)
    except (ClientError, OSError, ValueError):
        return refused(502)
    # AFTER
    return web.json_response({"id": event["id"]})


async def connected(app):
    app["hook"] = os.environ.get("HOOK", "")
    connector = TCPConnector(force_close=True, limit=0)
    async with ClientSession(timeout=ClientTimeout(timeout), connector=connector) as app["client"]:
        yield


app = web.Application(client_max_size=1 << 20)
app.cleanup_ctx.append(connected)
app.router.add_post("/things", add)
app.router.add_post("/hook", register)
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
told("end")
"""


class Project:
    """A folder with the contract, its settings and the service."""

    def __init__(self, folder: Path, *, target: str = "", env: str = "", world: str = "", server: str = SERVER) -> None:
        """Write it.

        Args:
            folder: Where it is.
            target: More lines of `[target]`.
            env: More lines of `[target.env]`.
            world: More lines of `[world.ingests.hooks]`.
            server: The service.
        """
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "openapi.yaml").write_text(SPEC)
        (folder / "server.py").write_text(server)
        (folder / "bothends.toml").write_text(f"""spec = "openapi.yaml"
[target]
command = ["python", "server.py"]
{target}
[target.env]
PORT = "{{port}}"
DATA = {json.dumps(str(folder))}
HOOK = "{{world.hooks}}/x"
TIMEOUT_MS = "{{world.upstream_timeout_ms}}"
{env}
[world]
upstream_timeout_ms = 500
[world.ingests.hooks]
kind = "webhook"
{world}
""")

    def verify(self, *arguments: str) -> CompletedProcess[str]:
        """Run `bothends verify` on it."""
        return bothends(self.folder, "verify", *arguments, measured=False, notes=self.folder / "starts.log")

    @property
    def starts(self) -> list[str]:
        """What happened to its processes, in order: `start`, `setup`, `end`; `second`: there was another one."""
        log = self.folder / "starts.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []
