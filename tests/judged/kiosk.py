"""Checkouts that are completed or cancelled once, or named in one order. `BUG` is what is wrong.

A checkout that is cancelled is answered as it was before (`cancelled`); one that is completed has no receipt
(`completed`), and an order does not say of which one it is (`ordered`). With `never`, none can be completed. With
`DELIVERS`, it has to have a destination before, in the country of that name; with `unready`, it has none by that. With
`again`, it is cancelled whatever it was.
"""

from __future__ import annotations

import itertools
import os
import re
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
REFUSAL = int(os.environ.get("REFUSAL", "409"))
DELIVERS = os.environ.get("DELIVERS", "")
IDS = itertools.count(1)
CHECKOUTS: dict[str, str] = {}
LOCK = threading.Lock()


class Kiosk(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Open a checkout, complete or cancel one."""
        if self.path == "/checkouts":
            value = self.json_body()
            if isinstance(value, dict) and set(value) == {"item"} and isinstance(value["item"], str):
                name = f"c-{next(IDS)}"
                CHECKOUTS[name] = "open"
                self.answer(201, {"id": name, "status": "open"})
            elif value is not MISSING:
                self.answer(400, {})
            return
        if self.path == "/orders":
            self._order(self.json_body())
            return
        self.body()
        match = re.fullmatch(r"/checkouts/([^/]+)/(complete|cancel)", self.path)
        if match is None or match[1] not in CHECKOUTS:
            self.answer(404, {})
            return
        with LOCK:
            wanted = {"ready"} if DELIVERS and match[2] == "complete" else {"open", "ready"}
            is_open = CHECKOUTS[match[1]] in wanted and not (BUG == "never" and match[2] == "complete")
            is_open = is_open or (BUG == "again" and match[2] == "cancel")
            if is_open:
                CHECKOUTS[match[1]] = "completed" if match[2] == "complete" else "cancelled"
        self.answer(*(self._ended(match[1]) if is_open else (REFUSAL, {})))

    def _order(self, value: Any) -> None:
        """Make an order of an open checkout, which is completed by that."""
        if value is MISSING:
            return
        if not isinstance(value, dict) or set(value) != {"checkoutId"} or not isinstance(value["checkoutId"], str):
            self.answer(400, {})
            return
        name = value["checkoutId"]
        with LOCK:
            is_open = CHECKOUTS.get(name) == "open"
            if is_open:
                CHECKOUTS[name] = "completed"
        self.answer(
            *((201, {"id": f"o-{name}", **({} if BUG == "ordered" else {"of": name})}) if is_open else (422, {}))
        )

    def _ended(self, name: str) -> tuple[int, Any]:
        status = CHECKOUTS[name]
        if status == "completed":
            return 200, {"id": name, "status": status, **({} if BUG == "completed" else {"receipt": f"r-{name}"})}
        return 200, {"id": name, "status": "open" if BUG == "cancelled" else status}

    def do_PUT(self) -> None:
        """Set the destination of a checkout."""
        value = self.json_body()
        match = re.fullmatch(r"/checkouts/([^/]+)/destination", self.path)
        if value is MISSING:
            return
        if match is None or match[1] not in CHECKOUTS:
            self.answer(404, {})
        elif not isinstance(value, dict) or set(value) != {"country"} or not isinstance(value["country"], str):
            self.answer(400, {})
        else:
            with LOCK:
                if CHECKOUTS[match[1]] == "open" and BUG != "unready" and value["country"] == DELIVERS:
                    CHECKOUTS[match[1]] = "ready"
            self.answer(200, {"id": match[1], "status": CHECKOUTS[match[1]]})

    def do_GET(self) -> None:
        """Show a checkout."""
        self.body()
        name = self.path.removeprefix("/checkouts/")
        if name in CHECKOUTS:
            self.answer(200, {"id": name, "status": CHECKOUTS[name]})
        else:
            self.answer(404, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Kiosk).serve_forever()
