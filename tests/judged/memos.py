"""Memos, which are listed: `BUG` is what is wrong, with commas between several.

A whole number, a boolean and null are taken for a text, and so is an empty one (`taken`); each list has a title that is
no title (`list`).
"""

from __future__ import annotations

import os
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUGS = os.environ.get("BUG", "").split(",")
LOCK = threading.Lock()
MEMOS: list[dict[str, Any]] = []
MOST = 200


class Memos(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a memo."""
        value = self.json_body()
        if value is MISSING:
            return
        text = value["text"] if isinstance(value, dict) and value.keys() == {"text"} else None
        right = isinstance(text, str) and 2 <= len(text) <= 40
        taken = isinstance(value, dict) and value.keys() == {"text"} and not isinstance(text, list | dict | float)
        if not right and not (taken and "taken" in BUGS):
            self.answer(400, {"error": "no memo"})
            return
        with LOCK:
            MEMOS.append({"title": "memo", "text": text if isinstance(text, str) else str(text)})
            del MEMOS[:-MOST]
        self.answer(201, {"title": "memo"})

    def do_GET(self) -> None:
        """List the memos."""
        self.body()
        with LOCK:
            found = [{**one, "title": ""} if "list" in BUGS else one for one in MEMOS]
        self.answer(200, {"results": found})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Memos).serve_forever()
