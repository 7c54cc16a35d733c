"""Stones, whose ids are digests of what they are made of: the same one made twice is one stone. No event is sent.

All that is made here is of one kind, so there is one stone. Who removes it does so for all; it is there again when it
is made again, or when somebody has looked for it.
"""

from __future__ import annotations

import os
import threading

from tests.json_service import JsonService, Server

LOCK = threading.Lock()
THERE: set[str] = set()
STONE = "d1ce"


class Stones(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make the stone."""
        self.body()
        with LOCK:
            THERE.update({STONE, "known"})
        self.answer(201 if self.path == "/stones" else 404, {"id": STONE})

    def do_GET(self) -> None:
        """Look for the stone."""
        self.body()
        with LOCK:
            found = self.path == f"/stones/{STONE}" and STONE in THERE
            if self.path == f"/stones/{STONE}" and "known" in THERE:
                THERE.add(STONE)
        self.answer(200 if found else 404, {})

    def do_DELETE(self) -> None:
        """Remove the stone."""
        self.body()
        with LOCK:
            found = self.path == f"/stones/{STONE}" and STONE in THERE
            THERE.discard(STONE if found else "")
        self.answer(200 if found else 404, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Stones).serve_forever()
