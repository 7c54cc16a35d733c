"""A service of things, which is begun with words: `LIKE` says how a right one differs, `BUG` what is wrong with it.

Each word of `LIKE` is a name, or a name and a value: `ids=uuid again=404`. Each of these services is right for the
contract of its row.
"""

from __future__ import annotations

import os
import re
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.json_service import JsonService, Server
from tests.objects.asked import BUG, LIKE, Asked, Refused, Reply
from tests.objects.beside import ROUTES as BESIDE
from tests.objects.things import ROUTES as THINGS

if TYPE_CHECKING:
    from collections.abc import Callable

ROUTES = [(method, re.compile(path), call) for method, path, call in (*THINGS, *BESIDE)]
LOCK = threading.RLock()
KEYS: dict[tuple[str, ...], tuple[float, bytes, Reply | None]] = {}
"""By the scope of a key and the key: when it came, the body that it came with, and the answer; None: under way."""
_SLOW = float(LIKE.get("slow", "0"))
_KEPT = float(LIKE.get("kept", "inf"))


class Service(JsonService):
    """Answers each request by the operation of its path."""

    def _answered(self) -> None:
        body, path = self.body(), urlsplit(self.path).path
        for method, pattern, call in ROUTES:
            match = pattern.fullmatch(path)
            if match is not None and method == self.command:
                names = {name: unquote(value) for name, value in match.groupdict().items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._reply(_once(Asked(path, names, headers, body), f"{method} {pattern.pattern}", call))
                return
        self.answer(HTTPStatus.NOT_FOUND, {})

    do_GET = do_POST = do_PUT = do_DELETE = _answered

    def _reply(self, reply: Reply) -> None:
        self.more = reply.headers
        if reply.value is None and reply.status == HTTPStatus.NO_CONTENT:
            self.send_response(reply.status)
            self.end_headers()
        else:
            self.answer(reply.status, {} if reply.value is None else reply.value)
        self.more = {}

    more: dict[str, str] = {}  # noqa: RUF012 -- it is replaced, and never changed

    def end_headers(self) -> None:
        """Add the headers of the answer."""
        for name, value in self.more.items():
            self.send_header(name, value)
        super().end_headers()


def _once(asked: Asked, operation: str, call: Callable[[Asked], Reply]) -> Reply:
    """Answer a request; one whose key has come before gets the answer of then."""
    key = asked.headers.get("idempotency-key")
    if key is None or "keys" not in LIKE or BUG == "key-is-nothing":
        return _answer(asked, call)
    scope = LIKE["keys"].split("+")
    where = (
        "" if BUG == "key-any-caller" else asked.caller,
        operation if "operation" in scope and BUG != "key-any-operation" else "",
        str(asked.names) if "path" in scope and not BUG.startswith("key-any-") else "",
        key[:8] if BUG == "key-cut" else key,
    )
    with LOCK:
        began, body, reply = KEYS.get(where, (0.0, b"", None))
        if began and time.monotonic() - began < _KEPT:
            if body != asked.body and BUG != "key-any-body":
                return Reply(HTTPStatus.UNPROCESSABLE_ENTITY)
            return Reply(HTTPStatus.CONFLICT) if reply is None else reply
        KEYS[where] = (time.monotonic(), asked.body, None)
    reply = _answer(asked, call)
    with LOCK:
        if reply.status < HTTPStatus.BAD_REQUEST:
            KEYS[where] = (time.monotonic(), asked.body, reply)
        else:
            del KEYS[where]
    return reply


def _answer(asked: Asked, call: Callable[[Asked], Reply]) -> Reply:
    time.sleep(_SLOW)
    with LOCK:
        try:
            return call(asked)
        except Refused as refused:
            return Reply(refused.status)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Service).serve_forever()
