"""Notes in boxes, of which one is made by setup. A `DELETE` of all boxes, which the contract does not have, is served.

`BUG` is what is wrong: who is signed out is told that a box is not there, though it is (`hidden`), or a note is taken
whatever its text is (`any`).
"""

from __future__ import annotations

import itertools
import os
from http.server import ThreadingHTTPServer
from typing import Any

from tests.json_service import MISSING, JsonService

BUG = os.environ.get("BUG", "")
TOKENS = ("Bearer of-ada", "Bearer of-bob")
IDS = itertools.count(1)
BOXES: dict[str, list[Any]] = {}


class Server(ThreadingHTTPServer):
    """Has room for those who connect at once."""

    request_queue_size = 128


class Boxes(JsonService):
    """Answers the requests."""

    def _may(self) -> bool:
        """Return whether the caller is signed in; one who is not has been answered."""
        if self.headers.get("Authorization") in TOKENS:
            return True
        self.answer(404 if BUG == "hidden" else 401, {})
        return False

    def _box(self) -> list[Any] | None:
        """Return the box of the path; None: there is none, which has been answered."""
        _, boxes, name, *rest = (*self.path.split("/"), "", "")
        found = BOXES.get(name) if (boxes, rest[:1]) == ("boxes", ["notes"]) else None
        if found is None:
            self.answer(404, {})
        return found

    def do_POST(self) -> None:
        """Make a box, or a note in one."""
        if self.path == "/boxes":
            self.body()
            if self._may():
                name = f"b{next(IDS)}"
                BOXES[name] = []
                self.answer(201, {"id": name})
            return
        value = self.json_body()
        box = None if value is MISSING else self._box()
        if box is None or not self._may():
            return
        if not isinstance(value, dict) or not (BUG == "any" or isinstance(value.get("text"), str)):
            self.answer(400, {})
            return
        box.append(value)
        self.answer(201, {})

    def do_GET(self) -> None:
        """List the notes of a box."""
        self.body()
        box = self._box()
        if box is not None and self._may():
            self.answer(200, box)

    def do_DELETE(self) -> None:
        """Remove all boxes, with what is in them."""
        self.body()
        if self.path != "/boxes":
            self.answer(405, {})
        elif self._may():
            BOXES.clear()
            self.answer(200, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Boxes).serve_forever()
