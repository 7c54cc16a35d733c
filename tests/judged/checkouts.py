"""A checkout whose price comes from an upstream, once for each key: who asks again gets the first answer again.

`BUG` is what is wrong: who asks again gets a price that nobody has told (`altered`), the one of the checkout before
(`before`), or a price of its own (`anew`).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
PRICES = urlsplit(os.environ["PRICES"])
LOCK = threading.Lock()
IDS = itertools.count(1)
KEYS: dict[tuple[str, str], dict[str, Any]] = {}


def price() -> Any:
    """Return what the upstream says a checkout costs; None: it says nothing."""
    connection = http.client.HTTPConnection(PRICES.hostname or "", PRICES.port, timeout=1)
    try:
        connection.request("GET", PRICES.path)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        return said["price"] if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


class Checkouts(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Begin a checkout, once for each key."""
        value, key = self.json_body(), self.headers.get("Idempotency-Key") or ""
        if value is MISSING:
            return
        item = value["item"] if isinstance(value, dict) and value.keys() == {"item"} else None
        if self.path != "/checkouts":
            self.answer(404, {})
        elif not isinstance(item, str) or not 8 <= len(key) <= 80:
            self.answer(400, {})
        else:
            self._begin((key, item))

    def _begin(self, key: tuple[str, str]) -> None:
        with LOCK:
            checkout = self._again(key) if key in KEYS else {"id": f"c{next(IDS)}", "price": price()}
            if checkout["price"] is not None:
                KEYS.setdefault(key, checkout)
        self.answer(502 if checkout["price"] is None else 201, checkout)

    @staticmethod
    def _again(key: tuple[str, str]) -> dict[str, Any]:
        first, before = KEYS[key], [one for other, one in KEYS.items() if other != key]
        if BUG == "before" and before:
            return {**first, "price": before[-1]["price"]}
        told = {"altered": lambda: f"{first['price']}0", "anew": price}.get(BUG, lambda: first["price"])()
        return {**first, "price": told}


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Checkouts).serve_forever()
