"""Facts of any kind, each at a path of its own: an event says of which kind a fact is.

`BUG` is what is wrong: what begins with the name of a kind is taken for that kind (`beginnings`), or an event has
another kind than its path (`kinds`).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = urlsplit(os.environ["HOOK"])
NUMBERS = itertools.count(1)
COLOUR = "colour"


def send(fact: dict[str, Any]) -> None:
    """Send an event."""
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        connection.request("POST", f"{HOOK.path}/facts", json.dumps(fact), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Facts(JsonService):
    """Answers the requests."""

    def do_PUT(self) -> None:
        """Take a fact of any kind."""
        value = self.json_body()
        if value is MISSING:
            return
        head, _, kind = unquote(self.path.partition("?")[0]).rstrip("/").removeprefix("/facts/").partition("/")
        if not self.path.startswith("/facts/") or not head or not isinstance(value, dict):
            self.answer(404 if isinstance(value, dict) else 400, {"error": "no fact"})
            return
        if not isinstance(value.get("text"), str) or value.keys() != {"text"}:
            self.answer(400, {"error": "no text"})
            return
        kind = f"{head}/{kind}" if kind else head
        if BUG == "beginnings" and kind.startswith(COLOUR):
            kind = COLOUR
        number = next(NUMBERS)
        self.answer(200, {"number": number})
        send({"number": number, "kind": "other" if BUG == "kinds" else kind, "text": value["text"]})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Facts).serve_forever()
