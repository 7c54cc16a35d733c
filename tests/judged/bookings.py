"""Books rooms, and one whole plan, in memory: when that is booked, it is 409. It asks the house first.

Where the house fails two who book rooms at once, the target asks it no more, and serves nobody: 503, for longer than
anybody waits. That is a circuit breaker, which what is sent one after the other never opens.
"""

from __future__ import annotations

import json
import os
import threading
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

LONGEST = 40
APOLOGY = 0.2
"""How long it takes to say that the house is closed, seconds: whoever comes meanwhile comes at once."""

HOUSE = urlsplit(os.environ["HOUSE"])
PLANS: set[str] = set()
FAILING: list[int] = []
BROKEN = threading.Event()


class Bookings(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Book what a name stands for."""
        body = self.json_body()
        if body is not MISSING:
            self.answer(self.status(body), {})

    def status(self, body: object) -> int:
        """Return how a request with a JSON value is answered."""
        name = body["name"] if isinstance(body, dict) and body.keys() == {"name"} else None
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST or (self.path == "/plans" and name != "whole"):
            return 400
        if BROKEN.is_set():
            return 503
        if not self.open():
            return self.closed() if self.path == "/rooms" else 502
        if self.path == "/rooms":
            return 201
        if name in PLANS:
            return 409
        PLANS.add(name)
        return 201

    @staticmethod
    def closed() -> int:
        """Return how it is told that the house is closed."""
        FAILING.append(1)
        if len(FAILING) > 1:
            BROKEN.set()
        time.sleep(APOLOGY)
        FAILING.pop()
        return 502

    def open(self) -> bool:
        """Return whether the house is open, as it says; False as well where it says nothing that can be read."""
        connection = HTTPConnection(HOUSE.netloc, timeout=2)
        try:
            trace = self.headers.get("traceparent")
            connection.request("GET", HOUSE.path, headers={"traceparent": trace} if trace else {})
            answer = connection.getresponse()
            return answer.status == 200 and isinstance(json.loads(answer.read())["open"], bool)
        except (HTTPException, OSError, ValueError, LookupError, TypeError):
            return False
        finally:
            connection.close()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Bookings).serve_forever()
