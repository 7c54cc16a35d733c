"""Changes the title of one board, which setup makes, and then tells of the board as it is by then.

So requests that are under way together tell of the same title, each once. `BUG` is `twice` (each event is sent twice),
`own` (each tells of its own title), `own-twice`, `stale` (each tells of the title before its own; of several requests
at once, the first one tells of the title that setup made) or empty.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

from tests.json_service import MISSING, JsonService, Server

TELLS_SECONDS = 0.05
BOARD: dict[str, Any] = {"title": "board"}
BUG = os.environ.get("BUG", "")
TAKES_SECONDS = 0.02
LOCK = threading.Lock()
UNDER_WAY: list[str] = []
"""The titles of the requests that are being taken."""

TOGETHER: list[str] = []
"""The first title of those that are taken together with others."""


def tell(told: dict[str, Any]) -> None:
    """Send the event, after a moment."""
    time.sleep(0 if BUG == "stale" else TELLS_SECONDS)
    data = json.dumps(told).encode()
    for _ in range(2 if BUG.endswith("twice") else 1):
        headers = {"Content-Type": "application/json", "Event-Id": uuid.uuid4().hex}
        event = urllib.request.Request(  # noqa: S310 -- the ingest's own
            f"{os.environ['HOOK']}/board", data=data, headers=headers
        )
        try:
            with urllib.request.urlopen(event, timeout=1):  # noqa: S310 -- likewise
                pass
        except (urllib.error.URLError, OSError):
            return


def change(title: str) -> dict[str, Any]:
    """Change the title; return what is told of that."""
    with LOCK:
        UNDER_WAY.append(title)
    time.sleep(TAKES_SECONDS)
    with LOCK:
        before, BOARD["title"] = BOARD["title"], title
        if len(UNDER_WAY) == 1:
            TOGETHER.clear()
        elif not TOGETHER:
            TOGETHER.append(title)
            before = "board"
        UNDER_WAY.remove(title)
    if BUG.startswith("own"):
        return {"title": title}
    return {"title": before} if BUG == "stale" else BOARD


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
        threading.Thread(target=tell, args=(change(title),)).start()
        self.answer(200, {"title": title})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Board).serve_forever()
