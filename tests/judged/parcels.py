"""Parcels, whose events come in a list in an object. With the `BUG` `stray`, an event has a member too many."""

from __future__ import annotations

import http.client
import itertools
import json
import os
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
NUMBERS = itertools.count(1)


def send(parcel: dict[str, Any]) -> None:
    """Send an event."""
    event = {**parcel, "stray": 1} if BUG == "stray" else parcel
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        body = json.dumps({"parcels": [event], "at": parcel["number"]})
        connection.request("POST", f"{HOOK.path}/parcels", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Parcels(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Send a parcel."""
        value = self.json_body()
        if value is MISSING:
            return
        fits = isinstance(value, dict) and value.keys() == {"to"} and isinstance(value["to"], str)
        if self.path != "/parcels" or not fits or not 0 < len(value["to"]) <= 60:
            self.answer(400, {"error": "no parcel"})
            return
        parcel = {"number": next(NUMBERS), **value}
        self.answer(201, parcel)
        send(parcel)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Parcels).serve_forever()
