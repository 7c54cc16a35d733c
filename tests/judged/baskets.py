"""Baskets of two callers, and orders of them: one of each, with an event. All is kept in memory.

The event comes `WHEN`: before the answer (`before`), or a moment after it (`behind`). At SIGTERM, what has begun is
done, its event too. `BUG` is what is wrong: an order is shown to every caller (`anybody`), a basket is ordered by every
caller (`ordered`), a note that another order has is an error (`taken`), or events that are to come behind their answers
are left out at SIGTERM (`dropped`).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import signal
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
BEHIND = os.environ.get("WHEN") == "behind"
HOOK = urlsplit(os.environ.get("HOOK", ""))
CALLERS = {"key-of-ada": "ada", "key-of-bob": "bob"}
IDS = itertools.count(1)
BASKETS: dict[str, str] = {}
ORDERS: dict[str, str] = {}
NOTES: set[str] = set()
LOCK = threading.Lock()
MOMENT = 0.3
"""Seconds from an answer to its event, where it comes behind."""
EVENTS: list[threading.Thread] = []


def tell(event: Any, after: float = 0.0) -> None:
    """Send an event."""
    time.sleep(after)
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", HOOK.path, json.dumps(event), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # it is not promised to come then
    finally:
        connection.close()


class Baskets(JsonService):
    """Answers the requests, each on a connection of its own: who has gone keeps nobody from ending."""

    protocol_version = "HTTP/1.0"

    def caller(self) -> str | None:
        """Return who asks; None: nobody, who has been answered."""
        caller = CALLERS.get(self.headers.get("X-Key", ""))
        if caller is None:
            self.body()
            self.answer(401, {})
        return caller

    def do_GET(self) -> None:
        """Show an order."""
        caller, name = self.caller(), self.path.removeprefix("/orders/")
        if caller is None:
            return
        self.body()
        shown = name in ORDERS and (ORDERS[name] == caller or BUG == "anybody")
        self.answer(*((200, {"id": name}) if shown else (404, {})))

    def do_POST(self) -> None:
        """Fill a basket, or order one."""
        caller = self.caller()
        value = MISSING if caller is None else self.json_body()
        if value is MISSING:
            return
        members = {"/baskets": {"note"}, "/orders": {"note", "basketId"}}.get(self.path)
        if members is None:
            self.answer(404, {})
        elif not isinstance(value, dict) or set(value) != members or {str} != set(map(type, value.values())):
            self.answer(400, {})
        elif self.path == "/baskets":
            name = f"basket-{next(IDS)}"
            BASKETS[name] = str(caller)
            self.answer(201, {"id": name})
        else:
            self._order(str(caller), value["basketId"], value["note"])

    def _order(self, caller: str, basket: str, note: str) -> None:
        with LOCK:
            owner = BASKETS.get(basket)
            taken = owner == caller and BUG == "taken" and note in NOTES
            NOTES.add(note)
            if owner == caller or (owner and BUG == "ordered"):
                del BASKETS[basket]
            else:
                owner = None
        if owner is None or taken:
            self.answer(500 if taken else 404, {})
            return
        order = {"id": f"order-{next(IDS)}"}
        ORDERS[order["id"]] = caller
        event = {"order": order["id"], "basket": basket}
        if HOOK.hostname and not BEHIND:
            tell(event)
        self.answer(201, order)
        if HOOK.hostname and BEHIND:
            EVENTS.append(threading.Thread(target=tell, args=(event, MOMENT), daemon=True))
            EVENTS[-1].start()


if __name__ == "__main__":
    SERVER = Server(("127.0.0.1", int(os.environ["PORT"])), Baskets)
    SERVER.daemon_threads = False
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=SERVER.shutdown).start())
    SERVER.serve_forever(0.02)
    SERVER.server_close()  # what has begun is done
    for one in () if BUG == "dropped" else EVENTS:
        one.join()
