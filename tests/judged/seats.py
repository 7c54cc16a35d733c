"""Seats below `/v1`, whose labels are changed one change at a time: who meets another change of a seat is answered 423.

`BUG` is what is wrong: a label of more than 20 characters is answered 423 whoever else is there (`long`).
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from http.server import ThreadingHTTPServer

from tests.json_service import MISSING, JsonService

LONG = 20 if os.environ.get("BUG") == "long" else 80
TAKES = 0.02
IDS = itertools.count(1)
SEATS: dict[str, threading.Lock] = {}


class Server(ThreadingHTTPServer):
    """Has room for those who connect at once."""

    request_queue_size = 128


class Seats(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a seat."""
        self.body()
        if self.path != "/v1/seats":
            self.answer(404, {})
            return
        name = f"s{next(IDS)}"
        SEATS[name] = threading.Lock()
        self.answer(201, {"id": name})

    def do_PUT(self) -> None:
        """Change the label of a seat."""
        label = self.json_body()
        if label is MISSING:
            return
        seat = SEATS.get(self.path.removeprefix("/v1/seats/"))
        text = label.get("label") if isinstance(label, dict) and label.keys() == {"label"} else None
        if not isinstance(text, str) or len(text) > 80:
            self.answer(400, {})
        elif seat is None:
            self.answer(404, {})
        elif len(text) > LONG or not seat.acquire(blocking=False):
            self.answer(423, {})
        else:
            time.sleep(TAKES)
            seat.release()
            self.answer(200, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Seats).serve_forever()
