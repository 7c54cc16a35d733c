"""Keeps lists and notes, and sends an event of each behind its answer, with the caller's name.

`FAULT` says what it does wrong: `empty` sends an event of an empty list, `late` half a second late, and `text` takes
any value for a text, and passes it on as one. `queue` is how it sends events: one after the other, and a receiver that
does not answer holds those behind it; `lost` loses these.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
import time
import uuid
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import JsonService

HOOKS = urlsplit(os.environ["HOOKS"])
FAULT = os.environ.get("FAULT", "").split(",")
CALLERS = {"key-of-ann": "ann", "key-of-bob": "bob"}
NUMBERS = itertools.count(1)
TURN = threading.Lock()


def send(event: dict[str, Any], delay: float) -> None:
    """Send an event when the answer is out."""
    time.sleep(delay)
    if "queue" not in FAULT:
        deliver(event)
    elif not ("lost" in FAULT and TURN.locked()):
        with TURN:
            deliver(event)


def deliver(event: dict[str, Any]) -> None:
    """Send an event once, and wait long for its acknowledgement."""
    connection = http.client.HTTPConnection(str(HOOKS.hostname), HOOKS.port, timeout=40)
    try:
        body = json.dumps({"id": str(uuid.uuid4()), **event})
        connection.request("POST", f"{HOOKS.path}/{event['type'].partition('.')[0]}", body, {"Content-Type": JSON})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # nobody is promised another attempt
    finally:
        connection.close()


JSON = "application/json"


class Desk(JsonService):
    """Takes lists and notes."""

    def do_GET(self) -> None:
        """Say how many lists there are."""
        self.answer(200 if self.caller() else 401, {})

    def do_POST(self) -> None:
        """Add a list of notes, or a note."""
        data, caller = self.body(), self.caller()
        if not caller:
            self.answer(401, {})
            return
        try:
            value = json.loads(data.decode())
        except (ValueError, RecursionError):
            self.answer(400, {})
            return
        if self.path == "/lists":
            self.add_list(value if isinstance(value, list) else [value], caller)
        elif self.path == "/notes" and is_note(value):
            number = next(NUMBERS)
            self.answer(200, {"id": number})
            self.later({"type": "notes.added", "note": {"id": number, "title": as_text(value["title"]), "by": caller}})
        else:
            self.answer(400, {})

    def add_list(self, notes: list[Any], caller: str) -> None:
        """Add a list of notes."""
        if not all(map(is_note, notes)):
            self.answer(400, {})
            return
        self.answer(200, {})
        if notes or "empty" in FAULT:
            added = [{"title": as_text(note["title"]), "by": caller} for note in notes]
            self.later({"type": "lists.added", "notes": added}, 0.5 if not notes and "late" in FAULT else 0.02)

    def later(self, event: dict[str, Any], delay: float = 0.02) -> None:
        """Send an event behind the answer."""
        threading.Thread(target=send, args=(event, delay), daemon=True).start()

    def caller(self) -> str:
        """Return who asks; empty: nobody knows."""
        return CALLERS.get(self.headers.get("X-Key", ""), "")


def is_note(value: Any) -> bool:
    """Whether a value is a note."""
    titled = isinstance(value, dict) and set(value) == {"title"}
    return titled and ("text" in FAULT or isinstance(value["title"], str))


def as_text(value: Any) -> str:
    """Return a title as it is stored."""
    return value if isinstance(value, str) else "[object]"


class Server(ThreadingHTTPServer):
    """Takes many at once."""

    request_queue_size = 128
    daemon_threads = True


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Desk).serve_forever()
