"""Names that are taken once, by callers with a key; a body of more than 100 kB gets 413 before a key is asked for.

`BUG` is what is wrong: with `rest`, what is left of a large body is read as the next request on its connection; with
`gone`, nothing is there; with `words`, a name that has a space is refused; with `sticks`, what follows a large body on
its connection gets 401; with `stalls`, nothing is answered any more after that, once: the file `STALLED` remembers it;
with `row`, a name is taken as often as somebody asks for it, and of two requests that are sent at once on a connection,
the second gets 409.
"""

from __future__ import annotations

import os
import select
import threading
from pathlib import Path

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LARGEST = 100_000
NAMES: set[str] = set()
STALLED = Path(os.environ.get("STALLED", os.devnull))
SILENT, NEVER = threading.Event(), threading.Event()


class Names(JsonService):
    """Answers the requests."""

    follows = False
    in_a_row = False
    rbufsize = 0 if BUG == "row" else -1  # what has arrived, and was not read, is in the socket
    """How much is read ahead, bytes; -1: as much as Python likes."""

    def _stall(self) -> None:
        if BUG == "stalls" and self.follows and not STALLED.exists():
            STALLED.touch()
            SILENT.set()
        if SILENT.is_set():
            NEVER.wait()

    def do_POST(self) -> None:
        """Take a name."""
        self._stall()
        large = int(self.headers.get("Content-Length") or 0) > LARGEST
        if large:
            self.answer(413, {"error": "too large"})
            self.follows = True
            if BUG != "rest":
                self.body()
            return
        value = self.json_body()
        second, self.in_a_row = self.in_a_row, BUG == "row" and bool(select.select([self.connection], [], [], 0)[0])
        if value is MISSING:
            return
        if self.headers.get("X-Key") != "one" or (BUG == "sticks" and self.follows):
            self.answer(401, {"error": "no key"})
        elif BUG == "gone" or self.path not in {"/names", "/names/a"}:
            self.answer(404, {"error": "nothing is there"})
        elif not isinstance(value, dict) or "name" not in value or not isinstance(value["name"], str):
            self.answer(400, {"error": "no name"})
        elif BUG == "words" and " " in value["name"]:
            self.answer(400, {"error": "a name has no spaces"})
        elif second or (BUG != "row" and value["name"] in NAMES):
            self.answer(409, {"error": "taken"})
        else:
            NAMES.add(value["name"])
            self.answer(201, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Names).serve_forever()
