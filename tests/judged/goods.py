"""Goods that are made, and changed at their ids: each change has the whole of one, its name and its stock.

`BUG` is `units` (a name is counted in the units of UTF-16, so that one beyond ASCII may be refused as too long),
`version` (the stock is the version of an object, one more after each change, and another one is refused with 409) or
empty.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LOCK = threading.Lock()
GOODS: dict[str, int] = {}
LONGEST = 60


def is_one(value: Any) -> bool:
    """Return whether a body is as the contract has it, or as the bug has that."""
    if not isinstance(value, dict) or value.keys() != {"name", "stock"}:
        return False
    name, stock = value["name"], value["stock"]
    if not isinstance(name, str) or isinstance(stock, bool) or not isinstance(stock, int | float):
        return False
    units = len(name.encode("utf-16-le", "surrogatepass")) // 2 if BUG == "units" else len(name)
    return 0 < units <= LONGEST and stock == int(stock) and stock >= 0


class Goods(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make one."""
        value = self.json_body()
        if value is MISSING:
            return
        if self.path != "/goods":
            self.answer(404, {})
        elif not is_one(value):
            self.answer(400, {})
        else:
            with LOCK:
                identity = f"g{len(GOODS) + 1}"
                GOODS[identity] = value["stock"]
            self.answer(201, {"id": identity})

    def do_PUT(self) -> None:
        """Change one."""
        value = self.json_body()
        if value is MISSING:
            return
        identity = self.path.rpartition("/")[2]
        with LOCK:
            status = self._changed(identity, value)
        self.answer(status, {})

    def _changed(self, identity: str, value: Any) -> int:
        if identity not in GOODS:
            return 404
        if not is_one(value):
            return 400
        if BUG == "version" and value["stock"] != GOODS[identity]:
            return 409
        GOODS[identity] = value["stock"] + (BUG == "version")
        return 200


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Goods).serve_forever()
