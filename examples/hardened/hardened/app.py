"""The endpoint: one route, and what it takes to start and stop it without losing or doubling an event."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from contextlib import AsyncExitStack
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Protocol

from sanic import Sanic
from sanic.config import Config
from sanic.http import Http
from sanic.response import HTTPResponse

from hardened.body import READ_TIMEOUT, RefusedError, take_body
from hardened.connection import SHORT_BODY, ServedRequest, check_head, leave_body
from hardened.event import CLOCK, SETTINGS, USER, EventBuilder
from hardened.ingest import IngestClient
from hardened.problems import ProblemHandler, problem
from hardened.session import NoSessionError, Sessions
from hardened.settings import SettingsClient, SettingsFile
from hardened.upstream import Upstream, UpstreamError

if TYPE_CHECKING:
    from sanic.request import Request
    from sanic.response import BaseHTTPResponse

    from hardened.configuration import Configuration
    from hardened.spec import Operation, Spec

_LOG = logging.getLogger("hardened")
_MARGIN = 5.0
_LAST_CALL = 0.1


class _Settings(Protocol):
    async def get(self) -> Any: ...


class Route:
    """The operation.

    Attributes:
        upstreams: The clients to open before the first request.
        at_work: Requests whose event may be under way.
    """

    def __init__(self, configuration: Configuration, spec: Spec) -> None:
        """Put the parts together.

        Raises:
            SpecError: The contract asks for something that this endpoint does not have.
            ConfigurationError: The shipped settings are wrong.
        """
        self._operation: Operation = spec.operation
        self._event = EventBuilder(spec.document, spec.event.schema)
        self._sessions = Sessions(
            configuration.session_secret,
            spec.operation.cookie,
            spec.document.validator(self._event.sources[USER]),
        )
        timeout = configuration.upstream_timeout
        schema = spec.document.validator(self._event.sources[SETTINGS])
        self._ingest = IngestClient(spec.event, configuration.ingest_url, configuration.event_key, timeout)
        self.upstreams: list[Upstream] = [self._ingest]
        self._settings: _Settings
        if configuration.settings_url is None:
            self._settings = SettingsFile(configuration.settings_file, schema)
        else:
            self._settings = client = SettingsClient(configuration.settings_url, timeout, schema)
            self.upstreams.append(client)
        self.at_work: set[asyncio.Task[HTTPResponse]] = set()

    async def answer(self, request: Request) -> HTTPResponse:
        """Answer one request.

        Who asks comes first: of a request without a session not even the body is read.
        """
        try:
            user = self._sessions.user(request.headers.getall("cookie", []))
            await take_body(request, self._operation)
        except NoSessionError:
            return self._refuse(request, "signed-out")
        except RefusedError as refusal:
            return self._refuse(request, refusal.family)
        # A task of its own: what has begun is finished, whether or not the client stays to hear of it.
        work = asyncio.create_task(self._work(user))
        self.at_work.add(work)
        work.add_done_callback(self.at_work.discard)
        return await asyncio.shield(work)

    def _refuse(self, request: Request, family: str) -> HTTPResponse:
        leave_body(request)
        return problem(self._operation.error(family))

    async def _work(self, user: dict[str, Any]) -> HTTPResponse:
        upstream = "settings"
        try:
            settings = await self._settings.get()
            upstream = "ingest"
            now = time.time_ns() // 1_000_000
            await self._ingest.send(self._event.build({CLOCK: now, USER: user, SETTINGS: settings}))
        except UpstreamError as error:
            _LOG.warning("%s: %s", upstream, error)
            return problem(self._operation.error(error.family, upstream))
        success = self._operation.success
        return HTTPResponse(success.body, success.status, {"Cache-Control": "no-store"}, success.media_type)


def build(configuration: Configuration, spec: Spec) -> Sanic[Any, Any]:
    """Return the application.

    Raises:
        SpecError: The contract asks for something that this endpoint does not have.
        ConfigurationError: The shipped settings are wrong.
    """
    route = Route(configuration, spec)
    longest = READ_TIMEOUT + 2 * configuration.upstream_timeout + _MARGIN
    settings: dict[str, str | bool | float | None] = {
        "GRACEFUL_SHUTDOWN_TIMEOUT": longest,
        "RESPONSE_TIMEOUT": longest,
        "REQUEST_TIMEOUT": READ_TIMEOUT,
        "REQUEST_MAX_SIZE": max(spec.operation.max_bytes, SHORT_BODY),
        # As much as Sanic can: a session of more than one chunk is longer than its default.
        "REQUEST_MAX_HEADER_SIZE": 16_384,
    }
    app = Sanic(
        "hardened",
        config=Config(settings, env_prefix=None),
        error_handler=ProblemHandler(),
        request_class=ServedRequest,
        configure_logging=False,
        strict_slashes=True,
    )

    async def answer(request: Request, **_parameters: str) -> HTTPResponse:
        return await route.answer(request)

    path = spec.operation.path.replace("{", "<").replace("}", ":str>")
    app.add_route(answer, path, methods=[spec.operation.method], stream=True, name="route")
    app.add_route(_ready, "/healthz", methods=["GET"], name="ready")
    _add_lifecycle(app, route)
    return app


async def _ready(_request: Request) -> HTTPResponse:
    return HTTPResponse(b"ready\n", content_type="text/plain; charset=utf-8")


def _add_lifecycle(app: Sanic[Any, Any], route: Route) -> None:
    stack = AsyncExitStack()
    draining = False

    async def open_clients(_app: Sanic[Any, Any]) -> None:
        for upstream in route.upstreams:
            await stack.enter_async_context(upstream)

    async def begin_drain(app: Sanic[Any, Any]) -> None:
        nonlocal draining
        draining = True
        app.config.KEEP_ALIVE = False
        # A second signal must not cut short what the first one left to be finished.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        # What was sent before the signal may still have to be read: nothing is closed or refused yet.
        await asyncio.sleep(_LAST_CALL)

    async def complete(request: Request, response: BaseHTTPResponse) -> None:
        # RFC 9110 section 6.6.1: a server with a clock says when it answered.
        response.headers["Date"] = formatdate(usegmt=True)
        if draining and isinstance(request.stream, Http):
            request.stream.keep_alive = False

    async def finish(_app: Sanic[Any, Any]) -> None:
        # Clients that went away have left their requests behind.
        await asyncio.gather(*route.at_work, return_exceptions=True)
        await stack.aclose()

    app.add_signal(check_head, "http.lifecycle.request")
    app.before_server_start(open_clients)
    app.before_server_stop(begin_drain)
    app.register_middleware(complete, "response")
    app.after_server_stop(finish)
