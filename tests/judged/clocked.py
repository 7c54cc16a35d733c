"""Takes orders and says in an event and in the answer what time it is; its clock, and that of the run, is set once.

`SET_AT` is the request at which the clock is set by `BY` seconds: the file `CLOCK` says so to the run. `EACH` sets it
at each request from then on. `BUG` is `behind`: the time is an hour behind.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

SET_AT, BY = int(os.environ.get("SET_AT", "0")), float(os.environ.get("BY", "0"))
CLOCK, EACH, BUG = Path(os.environ["CLOCK"]), os.environ.get("EACH", ""), os.environ.get("BUG", "")
NUMBERS = itertools.count(1)


def now() -> float:
    """Return what time it is by the clock that may have been set."""
    text = CLOCK.read_text("utf-8") if CLOCK.exists() else "0"
    return time.time() + float(text or 0) - (3600 if BUG == "behind" else 0)


def set_clock(by: float) -> None:
    """Set the clock, in one step for all who read it."""
    text = CLOCK.read_text("utf-8") if CLOCK.exists() else "0"
    made = CLOCK.with_suffix(".new")
    made.write_text(str(float(text) + by), "utf-8")
    made.rename(CLOCK)


class Orders(JsonService):
    """Takes orders."""

    def do_POST(self) -> None:
        """Take one."""
        number = next(NUMBERS)
        item = json.loads(self.body())["item"]
        event = {"order": f"order-{number}", "item": item, "at": int(now() * 1000)}
        if number == SET_AT or (EACH and number > SET_AT > 0):
            time.sleep(0.1)  # the event says the time of before
            set_clock(BY)
        address = urlsplit(os.environ["HOOK"])
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=2)
        connection.request("POST", address.path, json.dumps(event), {"Content-Type": "application/json"})
        connection.getresponse().read()
        connection.close()
        self.answer(201, {"order": event["order"]})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Orders).serve_forever()
