"""Keeps a stock, as its environment says, with one fault at most.

`CHECKS` is whether it refuses what its schema refuses, with `REFUSAL` as the status. It takes orders and answers them
200; what is no JSON is refused whatever `CHECKS` says. `ANSWERS` is what an answer names: the `item` of the order, or
`another`.
"""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CHECKS, REFUSAL = os.environ.get("CHECKS", "yes") == "yes", int(os.environ.get("REFUSAL", "422"))
ANSWERS = os.environ.get("ANSWERS", "")
MOST = 100


def fits(order: Any) -> bool:
    """Return whether an order is one by the schema."""
    if not isinstance(order, dict) or order.keys() != {"item", "quantity"}:
        return False
    item, quantity = order["item"], order["quantity"]
    number = isinstance(quantity, int | float) and not isinstance(quantity, bool)
    return isinstance(item, str) and bool(item) and number and quantity % 1 == 0 and 1 <= quantity <= MOST


class Stock(BaseHTTPRequestHandler):
    """Takes orders."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take one."""
        try:
            order = json.loads(self.body())
        except (ValueError, RecursionError):
            self.answer(400, {"error": "no JSON"})
            return
        if CHECKS and not fits(order):
            self.answer(REFUSAL, {"error": "no order"})
            return
        named = {"item": order.get("item"), "another": "another item"}.get(ANSWERS) if isinstance(order, dict) else None
        self.answer(200, {"taken": True} if named is None else {"taken": True, "item": named})

    def body(self) -> bytes:
        """Return the body, whole or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    def answer(self, status: int, value: Any) -> None:
        """Answer with JSON."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Stock).serve_forever()
