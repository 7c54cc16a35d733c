"""The endpoint: one route, and what it takes to start and stop it without losing or doubling an event."""

import asyncio
import logging
import os
import re
import signal
import socket
import time
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sanic import BadRequest, HTTPResponse, Request, Sanic, text
from sanic.http import Http
from sanic.response import BaseHTTPResponse
from sanic.server import HttpProtocol

from reference.contract import Answer, Contract, DeclaredError, dumps, loads
from reference.session import Sessions
from reference.upstreams import Upstreams

SPEC = Path(os.environ.get("OPENAPI_FILE") or Path(__file__).parents[1] / "openapi.yaml")
_LOG = logging.getLogger("reference")
# Two readers could take a head in two ways: a bare CR or LF, a NUL, a folded line, a space before a colon.
_AMBIGUOUS = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00|\r\n[ \t]|\r\n[^:\r]*[ \t]:")


class Route:
    def __init__(self, contract: Contract, sessions: Sessions, upstreams: Upstreams) -> None:
        self.contract, self.sessions, self.upstreams = contract, sessions, upstreams
        self.at_work: set[asyncio.Task[HTTPResponse]] = set()

    async def answer(self, request: Request) -> HTTPResponse:
        try:
            # Who asks comes first: what is wrong with a body is nothing to tell a stranger.
            user = self.sessions.user(request.cookies)
            self.check_body(request)
        except DeclaredError as error:
            return respond(self.contract.error(error.family))
        # A task of its own: what has begun is finished, whether or not the client stays to hear of it.
        work = asyncio.create_task(self.work(user))
        self.at_work.add(work)
        work.add_done_callback(self.at_work.discard)
        return await asyncio.shield(work)

    def check_body(self, request: Request) -> None:
        """Hold the body to the contract. The route has no other use for it."""
        if len(request.body) > self.contract.max_bytes:
            raise DeclaredError("body-too-large")
        if not request.body and not self.contract.body_required:
            return
        schema = self.contract.bodies.get(request.content_type.partition(";")[0].strip().lower())
        if request.body and schema is None:
            raise DeclaredError("unsupported-media-type")
        value = loads(request.body, "malformed-body")
        if schema and not schema.is_valid(value):
            raise DeclaredError("invalid-body")

    async def work(self, user: dict[str, Any]) -> HTTPResponse:
        upstream = "settings"
        try:
            settings = await self.upstreams.settings()
            upstream = "ingest"
            values = {"clock.ms": time.time_ns() // 1_000_000, "session.user": user, "upstream.settings": settings}
            await self.upstreams.send(self.contract.event(values))
        except DeclaredError as error:
            _LOG.warning("%s: %s", upstream, error)
            return respond(self.contract.error(error.family, upstream))
        return respond(self.contract.success)

    async def ready(self, _request: Request) -> HTTPResponse:
        return text("ready\n")

    async def complete(self, request: Request, response: BaseHTTPResponse) -> None:
        # RFC 9110 section 6.6.1: a server with a clock says when it answered.
        response.headers["Date"] = formatdate(usegmt=True)
        if not request.app.config.KEEP_ALIVE and isinstance(request.stream, Http):
            request.stream.keep_alive = False

    async def drain(self, app: Sanic[Any, Any]) -> None:
        app.config.KEEP_ALIVE = False
        # A second one must not cut short what the first left to be finished.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # What was sent before the signal may still have to be read: nothing is closed yet.
        await asyncio.sleep(0.1)

    async def finish(self, _app: Sanic[Any, Any]) -> None:
        await asyncio.gather(*self.at_work, return_exceptions=True)
        await self.upstreams.client.close()


def respond(answer: Answer, **headers: str) -> HTTPResponse:
    status, content_type, body = answer
    return HTTPResponse(body, status, {"Cache-Control": "no-store", **headers}, content_type)


def problem(_request: Request, error: Exception) -> HTTPResponse:
    """Answer what goes wrong outside of the operation with problem details that say no more than the status does."""
    status: int = getattr(error, "status_code", 500)
    if status == 500:
        _LOG.error("%s", type(error).__name__, exc_info=error)
    details = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    allow = {name: value for name, value in getattr(error, "headers", {}).items() if name == "Allow"}
    return respond((status, "application/problem+json", dumps(details)), **allow)


async def check_head(request: Request) -> None:
    """Refuse what Sanic takes, though it could be understood in two ways (RFC 9112 sections 3.2, 5.1, 6.1)."""
    chunked, hosts = "transfer-encoding" in request.headers, request.headers.getall("host", [])
    if _AMBIGUOUS.search(request.head) or (chunked if request.version == "1.0" else len(hosts) != 1):
        raise BadRequest


class StrictHttp(Http):
    """Sanic's HTTP/1.1, with lengths that are digits alone: to Python `0x10` and ` 7` are numbers too."""

    @staticmethod
    def _safe_int(value: str, base: int = 10) -> int:
        if re.fullmatch(r"[0-9A-Fa-f]+[ \t]*", value) is None:
            raise ValueError(value)
        return int(value, base)


class Connection(HttpProtocol):
    HTTP_CLASS = StrictHttp


def build(route: Route) -> Sanic[Any, Any]:
    app = Sanic("reference", configure_logging=False, strict_slashes=True)
    # So much of a body is read before it is refused: to close with bytes unread could destroy the answer.
    app.config.REQUEST_MAX_SIZE = 8 << 20
    app.config.REQUEST_MAX_HEADER_SIZE = 16_384  # the most that Sanic can: a session may come in chunks
    app.add_route(route.answer, route.contract.path, methods=[route.contract.method.upper()], name="route")
    app.add_route(route.ready, "/healthz", name="ready")
    app.error_handler.add(Exception, problem)
    app.add_signal(check_head, "http.lifecycle.request")
    app.register_middleware(route.complete, "response")
    app.before_server_start(route.upstreams.open)
    app.before_server_stop(route.drain)
    app.after_server_stop(route.finish)
    return app


def main() -> None:
    env = {"HOST": "127.0.0.1", "PORT": "8000"} | {name: value for name, value in os.environ.items() if value}
    for name in ("SETTINGS_URL", "INNGEST_BASE_URL", "INNGEST_EVENT_KEY", "NEXTAUTH_SECRET"):
        if name not in env:
            raise SystemExit(f"reference: {name} is not set")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    contract = Contract(SPEC)
    seconds = int(env.get("UPSTREAM_TIMEOUT_MS", "5000")) / 1000
    upstreams = Upstreams(contract, env["SETTINGS_URL"], env["INNGEST_BASE_URL"], env["INNGEST_EVENT_KEY"], seconds)
    app = build(Route(contract, Sessions(env["NEXTAUTH_SECRET"], contract), upstreams))
    # Bound here, and listened on by Sanic: no request comes before a signal would be heeded.
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((env["HOST"], int(env["PORT"])))
    told = "reference: listening on http://{}:{}".format(*listener.getsockname())
    app.after_server_start(lambda _app: print(told, flush=True))
    app.run(sock=listener, single_process=True, protocol=Connection, access_log=False, motd=False, backlog=1024)
