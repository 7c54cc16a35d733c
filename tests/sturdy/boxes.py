"""Takes boxes: a small target that is right."""

from __future__ import annotations

import os
from http.server import ThreadingHTTPServer
from typing import Any

from tests.json_service import MISSING, JsonService

MOST = 100


def is_box(value: Any) -> bool:
    """Return whether a value is a box as the contract has it."""
    width = value.get("width") if isinstance(value, dict) and value.keys() == {"width"} else None
    if not isinstance(width, int | float) or isinstance(width, bool):
        return False
    return width % 1 == 0 and 1 <= width <= MOST


class Boxes(JsonService):
    """Answers what the contract says."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Take a box."""
        value = self.json_body()
        if value is MISSING:
            return
        self.answer(200 if is_box(value) else 422, {})


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Boxes).serve_forever()
