"""Takes orders and sends their events as the environment says, with one bug at most.

`ATTEMPTS` is `once`, `until` or a number of tries, `PAUSE` the time between attempts in seconds, `AFTER` how long after
the answer the first attempt comes (negative: before it; 0: around it), `IDENTITY` where the identity of an event is
(`header`, `body` or nowhere), `APART` how many seconds there are between two first attempts at least, and `BUG` what is
wrong.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

ATTEMPTS = os.environ.get("ATTEMPTS", "once")
PAUSE = float(os.environ.get("PAUSE", "0.3"))
AFTER = float(os.environ.get("AFTER", "0.05"))
IDENTITY = os.environ.get("IDENTITY", "header")
APART = float(os.environ.get("APART", "0"))
BUG = os.environ.get("BUG", "")
TIMEOUT = 0.6
MOST = 60
NUMBERS = itertools.count(1)
ONE_AT_A_TIME = threading.Lock()
FAILURES = {429: "asks-to-wait", 500: "answers-500", 503: "fails", 410: "gone"}


@dataclass
class Event:
    """An event that is to be sent.

    Attributes:
        url: Where it goes.
        content: What it says.
        identity: What identifies it.
    """

    url: str
    content: dict[str, Any]
    identity: str = field(default_factory=lambda: "evt_1" if BUG == "one-identity" else f"evt_{uuid.uuid4().hex}")

    def attempt(self) -> tuple[str, float]:
        """Make one attempt; return why it failed, empty if it did not, and how long the receiver asks to wait."""
        if BUG == "new-identity":
            self.identity = f"evt_{uuid.uuid4().hex}"
        headers, content = {"Content-Type": "application/json"}, self.content
        if BUG != "no-identity" and IDENTITY == "header":
            headers["Event-Id"] = self.identity
        elif BUG != "no-identity" and IDENTITY == "body":
            content = content | {"id": self.identity}
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT)
        try:
            connection.request("POST", address.path, json.dumps(content), headers)
            answer = connection.getresponse()
            answer.read()
        except ConnectionRefusedError:
            return "unreachable", 0.0
        except TimeoutError:
            return "slow", 0.0
        except (OSError, http.client.HTTPException):
            return "resets", 0.0
        finally:
            connection.close()
        if 200 <= answer.status < 300:
            return "", 0.0
        return FAILURES.get(answer.status, "fails"), float(answer.getheader("Retry-After") or 0)

    def send(self) -> None:
        """Make as many attempts as the service promises."""
        wait_for_a_turn()
        attempts = {"once": 1, "until": MOST}.get(ATTEMPTS) or int(ATTEMPTS)
        if BUG.startswith("again"):
            attempts = 2
        for number in range(1, attempts + 1):
            why, asked = self.attempt()
            if BUG == "always-twice" and number == 1:
                self.attempt()
            kind, _, after = BUG.partition(":")
            if not why or why == "gone" or (kind == "gives-up" and after in {"", why}):
                if not (kind == "again" and after == why):
                    return
            elif kind == "again" and after not in {"", why}:
                return
            time.sleep(6.0 if BUG == "late-retry" else PAUSE if BUG == "impatient" else max(PAUSE, asked + 0.05))


def wait_for_a_turn() -> None:
    """Return when the event before was begun long enough ago."""
    if APART:
        with ONE_AT_A_TIME:
            time.sleep(max(0.0, Sending.free - time.monotonic()))
            Sending.free = time.monotonic() + APART


class Sending:
    """When the next event may be sent, by the monotonic clock, seconds."""

    free = 0.0


def events(order: dict[str, Any], number: str) -> list[Event]:
    """Return the events of an order."""
    items = order.get("items", [order.get("item")])
    if BUG == "first-only":
        items = items[:1]
    elif BUG == "one-more":
        items = [*items, "more"]
    elif BUG == "never-none" and not items:
        items = ["none"]
    if not order.get("notify", True) and BUG != "always":
        return []
    if BUG == "never" or (BUG == "not-if-asked" and "notify" in order):
        return []
    url = str(order.get("callbackUrl") or os.environ.get("HOOK", ""))
    return [Event(url, {"order": number, "item": item}) for item in items] if url else []


class Orders(BaseHTTPRequestHandler):
    """Takes orders."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take one."""
        body = self.body()
        try:
            order = json.loads(body)
        except ValueError:
            order = None
        if not isinstance(order, dict):
            self.answer(400, {"error": "no order"})
            return
        number = f"order-{next(NUMBERS)}-{uuid.uuid4().hex[:8]}"
        sending = [threading.Thread(target=event.send, daemon=True) for event in events(order, number)]
        if AFTER < 0:
            for thread in sending:  # what fails is tried again behind the answer
                thread.start()
                thread.join(0.3)
        if AFTER == 0:
            for thread in sending:
                thread.start()
        self.answer(201, {"order": number})
        if AFTER > 0:
            time.sleep(AFTER)
            for thread in sending:
                thread.start()

    def body(self) -> bytes:
        """Return the body, whole or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    def answer(self, status: int, value: Any) -> None:
        """Answer with JSON."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Orders).serve_forever()
