"""A door that opens for who has a key: 401 without one, 403 with a wrong one.

`BUG` is what is wrong: a wrong key is told what no key is told (`same`), or the two answers are `swapped`.
"""

from __future__ import annotations

import os

from tests.json_service import JsonService, Server

BUG = os.environ.get("BUG", "")


class Doors(JsonService):
    """Answers the requests."""

    def do_GET(self) -> None:
        """Open the door."""
        key = self.headers.get("X-Key") or ""
        nothing, wrong = {"same": (401, 401), "swapped": (403, 401)}.get(BUG, (401, 403))
        if self.path != "/door":
            self.answer(404, {})
        elif key in {"key-of-one", "key-of-two"}:
            self.answer(200, {"open": True})
        else:
            self.answer(wrong if key else nothing, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Doors).serve_forever()
