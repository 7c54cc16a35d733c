"""Orders of customers for products, which are changed by the tag of what was seen.

Each customer and each order is one caller's; products are everybody's. `BUG` is what is wrong: an order that is changed
is answered without its customer (`changed`), an order is answered without its number of products (`placed`). With
`others`, the customers of orders are others than those that are made here.
"""

from __future__ import annotations

import itertools
import os
import re
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
CALLERS = {"Bearer of-ada": "ada", "Bearer of-bob": "bob"}
IDS = itertools.count(1)
CUSTOMERS: dict[str, str] = {}
PRODUCTS: set[int] = set()
ORDERS: dict[str, dict[str, Any]] = {}
LOCK = threading.Lock()
PLACED = {"customerId": str, "product": dict, "count": int}


class Trade(JsonService):
    """Answers the requests."""

    def _caller(self) -> str:
        """Return who asks; empty: nobody, which has been answered."""
        caller = CALLERS.get(self.headers.get("Authorization", ""), "")
        if not caller:
            self.answer(401, {})
        return caller

    def do_POST(self) -> None:
        """Make a customer, a product or an order."""
        value = self.json_body()
        if value is MISSING:
            return
        caller = self._caller()
        if not caller:
            return
        if self.path == "/orders":
            self._place(caller, value)
        elif self.path not in {"/customers", "/products"}:
            self.answer(404, {})
        elif not isinstance(value, dict) or set(value) != {"name"} or not isinstance(value["name"], str):
            self.answer(400, {})
        elif self.path == "/customers":
            name = f"c-{next(IDS)}"
            CUSTOMERS[name] = caller
            self.answer(201, {"id": name})
        else:
            number = next(IDS)
            PRODUCTS.add(number)
            self.answer(201, {"sku": number})

    def _place(self, caller: str, value: Any) -> None:
        if not _is_order(value):
            self.answer(400, {})
        elif BUG == "others" or CUSTOMERS.get(value["customerId"]) != caller or value["product"]["sku"] not in PRODUCTS:
            self.answer(422, {})
        else:
            name = f"o-{next(IDS)}"
            ORDERS[name] = {"id": name, "caller": caller, "version": 1, **value}
            shown = _shown(ORDERS[name])
            self.answer(201, {"id": name} if BUG == "placed" else shown)

    def _order(self) -> dict[str, Any] | None:
        """Return the order of the path; None: there is none of the caller's, which has been answered."""
        caller = self._caller()
        if not caller:
            return None
        match = re.fullmatch(r"/orders/([^/]+)", self.path)
        found = ORDERS.get(match[1]) if match else None
        if found is None or found["caller"] != caller:
            self.answer(404, {})
            return None
        return found

    def do_GET(self) -> None:
        """Show an order, or a customer."""
        self.body()
        if self.path.startswith("/customers/"):
            name = self.path.rpartition("/")[2]
            caller = self._caller()
            if caller:
                self.answer(200 if CUSTOMERS.get(name) == caller else 404, {"id": name})
            return
        found = self._order()
        if found is not None:
            self._show(found)

    def do_PUT(self) -> None:
        """Change an order, if it is as it was seen."""
        value = self.json_body()
        found = None if value is MISSING else self._order()
        if found is None:
            return
        if not isinstance(value, dict) or set(value) != {"count"} or not _is_count(value["count"]):
            self.answer(400, {})
            return
        with LOCK:
            if self.headers.get("If-Match") != f'"{found["version"]}"':
                self.answer(412, {})
                return
            found |= {"count": value["count"], "version": found["version"] + 1}
        self._show(found)

    def _show(self, found: dict[str, Any]) -> None:
        shown = _shown(found)
        if BUG == "changed" and self.command == "PUT":
            del shown["customerId"]
        self.tag = f'"{found["version"]}"'
        self.answer(200, shown)

    tag = ""

    def end_headers(self) -> None:
        """Add the tag of what is shown."""
        if self.tag:
            self.send_header("ETag", self.tag)
            self.tag = ""
        super().end_headers()


def _is_order(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != set(PLACED):
        return False
    product = value["product"]
    known = isinstance(product, dict) and set(product) == {"sku"} and type(product["sku"]) is int
    return known and isinstance(value["customerId"], str) and _is_count(value["count"])


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value in range(1, 10)


def _shown(order: dict[str, Any]) -> dict[str, Any]:
    return {"id": order["id"], "customerId": order["customerId"], "count": order["count"]}


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Trade).serve_forever()
