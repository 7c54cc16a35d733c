"""Parcels of platforms that are named in a header: the profile of a platform says where its webhooks go.

`BUG` is what is wrong: webhooks of all go to the address of the `first` profile, or to that of the one that was read
`before`; or a profile is asked for that is `another` platform's.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import threading
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
PROFILES = urlsplit(os.environ["PROFILES"])
PUBLIC, PRIVATE = os.environ.get("PUBLIC", ""), os.environ.get("PRIVATE", "")
LOCK = threading.Lock()
IDS = itertools.count(1)
KNOWN = ("ada", "bob")
ADDRESSES: list[str] = []


def profile(platform: str) -> Any:
    """Return what the registry says of a platform; None: it says nothing."""
    if BUG == "another":
        platform = KNOWN[1 - KNOWN.index(platform)]
    connection = http.client.HTTPConnection(PROFILES.hostname or "", PROFILES.port, timeout=1)
    try:
        connection.request("GET", f"{PROFILES.path}?of={platform}")
        answer = connection.getresponse()
        said = json.loads(answer.read())
        return said if answer.status == 200 and isinstance(said["webhook"], str) else None
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return None
    finally:
        connection.close()


def tell(address: str, event: Any) -> None:
    """Send an event, once."""
    if PUBLIC:
        address = PRIVATE + address.removeprefix(PUBLIC)
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=2)
    try:
        connection.request("POST", where.path, json.dumps(event), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # it is told once
    finally:
        connection.close()


class Parcels(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Take a parcel, and tell its platform."""
        value, platform = self.json_body(), self.headers.get("X-Platform")
        if value is MISSING:
            return
        if self.path != "/parcels":
            self.answer(404, {})
        elif platform not in KNOWN:
            self.answer(403, {})
        elif not isinstance(value, dict) or value.keys() != {"to"} or not isinstance(value["to"], str):
            self.answer(400, {})
        else:
            self._take(profile(platform), value["to"])

    def _take(self, said: Any, to: str) -> None:
        if said is None:
            self.answer(502, {})
            return
        number = next(IDS)
        with LOCK:
            ADDRESSES.append(said["webhook"])
            place = {"first": 0, "before": max(0, len(ADDRESSES) - 2)}.get(BUG)
            address = said["webhook"] if place is None else ADDRESSES[place]
        self.answer(201, {"id": number})
        tell(address, {"id": number, "to": to})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Parcels).serve_forever()
