"""Notes, of which those hear who have registered: each registration has an address, and may have another one, or end.

Each difference between right targets is a word of `LIKE`: an address is called before it is taken (`verifies`), two
registrations may not have one address (`unique`), there is room for a few (`few`), a registration names the events that
it is for (`filtered`), each event comes after a while (`slow`), before the answer (`first`), or once more after its
first attempt (`again`). A registration takes effect later (`later`). `BUG` is what is wrong.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import queue
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LIKE = os.environ.get("LIKE", "").split()
IDS = itertools.count(1)
MOST = 24
"""Registrations that there is room for, where there is room for a few."""
SLOW = 0.4
"""Seconds that an event takes, and a registration that takes effect later."""
LONGEST = 40
"""Characters of a note."""
CACHED = 4.0
"""Seconds for which receivers are cached."""
LOCK = threading.RLock()


@dataclass
class Registration:
    """Who hears of notes.

    Attributes:
        url: The address.
        since: When it takes effect, seconds.
        waiting: What is to be sent there, one after the other.
    """

    url: str
    since: float
    waiting: queue.Queue[bytes] = field(default_factory=queue.Queue)


KNOWN: dict[str, Registration] = {}
ENDED: list[Registration] = []
CACHE: tuple[float, list[Registration]] = (0.0, [])
ALL: queue.Queue[tuple[str, bytes]] = queue.Queue()
"""What is sent by one worker, where one does it all."""


def post(url: str, data: bytes) -> bool:
    """Return whether somebody takes an event."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers)  # noqa: S310 -- the ingest's own
    try:
        urllib.request.urlopen(request, timeout=60).close()  # noqa: S310 -- likewise
    except (OSError, http.client.HTTPException):
        return False
    return True


def receivers() -> list[Registration]:
    """Return who hears of a note."""
    global CACHE  # noqa: PLW0603 -- the target has one
    now = time.monotonic()
    found = [one for one in KNOWN.values() if one.since <= now]
    if BUG == "cached":
        if CACHE[0] < now:
            CACHE = (now + CACHED, found)
        return CACHE[1]
    if BUG == "forgets-the-second":
        # The first one is that of the setup.
        return found[:2]
    if BUG == "both-to-one" and len(found) > 2:
        return [found[0], *(found[1] for _ in found[1:])]
    return [*found, *ENDED] if BUG == "keeps-the-ended" else found


def tell(note: dict[str, Any]) -> None:
    """Tell all who have registered of a note."""
    data = json.dumps({"note": note["id"], "text": note["text"]}).encode()
    for one in receivers():
        if BUG == "one-worker":
            ALL.put((one.url, data))
        elif "first" in LIKE:
            post(one.url, data)
        else:
            one.waiting.put(data)


def work(one: Registration) -> None:
    """Send what is waiting for one receiver."""
    before = one.url
    while True:
        data = one.waiting.get()
        time.sleep(SLOW if "slow" in LIKE else 0)
        post(before if BUG == "keeps-the-former" else one.url, data)
        if "again" in LIKE:
            threading.Timer(SLOW, post, (one.url, data)).start()


def work_for_all() -> None:
    """Send what is waiting for all receivers, one after the other; the newest first."""
    while True:
        url, data = ALL.get()
        post(url, data)


class Notes(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a note or a registration."""
        value = self.json_body()
        if value is MISSING:
            return
        if self.path == "/notes":
            text = value.get("text") if isinstance(value, dict) and set(value) == {"text"} else None
            if not isinstance(text, str) or len(text) > LONGEST:
                self.answer(400, {})
                return
            note = {"id": f"n-{next(IDS)}", "text": value["text"]}
            with LOCK:
                tell(note)
            self.answer(201, note)
        elif self.path == "/listeners" and (url := self._url(value, more={"kinds"})) is not None:
            self._register(url)

    def _url(self, value: Any, more: set[str]) -> str | None:
        """Return the address in a body; None: there is none, which has been answered."""
        wanted = {"url", *more}
        right = isinstance(value, dict) and set(value) <= wanted and isinstance(value.get("url"), str)
        kinds = value.get("kinds", []) if right else []
        if not right or not isinstance(kinds, list) or not all(isinstance(one, str) for one in kinds):
            self.answer(400, {})
            return None
        if "verifies" in LIKE and not post(value["url"], b'{"ping": true}'):
            self.answer(422, {})
            return None
        if "unique" in LIKE and any(one.url == value["url"] for one in KNOWN.values()):
            self.answer(409, {})
            return None
        heard = "filtered" not in LIKE or "noted" in kinds
        return str(value["url"]) + ("" if heard or "kinds" not in more else "#deaf")

    def _register(self, url: str) -> None:
        with LOCK:
            if "few" in LIKE and len(KNOWN) >= MOST:
                self.answer(409, {})
                return
            one = Registration(url, time.monotonic() + (SLOW if "later" in LIKE else 0))
            name = f"l-{next(IDS)}"
            if not url.endswith("#deaf"):
                threading.Thread(target=work, args=(one,), daemon=True).start()
            KNOWN[name] = one
        self.answer(202 if "later" in LIKE else 201, {"id": name, "url": url})

    def do_PATCH(self) -> None:
        """Give a registration another address."""
        value = self.json_body()
        one = KNOWN.get(self.path.rpartition("/")[2])
        if value is MISSING:
            return
        if one is None:
            self.answer(404, {})
        elif (url := self._url(value, more=set())) is not None:
            one.url = url
            self.answer(200, {"id": self.path.rpartition("/")[2], "url": url})

    def do_DELETE(self) -> None:
        """End a registration."""
        self.body()
        one = KNOWN.pop(self.path.rpartition("/")[2], None)
        if one is None:
            self.answer(404, {})
            return
        ENDED.append(one)
        self.send_response(204)
        self.end_headers()


if __name__ == "__main__":
    threading.Thread(target=work_for_all, daemon=True).start()
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
