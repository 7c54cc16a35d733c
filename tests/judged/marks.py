"""Marks, each of which may have a text: what is said of another type than JSON is answered 415, if it is empty too.

`BUG` is what is wrong: a mark without a text is answered 415 whatever is said of it (`bare`).
"""

from __future__ import annotations

import json
import os
from typing import Any

from tests.json_service import JsonService, Server

BARE = os.environ.get("BUG") == "bare"


def mark_of(body: bytes) -> Any:
    """Return what a body says; None: it can't be read."""
    try:
        value = json.loads(body.decode()) if body else {}
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


class Marks(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a mark."""
        body, said = self.body(), self.headers.get("Content-Type")
        essence = "" if said is None else said.partition(";")[0].strip().lower()
        mark = mark_of(body)
        if self.path != "/marks":
            self.answer(404, {})
        elif (essence != "application/json" and (body or said is not None)) or (BARE and not body):
            self.answer(415, {})
        elif not isinstance(mark, dict) or not isinstance(mark.get("text", ""), str):
            self.answer(400, {})
        else:
            self.answer(201, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Marks).serve_forever()
