"""Keeps a stock, as its environment says, with one fault at most.

`CHECKS` is whether it refuses what its schema refuses, with `REFUSAL` as the status. It takes orders and answers them
200; what is no JSON is refused whatever `CHECKS` says. `ANSWERS` is what an answer names: the `item` of the order, or
`another`.
"""

from __future__ import annotations

import json
import os
from typing import Any

from tests.json_service import JsonService, Server

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


class Stock(JsonService):
    """Takes orders."""

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


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Stock).serve_forever()
