"""Takes orders and sends their events behind the answer, as its environment says; it may follow redirects.

`FOLLOWS` has the statuses that it follows. `CARRIES` says what a request to another address has of the first one: `all`
headers, or all but what is a credential (`none`). `SIGNS` is a secret of Standard Webhooks, `SHARED` a secret that is
sent in `X-Shared-Secret`, `BEARER` a token that is sent as `Authorization`. `AFTER` is how long after the answer an
event is sent; with `WAITS` the answer comes when it is taken, and is 502 if it is not. `LOSES` how many of the first
events are never sent. `PAUSE` is the time between attempts, of which there is one where it is 0. `STOPS` says what
becomes of an event between two attempts at SIGTERM: it is sent before the end (`drains`), kept in the file `OUTBOX` for
the next start (`keeps`), or lost. `BUG` is what is wrong: an event has its `item-as-number`, or there is one for an
order that is `refused-too`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import os
import signal
import threading
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

FOLLOWS = frozenset(map(int, os.environ.get("FOLLOWS", "").split()))
CARRIES = os.environ.get("CARRIES", "all")
SIGNS, SHARED, BEARER = (os.environ.get(name, "") for name in ("SIGNS", "SHARED", "BEARER"))
AFTER = float(os.environ.get("AFTER", "0.05"))
LOSES = int(os.environ.get("LOSES", "0"))
PAUSE, STOPS = float(os.environ.get("PAUSE", "0")), os.environ.get("STOPS", "")
OUTBOX = Path(os.environ.get("OUTBOX", "outbox.json"))
BUG, WAITS = os.environ.get("BUG", ""), os.environ.get("WAITS", "")
HELD = threading.Event()
PATIENCE = 1.0 if BUG == "held" else 2.0
OPEN: dict[str, dict[str, Any]] = {}
SEE_OTHER = 303
BECOME_GET = (301, 302, SEE_OTHER)
NUMBERS, SENT = itertools.count(1), itertools.count(1)


def headers_of(body: bytes) -> dict[str, str]:
    """Return the headers of an event."""
    found = {"Content-Type": "application/json"}
    if SIGNS:
        identity, now = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        key = base64.b64decode(SIGNS.removeprefix("whsec_"))
        text = hmac.digest(key, f"{identity}.{now}.".encode() + body, hashlib.sha256)
        signature = f"v1,{base64.b64encode(text).decode()}"
        found |= {"webhook-id": identity, "webhook-timestamp": now, "webhook-signature": signature}
    if SHARED:
        found["X-Shared-Secret"] = SHARED
    if BEARER:
        found["Authorization"] = f"Bearer {BEARER}"
    return found


def post(url: str, body: bytes, headers: dict[str, str], method: str = "POST") -> bool:
    """Send a request, and follow what it is told to follow; return whether it was taken."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE)
    try:
        connection.request(method, address.path, body if method == "POST" else None, headers)
        answer = connection.getresponse()
        answer.read()
    except TimeoutError:
        if BUG == "held":
            HELD.set()
        return False
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    location = answer.getheader("Location")
    if answer.status in FOLLOWS and location is not None:
        kept = headers if CARRIES == "all" else {"Content-Type": "application/json"}
        return post(location, body, kept, "GET" if answer.status in BECOME_GET else method)
    return answer.status // 100 == 2


def send(url: str, order: dict[str, Any], after: float = AFTER) -> None:
    """Send an event in its time, and again until it is taken, if that is asked for."""
    OPEN[order["order"]] = order
    time.sleep(after)
    if next(SENT) > LOSES:
        body = json.dumps(order).encode()
        while not post(url, body, headers_of(body)) and PAUSE:
            time.sleep(PAUSE)
    OPEN.pop(order["order"], None)


def stop(*_: object) -> None:
    """End: with what is open sent, kept, or lost."""
    if STOPS == "keeps":
        OUTBOX.write_text(json.dumps(list(OPEN.values())), "utf-8")
    until = time.monotonic() + 8
    while STOPS == "drains" and OPEN and time.monotonic() < until:
        time.sleep(0.05)
    os._exit(0)


def resume() -> None:
    """Send what was kept."""
    kept = json.loads(OUTBOX.read_text("utf-8")) if OUTBOX.exists() else []
    OUTBOX.unlink(missing_ok=True)
    for order in kept:
        threading.Thread(target=send, args=(os.environ["HOOK"], order, 0.0), daemon=True).start()


class Orders(JsonService):
    """Takes orders."""

    def do_POST(self) -> None:
        """Take one."""
        while HELD.is_set():
            time.sleep(60)
        try:
            order = json.loads(self.body())
            item = order["item"]
        except (ValueError, TypeError, KeyError, RecursionError):
            self.answer(400, {"error": "no order"})
            if BUG == "refused-too":
                self.begin("none", None)
            return
        number = f"order-{next(NUMBERS)}-{uuid.uuid4().hex[:8]}"
        if WAITS:
            body = json.dumps({"order": number, "item": item}).encode()
            is_taken = post(os.environ["HOOK"], body, headers_of(body))
            self.answer(*((201, {"order": number}) if is_taken else (502, {"error": "nobody took the event"})))
            return
        self.answer(201, {"order": number})
        self.begin(number, len(item) if BUG == "item-as-number" else item)

    @staticmethod
    def begin(number: str, item: Any) -> None:
        """Begin to send an event."""
        order = {"order": number, "item": item}
        threading.Thread(target=send, args=(os.environ["HOOK"], order), daemon=True).start()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    if STOPS == "keeps":
        resume()
    Server(("127.0.0.1", int(os.environ["PORT"])), Orders).serve_forever()
