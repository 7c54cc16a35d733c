"""Answers questions about goods: each of its operations asks one upstream or two, each of which may fail.

`CALLS` says which operation calls what, as JSON, and `UPSTREAMS` where these are. `BUG` is what is wrong: `swallowed`
(a failure of the stock is a success without a value), `dies` (a wrong answer of the stock is 500), `kept` (what an
upstream has once answered is known for good, as it starts), `kept-when-asked` (the same, from when it is first asked
for).
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

BUG = os.environ.get("BUG", "")
CALLS: dict[str, list[str]] = json.loads(os.environ["CALLS"])
UPSTREAMS = {name: urlsplit(url) for name, _, url in (each.partition("=") for each in os.environ["UPSTREAMS"].split())}
TIMEOUT = int(os.environ["TIMEOUT_MS"]) / 1000
SOON = 0.02
"""Seconds by which the limit may be over too early: timers are not that exact."""
KNOWN: dict[str, str] = {}


class FailedError(Exception):
    """An upstream has failed."""

    def __init__(self, status: int) -> None:
        """Take the status that tells of it."""
        super().__init__(status)
        self.status = status


def asked(name: str) -> str:
    """Return the value that an upstream answers."""
    if BUG.startswith("kept") and name in KNOWN:
        return KNOWN[name]
    url, until = UPSTREAMS[name], time.monotonic() + TIMEOUT
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT)
    try:
        connection.connect()
    except TimeoutError as error:
        raise FailedError(504) from error
    except OSError as error:
        raise FailedError(503) from error
    # The limit is one of the whole: what comes in drops is cut off when it is over.
    assert connection.sock is not None
    timer = threading.Timer(max(0.0, until - time.monotonic()), connection.sock.shutdown, [socket.SHUT_RDWR])
    timer.start()
    try:
        connection.request("GET", url.path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise FailedError(504 if time.monotonic() >= until - SOON else 502) from error
    finally:
        timer.cancel()
        connection.close()
    if time.monotonic() >= until - SOON:
        raise FailedError(504)
    value = value_of(answer.status, body)
    return KNOWN.setdefault(name, value) if BUG.startswith("kept") else value


def value_of(status: int, body: bytes) -> str:
    """Return the value in an answer."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if status != 200 or not isinstance(found, dict) or not isinstance(found.get("value"), str):
        raise FailedError(502)
    return str(found["value"])


class Agency(JsonService):
    """Answers the requests."""

    def do_GET(self) -> None:
        """Answer a question."""
        self.body()
        name = self.path.partition("?")[0].strip("/")
        if name not in CALLS:
            self.answer(404, {})
            return
        found: dict[str, Any] = {"of": name}
        try:
            for upstream in CALLS[name]:
                found[upstream] = self._value(upstream)
        except FailedError as error:
            self.answer(error.status, {})
            return
        self.answer(200, found)

    def _value(self, upstream: str) -> str:
        try:
            return asked(upstream)
        except FailedError as error:
            if BUG == "swallowed" and upstream == "stock":
                return ""
            if BUG == "dies" and upstream == "stock" and error.status == 502:
                error.status = 500
            raise


if __name__ == "__main__":
    for each in UPSTREAMS if BUG == "kept" else ():
        asked(each)
    Server(("127.0.0.1", int(os.environ["PORT"])), Agency).serve_forever()
