"""Ribbons that callers tie to a parcel under a name of theirs, and take off again by that name, each with an event.

`BUG` is what is wrong: who takes off what is not there gets a success and an event (`taken-off`), or the event alone
(`event`).
"""

from __future__ import annotations

import json
import os
import threading
import urllib.request
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
HOOK = os.environ.get("HOOK", "")
RIBBONS: dict[str, str] = {}
LOCK = threading.Lock()
_MEMBERS = {"/ribbons": {"name", "colour"}, "/ribbons/untie": {"name"}}


class Ribbons(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Tie a ribbon, or take one off."""
        value = self.json_body()
        if value is MISSING:
            return
        members = _MEMBERS.get(self.path, set())
        if (
            not isinstance(value, dict)
            or set(value) != members
            or not all(isinstance(one, str) for one in value.values())
        ):
            self.answer(400, {})
        elif self.path == "/ribbons":
            with LOCK:
                RIBBONS[value["name"]] = value["colour"]
            self._tell("tied", value)
            self.answer(200, {})
        else:
            self._untie(value)

    def _untie(self, value: dict[str, Any]) -> None:
        with LOCK:
            there = RIBBONS.pop(value["name"], None) is not None
        if there or BUG:
            self._tell("untied", value)
        self.answer(200 if there or BUG == "taken-off" else 404, {})

    def _tell(self, what: str, value: dict[str, Any]) -> None:
        if not HOOK:
            return
        event = json.dumps({"what": what, "name": value["name"]}).encode()
        request = urllib.request.Request(HOOK, event, {"Content-Type": "application/json"})  # noqa: S310 -- on loopback
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 -- on loopback
        except OSError:
            return  # nobody is promised that it comes


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Ribbons).serve_forever()
