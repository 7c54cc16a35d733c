"""Takes notes of those who show a key; each answer has the number of its call, and each success an event behind it.

An event has the text of its note and, with `CALL`, the number of its call. With `AGAIN`, it comes once more, so many
seconds later. `BUG` says who else has an event: `signed-out`, who shows no key; `refused`, what is no note; `options`,
a request for the options.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG, CALL = os.environ.get("BUG", ""), os.environ.get("CALL", "")
HOOK = urlsplit(os.environ["HOOK"])
KEYS = {"key-of-ada-1f7", "key-of-bob-92c"}
NUMBERS = itertools.count(1)
BEHIND, AGAIN = 0.03, float(os.environ.get("AGAIN", "0"))


def send(event: dict[str, Any], after: float) -> None:
    """Send an event in its time."""
    time.sleep(after)
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", HOOK.path, json.dumps(event), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


def is_note(value: Any) -> bool:
    """Return whether a value is a note as the contract has it."""
    if not isinstance(value, dict) or value.keys() != {"text"}:
        return False
    return isinstance(value["text"], str) and 0 < len(value["text"]) <= 60


class Calls(JsonService):
    """Answers the requests."""

    call = ""

    def do_POST(self) -> None:
        """Take a note."""
        self.begin_call()
        value = self.json_body()
        if self.headers.get("X-Key") not in KEYS:
            if value is not MISSING:
                self.answer(401, {"error": "who?"})
                self.tell(value, bug="signed-out")
        elif value is not MISSING and not is_note(value):
            self.answer(400, {"error": "no note"})
            self.tell(value, bug="refused")
        elif value is not MISSING:
            self.answer(201, {})
            self.tell(value)

    def do_OPTIONS(self) -> None:
        """Say what may be done."""
        self.begin_call()
        self.body()
        self.send_response(204)
        self.send_header("Allow", "OPTIONS, POST")
        self.end_headers()
        self.tell(None, bug="options")

    def begin_call(self) -> None:
        """Give a call its number."""
        self.call = f"call-{next(NUMBERS)}"

    def tell(self, value: Any, bug: str = "") -> None:
        """Send what an event has of a request, or nothing where only a bug would."""
        if bug and bug != BUG:
            return
        event = {"kind": "taken", "text": value.get("text") if isinstance(value, dict) else ""}
        event |= {"call": self.call} if CALL else {}
        for after in (BEHIND, AGAIN) if AGAIN else (BEHIND,):
            threading.Thread(target=send, args=(event, after), daemon=True).start()

    def end_headers(self) -> None:
        """Add the number of the call."""
        self.send_header("X-Call-Id", self.call)
        super().end_headers()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Calls).serve_forever()
