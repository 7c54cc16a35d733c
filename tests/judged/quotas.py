"""Notes of callers, each of whom has room for some, or may do so much: what is too much is refused.

Each difference between right targets is a variable. `MOST` is how many notes there is room for, `FULL` the status by
which another one is refused, `FIRST` whether that is said before the body is looked at. `EACH` has `caller`: each
caller has an account, else all are of one. `FREES` is after how many seconds a note is gone by itself. With `STOPS`, an
account is stopped after so many notes, whatever was removed. `BUG` is what is wrong: a note of one character is refused
(`short`), every fifth one is (`fifth`), one whose receiver does not take its event is (`told`), and so is each of the
caller bob's (`bob`).
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
MOST, STOPS = (float(os.environ.get(name, "inf")) for name in ("MOST", "STOPS"))
FULL = int(os.environ.get("FULL", "403"))
FIRST, EACH = bool(os.environ.get("FIRST")), os.environ.get("EACH", "")
FREES = float(os.environ.get("FREES", "inf"))
HOOK = urlsplit(os.environ["HOOK"])
IDS, ASKED = itertools.count(1), itertools.count(1)
LOCK = threading.Lock()
NOTES: dict[str, tuple[str, float]] = {}
MADE: dict[str, int] = {}
LONGEST = 40


def send(value: dict[str, Any]) -> bool:
    """Return whether the receiver takes an event."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", HOOK.path, json.dumps(value), {"Content-Type": "application/json"})
        return connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Quotas(JsonService):
    """Answers the requests."""

    def _caller(self) -> str:
        name = self.headers.get("X-Key", "")
        if name not in {"alice", "bob"}:
            self.body()
            self.answer(401, {})
            return ""
        return name

    def _full(self, account: str) -> bool:
        now = time.monotonic()
        own = [one for one, made in NOTES.values() if one == account and now - made < FREES]
        return len(own) >= MOST or MADE.get(account, 0) >= STOPS

    @staticmethod
    def _refusal(text: Any, caller: str) -> int:
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST:
            return 422
        wrong = {"short": len(text) == 1, "fifth": next(ASKED) % 5 == 0, "bob": caller == "bob"}
        return FULL if wrong.get(BUG) else 0

    def do_POST(self) -> None:
        """Make a note."""
        caller = self._caller()
        value = self.json_body() if caller else MISSING
        if value is MISSING:
            return
        text = value["text"] if isinstance(value, dict) and value.keys() == {"text"} else None
        account, refusal = caller if EACH else "all", self._refusal(text, caller)
        with LOCK:
            full = self._full(account)
            name = f"n{next(IDS)}"
            if not (full or refusal):
                MADE[account] = MADE.get(account, 0) + 1
                NOTES[name] = account, time.monotonic()
        if (full and FIRST) or (full and not refusal):
            self.answer(FULL, {})
        elif refusal:
            self.answer(refusal, {})
        elif not send({"id": name, "text": text}):
            NOTES.pop(name, None)
            self.answer(FULL if BUG == "told" else 502, {})
        else:
            self.answer(201, {"id": name, "text": text})

    def do_DELETE(self) -> None:
        """Remove a note."""
        self.body()
        caller = self._caller()
        if caller:
            with LOCK:
                found = NOTES.pop(self.path.removeprefix("/notes/"), None)
            self.send_response(404 if found is None else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Quotas).serve_forever()
