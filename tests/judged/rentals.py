"""Boats that are rented, one rental at a time, by who has added them: it is asked for, confirmed, and then returned.

Each difference between right targets is a word of `LIKE`: whoever comes while another request is at work on the same
boat is told so (`busy`), waits for it (`waits`, as without a word), or is told that it took too long (`late`). What is
confirmed ends by itself after a moment (`ends`), what is asked for is over by itself (`over`), and requests are
accepted first and done later (`accepts`).
`BUG` is what is wrong.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import threading
import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.json_service import MISSING, JsonService, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

BUG = os.environ.get("BUG", "")
LIKE = os.environ.get("LIKE", "")
HOOK = os.environ.get("HOOK", "")
WORK = 0.05
"""Seconds that a request is at work on a boat."""
IDS = itertools.count(1)
BOATS: dict[str, str] = {}
LOCKED: set[str] = set()
OWNERS: dict[str, str] = {}
RENTALS: dict[str, dict[str, Any]] = {}
LOCKS: dict[str, threading.Lock] = {}
FREE = {"cancelled", "returned"}
STEPS = {
    "confirm": ({"asked"}, "confirmed"),
    "return": ({"confirmed"}, "returned"),
    "cancel": ({"asked", "confirmed"}, "cancelled"),
}


class BusyError(Exception):
    """Another request is at work on the boat."""


@contextmanager
def at_work(boat: str) -> Iterator[None]:
    """Let no other request be at work on a boat meanwhile."""
    if BUG == "races":
        yield
        return
    lock = LOCKS[boat]
    if not lock.acquire(blocking=LIKE not in {"busy", "late"}):
        raise BusyError
    try:
        yield
    finally:
        lock.release()


class Rentals(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Add a boat, ask for one, or lead a rental on."""
        try:
            if match := re.fullmatch("/rentals/([^/]+)/(confirm|return|cancel)", self.path):
                self.body()
                self._lead_on(match[1], match[2])
            elif match := re.fullmatch("/boats/([^/]+)/lock", self.path):
                self.body()
                LOCKED.add(match[1])
                self.answer(200 if match[1] in BOATS else 404, {})
            elif (value := self.json_body()) is not MISSING:
                self._make(value)
        except BusyError:
            self.answer(503 if LIKE == "late" else 423, {})

    def _make(self, value: Any) -> None:
        wanted = {"/boats": "name", "/rentals": "boatId"}.get(self.path, "")
        if not isinstance(value, dict) or set(value) != {wanted} or not isinstance(value[wanted], str):
            self.answer(400, {})
        elif wanted == "name":
            boat = f"b-{next(IDS)}"
            BOATS[boat], OWNERS[boat], LOCKS[boat] = value["name"], self._caller(), threading.Lock()
            self.answer(201, {"id": boat, "name": value["name"]})
        elif value["boatId"] not in BOATS and BUG in {"unknown-is-500", "unknown-is-taken"}:
            self.answer(*((500, {}) if BUG == "unknown-is-500" else (201, {"id": "", **value, "status": "asked"})))
        elif OWNERS.get(value["boatId"]) != self._caller() and not (BUG == "anybody-s" and value["boatId"] in BOATS):
            self.answer(404, {})
        else:
            self._ask(value["boatId"])

    def _caller(self) -> str:
        return self.headers.get("X-Key", "")

    def _ask(self, boat: str) -> None:
        with at_work(boat):
            free = FREE - ({"cancelled"} if BUG == "cancelled-is-kept" else set())
            free |= {"returned", "confirmed"} if BUG == "confirmed-again" else set()
            locked = boat in LOCKED and BUG != "locked-is-rented"
            if locked or any(one["boatId"] == boat and one["status"] not in free for one in RENTALS.values()):
                self.answer(400 if BUG == "taken-is-400" else 409, {})
                return
            time.sleep(WORK)
            if LIKE == "over":  # what was asked for before is over by now
                time.sleep(WORK)
            name = f"r-{next(IDS)}"
            RENTALS[name] = {"id": name, "boatId": boat, "status": "asked", "was": []}
            if LIKE == "over":
                threading.Timer(WORK / 10, RENTALS[name].update, ({"status": "returned"},)).start()
            self.answer(201, _shown(RENTALS[name]))

    def _lead_on(self, name: str, verb: str) -> None:
        found = RENTALS.get(name)
        if found is None:
            self.answer(404, {})
            return
        with at_work(found["boatId"]):
            states, then = STEPS[verb]
            revived = BUG == "cancelled-returns" and verb == "return" and "confirmed" in found["was"]
            if found["status"] not in states and not (revived and found["status"] == "cancelled"):
                self.answer(409, {})
                return
            time.sleep(WORK)
            found["was"].append(found["status"])
            found["status"] = then
            if verb == "confirm":
                _tell(name)
                if LIKE == "ends":
                    threading.Timer(WORK / 10, found.update, ({"status": "asked"},)).start()
        self.answer(202 if LIKE == "accepts" else 200, _shown(found))

    def do_GET(self) -> None:
        """Show a boat or a rental."""
        self.body()
        name = self.path.rpartition("/")[2]
        if self.path.startswith("/boats/") and name in BOATS:
            self.answer(200, {"id": name, "name": BOATS[name]})
        elif self.path.startswith("/rentals/") and name in RENTALS:
            self.answer(200, _shown(RENTALS[name]))
        else:
            self.answer(404, {})


def _tell(rental: str) -> None:
    data = json.dumps({"rental": rental}).encode()
    headers = {"Content-Type": "application/json"}
    event = urllib.request.Request(HOOK, data, headers)  # noqa: S310 -- the ingest's own
    urllib.request.urlopen(event, timeout=5).close()  # noqa: S310 -- likewise


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("id", "boatId", "status")}


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Rentals).serve_forever()
