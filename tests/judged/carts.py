"""Keeps carts: makes them, and completes those that are ready: `each`, `one` or `none`, as `READY` says.

With `REMOVES`, a GET of the path where a cart is completed removes it.
"""

from __future__ import annotations

import itertools
import json
import os

from tests.json_service import JsonService, Server

READY = os.environ.get("READY", "each")
NUMBERS = itertools.count(1)
CARTS: set[str] = set()


class Carts(JsonService):
    """Makes and completes carts."""

    def do_POST(self) -> None:
        """Make one, or complete one."""
        try:
            body = json.loads(self.body())
        except (ValueError, RecursionError):
            body = None
        path = self.path.partition("?")[0].strip("/").split("/")
        if not isinstance(body, dict) or not isinstance(body.get("note", ""), str):
            self.answer(400, {"error": "no body"})
        elif path == ["carts"]:
            number = f"cart-{next(NUMBERS)}"
            CARTS.add(number)
            self.answer(201, {"id": number})
        elif len(path) != 3 or path[2] != "complete" or path[1] not in CARTS:
            self.answer(404, {"error": "no such cart"})
        elif READY == "each" or (READY == "one" and path[1] == "cart-1"):
            self.answer(200, {"completed": path[1]})
        else:
            self.answer(409, {"error": "not ready"})

    def do_GET(self) -> None:
        """Remove a cart, if that is wanted."""
        self.body()
        path = self.path.strip("/").split("/")
        if len(path) != 3 or not os.environ.get("REMOVES"):
            self.answer(405, {"error": "no such method"})
        else:
            CARTS.discard(path[1])
            self.answer(200, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Carts).serve_forever()
