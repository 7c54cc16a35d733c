"""Books slots, in memory, and asks first whether the house is open: a slot that is taken is 409.

`ORDER` says what it looks at first: whether the slot is free (`slot`), or the house (`house`). `BUG` is what is wrong:
a house that answers garbage is 409 (`conflict`).
"""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
ON_GARBAGE = 409 if BUG == "conflict" else 502
TAKEN: set[str] = set()


class Slots(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Book a slot."""
        body = self.json_body()
        if body is MISSING:
            return
        slot = body.get("slot") if isinstance(body, dict) and body.keys() == {"slot"} else None
        if not isinstance(slot, str) or not 0 < len(slot) <= 40:
            self.answer(400, {})
            return
        if os.environ["ORDER"] == "house":
            refused = self.closed() or self.taken(slot)
        else:
            refused = self.taken(slot) or self.closed()
        if not refused:
            TAKEN.add(slot)
        self.answer(refused or 201, {})

    def taken(self, slot: str) -> int:
        """Return how a request is refused as its slot is taken; 0: it is free."""
        return 409 if slot in TAKEN else 0

    def closed(self) -> int:
        """Return how a request is refused as the house is closed; 0: it is open."""
        house = urlsplit(os.environ["HOUSE"])
        connection = HTTPConnection(house.netloc, timeout=2)
        try:
            connection.request("GET", house.path)
            answer = connection.getresponse()
            text = answer.read()
        except (HTTPException, OSError):
            return 502
        finally:
            connection.close()
        if answer.status != 200:
            return 502
        try:
            return 0 if isinstance(json.loads(text)["open"], bool) else 502
        except (ValueError, LookupError, TypeError):
            return ON_GARBAGE


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Slots).serve_forever()
