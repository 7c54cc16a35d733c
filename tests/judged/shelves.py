"""Sets and deletes the labels of one shelf, which setup makes; it sends an event for each.

While a label is written, another change of the same shelf is refused with the status in `MEETS`: that is right. `BUG`
is `alone` (a label of one character is refused, always), `fails` (what meets another is answered 500), `busy` (what is
no label is answered 500 while another request is under way), `crash` (so it is, always) or empty.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from tests.json_service import MISSING, JsonService, Server

WRITES_SECONDS = 0.05
SHELVES: dict[str, threading.Lock] = {}
COUNT = itertools.count()
BUG = os.environ.get("BUG", "")
MEETS = 500 if BUG == "fails" else int(os.environ.get("MEETS", "409"))


def is_label(value: Any, *, whole: bool) -> bool:
    """Return whether a body is as the contract has it."""
    names = {"shelf", "label", "text"} if whole else {"shelf", "label"}
    if not isinstance(value, dict) or value.keys() != names:
        return False
    return all(isinstance(each, str) and 0 < len(each) <= 80 for each in value.values())


class Shelves(JsonService):
    """Keeps what the contract says."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Make a shelf, or change a label of one."""
        if self.path == "/shelves":
            self.body()
            name = f"shelf-{len(SHELVES)}"
            SHELVES[name] = threading.Lock()
            self.answer(200, {"shelf": name})
            return
        if self.path not in {"/labels/set", "/labels/delete"}:
            self.body()
            self.answer(404, {})
            return
        value = self.json_body()
        if value is MISSING:
            return
        if not is_label(value, whole=self.path.endswith("set")):
            self.answer(500 if BUG == "crash" or (BUG == "busy" and self.meets_another()) else 422, {})
        elif BUG == "alone" and len(value["label"]) == 1:
            self.answer(422, {})
        elif value["shelf"] not in SHELVES:
            self.answer(404, {})
        else:
            self.answer(self.changed(value), {})

    def meets_another(self) -> bool:
        """Whether another request comes within the time that one takes."""
        before = next(COUNT)
        time.sleep(WRITES_SECONDS)
        return next(COUNT) != before + 1

    def changed(self, value: dict[str, str]) -> int:
        """Change a label, and send the event; return the status."""
        lock = SHELVES[value["shelf"]]
        if not lock.acquire(blocking=False):
            return MEETS
        try:
            time.sleep(WRITES_SECONDS)
        finally:
            lock.release()
        said = json.dumps({"label": value["label"]}).encode()
        event = urllib.request.Request(  # noqa: S310 -- the ingest's own
            f"{os.environ['HOOK']}{self.path}", data=said, headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(event, timeout=1):  # noqa: S310 -- likewise
                return 200
        except (urllib.error.URLError, OSError):
            return 502


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Shelves).serve_forever()
