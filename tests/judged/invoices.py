"""Invoices that are paid once, by the code that each has beside its id. `BUG` is what is wrong.

One that is paid can be paid again (`twice`), or is shown as before (`stays`); a refusal makes it dearer (`dearer`).
A receipt is made of one that is paid, or else of one that is not (`early`). With `LONG`, a code is as long as the
text of a payment is, which has a signature. `REFUSAL` is the status for one that is paid.
"""

from __future__ import annotations

import itertools
import os
import threading

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
BEGIN = "code-of-" + "x" * 300 * ("LONG" in os.environ)
REFUSAL = int(os.environ.get("REFUSAL", "409"))
IDS = itertools.count(1)
PAID: dict[str, bool] = {}
PRICES: dict[str, int] = {}
LOCK = threading.Lock()


class Till(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make an invoice, or pay one."""
        value = self.json_body()
        if value is MISSING:
            return
        if self.path == "/invoices" and isinstance(value, dict) and set(value) == {"amount"}:
            amount = value["amount"]
            if isinstance(amount, int) and not isinstance(amount, bool) and 0 < amount < 100:
                name = str(next(IDS))
                PAID[name], PRICES[name] = False, amount
                self.answer(201, {"id": name, "code": f"{BEGIN}{name}"})
                return
        elif self.path == "/receipts" and isinstance(value, dict) and isinstance(value.get("id"), str):
            self.answer((201 if PAID[value["id"]] != (BUG == "early") else 409) if value["id"] in PAID else 404, {})
            return
        elif self.path == "/payments" and isinstance(value, dict) and isinstance(value.get("code"), str):
            self.answer(self._paid(value["code"].removeprefix(BEGIN)), {})
            return
        self.answer(400, {})

    def _paid(self, name: str) -> int:
        with LOCK:
            if name not in PAID:
                return 404
            if PAID[name] and BUG != "twice":
                PRICES[name] += BUG == "dearer"
                return REFUSAL
            PAID[name] = BUG != "stays"
            return 201

    def do_GET(self) -> None:
        """Show an invoice."""
        self.body()
        name = self.path.removeprefix("/invoices/")
        if name in PAID:
            self.answer(200, {"paid": PAID[name], "amount": PRICES[name]})
        else:
            self.answer(404, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Till).serve_forever()
