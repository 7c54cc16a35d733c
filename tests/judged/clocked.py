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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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


class Orders(BaseHTTPRequestHandler):
    """Takes orders."""

    protocol_version = "HTTP/1.1"

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
        data = json.dumps({"order": event["order"]}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

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

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Orders).serve_forever()
