"""Labels, each of a kind that must be there, and an event for each: `BUG` is what is wrong of it.

An event is the one of another kind (`kind`), or does not come (`lost`). With `text`, a label is refused whose text
begins as the example of the contract does. Label 1 can be read; with another one, which may not be there, nobody may do
anything. With `twice`, label 1 is read two times, and is answered 403 then. With `empty`, a label without its text is
one whose text is empty, for which it has an event.
"""

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
IDS = itertools.count(1)
KINDS = ("simple",)
LEAST = int(BUG != "empty")


def is_label(value: Any) -> bool:
    """Return whether a value is a label as the contract has it."""
    if not isinstance(value, dict) or value.keys() != {"kind", "text"}:
        return False
    return isinstance(value["kind"], str) and isinstance(value["text"], str) and LEAST <= len(value["text"]) <= 60


def send(label: dict[str, Any]) -> None:
    """Send an event."""
    if BUG == "lost":
        return
    connection = http.client.HTTPConnection(HOOK.hostname or "", HOOK.port, timeout=2)
    try:
        told = {**label, "kind": "another"} if BUG == "kind" else label
        connection.request("POST", f"{HOOK.path}/labelled", json.dumps(told), {"Content-Type": "application/json"})
        connection.getresponse().read()
    except OSError:
        return
    finally:
        connection.close()


class Labels(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a label."""
        if self.path.startswith("/labels/"):
            self.body()
            mine = self.path == "/labels/1/read" and not (BUG == "twice" and next(IDS) > 2)
            self.answer(200 if mine else 403, {} if mine else {"error": "you may not do this"})
            return
        value = self.json_body()
        if value is MISSING:
            return
        if BUG == "empty" and isinstance(value, dict):
            value.setdefault("text", "")
        if self.path != "/labels":
            self.answer(404, {"error": "nothing is there"})
        elif not is_label(value):
            self.answer(400, {"error": "no label"})
        elif value["kind"] not in KINDS:
            self.answer(400, {"error": f"kind {value['kind']!r} does not exist"})
        elif BUG == "text" and value["text"].startswith("draft"):
            self.answer(400, {"error": "text is not taken"})
        else:
            label = {"id": next(IDS), **value}
            self.answer(201, label)
            send(label)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Labels).serve_forever()
