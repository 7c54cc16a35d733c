"""Changes the title of one board, which setup makes, and then tells of the board as it is by then.

So requests that are under way together tell of the same title, each once. `BUG` is `twice` (each event is sent twice)
or empty.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
from typing import Any

from tests.json_service import MISSING, JsonService, Server

TELLS_SECONDS = 0.05
BOARD: dict[str, Any] = {"title": "board"}
BUG = os.environ.get("BUG", "")


def tell(_: Any = None) -> None:
    """Send the event, after a moment."""
    time.sleep(TELLS_SECONDS)
    data = json.dumps(BOARD).encode()
    for _ in range(2 if BUG == "twice" else 1):
        event = urllib.request.Request(  # noqa: S310 -- the ingest's own
            f"{os.environ['HOOK']}/board", data=data, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(event, timeout=1):  # noqa: S310 -- likewise
                pass
        except (urllib.error.URLError, OSError):
            return


class Board(JsonService):
    """Keeps the board."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Change the title."""
        if self.path == "/boards":
            self.body()
            self.answer(200, {"board": "one"})
            return
        value = self.json_body()
        if value is MISSING:
            return
        title = value.get("title") if isinstance(value, dict) and value.keys() == {"title"} else None
        if self.path != "/boards/one" or not isinstance(title, str) or not 0 < len(title) <= 80:
            self.answer(422, {})
            return
        BOARD["title"] = title
        threading.Thread(target=tell).start()
        self.answer(200, {"title": title})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Board).serve_forever()
