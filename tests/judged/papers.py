"""Papers, each of which is a draft and what is printed of it: two events of each, at one address.

The draft has an id of its own, which no answer has. One paper is made at a time. Who names no length that is a number
gets no answer. `BUG` is the event that is not sent: `draft` or `printed`.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
LOCK = threading.Lock()
IDS = itertools.count(1)
SECONDS = 0.05


def send(name: str, identity: int, title: str) -> None:
    """Send an event."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        body = json.dumps({"event": name, "paper": {"id": identity, "title": title}})
        connection.request("POST", HOOK.path, body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


def is_paper(value: Any) -> bool:
    """Return whether a value is a paper as the contract has it."""
    title = value.get("title") if isinstance(value, dict) and value.keys() == {"title"} else None
    return isinstance(title, str) and 0 < len(title) <= 80


class Papers(JsonService):
    """Answers the requests."""

    def body(self) -> bytes:
        """Return the body; nothing where the client has gone before its end."""
        found = super().body()
        return found if len(found) >= int(self.headers.get("Content-Length") or 0) else b""

    def do_POST(self) -> None:
        """Make a paper."""
        paper = self.json_body()
        if paper is MISSING:
            return
        if self.path != "/papers" or not is_paper(paper):
            self.answer(404 if self.path != "/papers" else 400, {})
            return
        with LOCK:
            time.sleep(SECONDS)
            draft, printed = next(IDS), next(IDS)
        title = paper["title"]
        with contextlib.suppress(OSError):  # who has asked may have gone
            self.answer(201, {"id": printed, "title": title})
        for name, identity in (("draft", draft), ("printed", printed)):
            if BUG != name:
                send(name, identity, title)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Papers).serve_forever()
