"""The kit as a server: the contract of a folder on uvicorn, until SIGTERM; what is in flight is finished."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import uvicorn

from tests.verdicts.kit.bodies import RefusedError, read_query
from tests.verdicts.kit.breaks import Break
from tests.verdicts.kit.operation import Operation, Reply, refusal
from tests.verdicts.kit.sign_in import SignIn
from tests.verdicts.kit.values import Context
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

CONTRACT = "openapi.yaml"
DESCRIPTION = "kit.json"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
READ_SECONDS = 10.0
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")  # RFC 9110 section 7.2
DRAIN_SECONDS = 30


class GoneError(Exception):
    """The client went away before its request was whole."""


class App:
    """The ASGI application."""

    def __init__(self, contract: Mapping[str, Any], description: Mapping[str, Any]) -> None:
        """Read the contract and the description (`kit.json`)."""
        broken = Break.of(os.environ)
        seconds = int(os.environ.get("UPSTREAM_TIMEOUT_MS", "1000")) / 1000
        sign_in = SignIn(contract, description.get("callers", ()), broken)
        if "NEXTAUTH_SECRET" in os.environ:
            sign_in.open_sessions(os.environ["NEXTAUTH_SECRET"])
        self._paths: list[tuple[list[str], dict[str, Operation]]] = []
        for path, item in contract["paths"].items():
            operations = {
                method.upper(): Operation(
                    {**item[method], "parameters": [*item.get("parameters", ()), *item[method].get("parameters", ())]},
                    description["operations"][item[method]["operationId"]],
                    sign_in,
                    broken,
                    seconds,
                )
                for method in METHODS
                if method in item
            }
            self._paths.append((path.split("/"), operations))

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        """Serve one request, or the life of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            with contextlib.suppress(GoneError):
                await self._serve(scope, receive, send)

    async def _live(self, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for _, operations in self._paths:
            for operation in operations.values():
                await operation.events.at_rest()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        first = dict(reversed(headers))
        operations, gaps = self._find(scope["raw_path"].partition(b"?")[0])
        operation = operations.get(scope["method"])
        # h11 reads the chunks, and then another request from the same connection, which a server must close here
        # (RFC 9112 section 6.1). It takes a Host that is none, which a server must refuse (section 3.2).
        twofold = "content-length" in first and "transfer-encoding" in first
        if twofold or not HOST.fullmatch(first.get("host", "")):
            reply = refusal(400, {"connection": "close"})
        elif not operations:
            reply = refusal(404)
        elif operation is None:
            reply = refusal(405, {"allow": ", ".join(operations)})
        else:
            reply = await self._answer(operation, scope, headers, gaps, receive)
        await _send(send, scope["method"], reply)
        if operation is not None and reply.later:
            operation.events.send_later(reply.later, operation.later_seconds)

    async def _answer(
        self,
        operation: Operation,
        scope: Any,
        headers: Sequence[tuple[str, str]],
        gaps: Mapping[str, str],
        receive: Callable[[], Awaitable[Any]],
    ) -> Reply:
        first = dict(reversed(headers))
        query: bytes = scope["query_string"]
        url = f"http://{first.get('host', '')}{scope['raw_path'].decode('latin-1')}"
        try:
            context = Context(
                method=scope["method"],
                url=url + (f"?{query.decode('latin-1')}" if query else ""),
                path=gaps,
                query=read_query(query),
                headers=first,
                environment=os.environ,
            )
        except RefusedError as error:
            return refusal(error.status)
        return await operation.answer(context, headers, lambda most: _read(first, receive, most))

    def _find(self, raw_path: bytes) -> tuple[dict[str, Operation], dict[str, str]]:
        """Return the operations of a path by method, and the values of its gaps."""
        try:
            words = [unquote(word, errors="strict") for word in raw_path.decode("ascii").split("/")]
        except UnicodeDecodeError:
            return {}, {}
        for template, operations in self._paths:
            if len(template) != len(words):
                continue
            gaps = {part[1:-1]: word for part, word in zip(template, words, strict=True) if part.startswith("{")}
            literal = all(part.startswith("{") or part == word for part, word in zip(template, words, strict=True))
            if literal and all(gaps.values()):
                return operations, gaps
        return {}, {}


async def _read(headers: Mapping[str, str], receive: Callable[[], Awaitable[Any]], most: int) -> bytes:
    """Read a body within its limits.

    Raises:
        RefusedError: 413 or 408.
        GoneError: The client went away.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise RefusedError(413, {"connection": "close"})
    body = bytearray()
    more = True
    try:
        async with asyncio.timeout(READ_SECONDS):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise GoneError
                body += message.get("body", b"")
                if len(body) > most:
                    raise RefusedError(413, {"connection": "close"})
                more = message.get("more_body", False)
    except TimeoutError:
        raise RefusedError(408, {"connection": "close"}) from None
    return bytes(body)


async def _send(send: Any, method: str, reply: Reply) -> None:
    empty = reply.body is None or reply.status == HTTPStatus.NO_CONTENT
    raw = b"" if empty else json.dumps(reply.body).encode()
    headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in reply.headers.items()]
    if not empty:
        headers.append((b"content-type", b"application/json"))
    if reply.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", str(len(raw)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else raw})


def main() -> None:
    """Serve until SIGTERM, then finish what is in flight."""
    contract = read_yaml(Path(CONTRACT))
    description = json.loads(Path(DESCRIPTION).read_text(encoding="utf-8"))
    app = App(contract, description)
    settings: dict[str, Any] = {"http": "h11", "access_log": False, "log_level": "warning", "lifespan": "on"}
    port = int(os.environ["PORT"])
    uvicorn.run(app, host="127.0.0.1", port=port, timeout_graceful_shutdown=DRAIN_SECONDS, **settings)
