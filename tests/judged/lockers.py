"""Lockers that are rented and given back; a message tells of each, at one address, and the second has no id in it.

A locker is given back later than its `DELETE` is answered. `BUG` is what is wrong: the message of one that is rented
has another name (`renamed`).
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

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
IDS = itertools.count(1)
RENTED: dict[str, str] = {}
CALLERS = {"key-of-ada": "ada", "key-of-bob": "bob"}


def send(**message: Any) -> None:
    """Send a message."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        headers = {"Content-Type": "application/json", "X-Message": f"m{next(IDS)}"}
        connection.request("POST", f"{HOOK.path}/lockers", json.dumps(message), headers)
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


def is_locker(value: Any) -> bool:
    """Return whether a value is a locker as the contract has it."""
    if not isinstance(value, dict) or value.keys() - {"name", "low", "dry", "lit"}:
        return False
    name, *rest = value.get("name"), *(one for key, one in value.items() if key != "name")
    return isinstance(name, str) and 0 < len(name) <= 60 and all(isinstance(one, bool) for one in rest)


class Lockers(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Rent a locker."""
        value = self.json_body()
        if value is MISSING:
            return
        caller = CALLERS.get(self.headers.get("X-Key", ""))
        if caller is None or not is_locker(value):
            self.answer(401 if caller is None else 400, {"error": "no"})
            return
        time.sleep(0.4)
        locker = f"l{next(IDS)}"
        RENTED[locker] = value["name"]
        self.answer(201, {"id": locker})
        send(event="other" if BUG == "renamed" else "rented", id=locker, by=caller)

    def do_DELETE(self) -> None:
        """Give a locker back."""
        self.body()
        caller = CALLERS.get(self.headers.get("X-Key", ""))
        name = None if caller is None else RENTED.pop(self.path.removeprefix("/lockers/"), None)
        if name is None:
            self.answer(401 if caller is None else 404, {"error": "no"})
            return
        self.answer(202, {})
        threading.Timer(0.5, send, kwargs={"event": "given back", "name": name, "by": caller}).start()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Lockers).serve_forever()
