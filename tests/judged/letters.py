"""Letters, each put at an ID that its sender makes up: the second one with an ID is answered as the first, unread.

A `PUT` sends a letter, and the event tells of it. `BUG` is what is wrong: a letter without a text is sent (`blank`),
or each second one is answered and its event does not come (`lost`).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
LOCK = threading.Lock()
NUMBERS = itertools.count(1)
SENT: dict[str, dict[str, Any]] = {}


def is_letter(value: Any) -> bool:
    """Return whether a value is a letter as the contract has it."""
    if not isinstance(value, dict) or value.keys() != {"text"}:
        return False
    return isinstance(value["text"], str) and (0 < len(value["text"]) <= 60 or BUG == "blank")


def send(letter: dict[str, Any]) -> None:
    """Send an event."""
    if BUG == "lost" and letter["number"] % 2 == 0:
        return
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", f"{HOOK.path}/sent", json.dumps(letter), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Letters(JsonService):
    """Answers the requests."""

    def do_PUT(self) -> None:
        """Send a letter, if none has its ID."""
        head, _, identity = unquote(self.path).rpartition("/")
        if head == "/letters" and identity in SENT:
            self.body()
            self.answer(200, SENT[identity])
            return
        value = self.json_body()
        if value is MISSING:
            return
        if head != "/letters" or not identity:
            self.answer(404, {"error": "nothing is there"})
        elif not is_letter(value):
            self.answer(400, {"error": "no letter"})
        else:
            with LOCK:
                letter = SENT[identity] = {"number": next(NUMBERS), **value}
            self.answer(200, letter)
            send(letter)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Letters).serve_forever()
