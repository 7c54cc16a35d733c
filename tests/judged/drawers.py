"""Drawers whose labels are unique when they are made, not when they are changed; badges may have no drawer's label.

A drawer is made with a label, and gets an id; or it is put under a name that the request chooses, which is its label
then. A change gives a drawer whatever label it says, though another one may have it. `BUG` is the path where each label
of one character is refused with 409, whoever has it; empty: there is none.
"""

from __future__ import annotations

import itertools
import os
import threading
from urllib.parse import unquote

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LOCK = threading.Lock()
IDS = itertools.count(1)
CALLERS = ("key-of-ada", "key-of-bob")
DRAWERS: dict[str, str] = {}
NAMED: set[str] = set()


class Drawers(JsonService):
    """Answers the requests."""

    def _is_caller(self) -> bool:
        """Return whether a caller is signed in; who is not has been answered."""
        known = self.headers.get("X-Key") in CALLERS
        if not known:
            self.body()
            self.answer(401, {"error": "no key"})
        return known

    def _label(self) -> str | None:
        """Return the label in the body; None where it has none, which has been answered."""
        value = self.json_body()
        if value is MISSING:
            return None
        label = value.get("label") if isinstance(value, dict) and value.keys() == {"label"} else None
        if not isinstance(label, str) or not 0 < len(label) <= (25 if self.path == "/badges" else 20):
            self.answer(400, {"error": "no label"})
            return None
        return label

    def do_POST(self) -> None:
        """Make a drawer, or a badge."""
        label = self._label() if self._is_caller() else None
        if label is None:
            return
        with LOCK:
            taken = label in DRAWERS.values() or label in NAMED
            taken |= len(label) == 1 and self.path == BUG
            identity = f"d{next(IDS)}"
            if self.path == "/drawers" and not taken:
                DRAWERS[identity] = label
        if self.path not in {"/drawers", "/badges"}:
            self.answer(404, {"error": "nothing is there"})
        else:
            self.answer(409 if taken else 201, {"error": "taken"} if taken else {"id": identity})

    def do_PUT(self) -> None:
        """Change a drawer, or make one under a name."""
        if not self._is_caller():
            return
        _, kind, name = (*map(unquote, self.path.split("/")), "")[:3]
        if kind == "named":
            self.body()
            with LOCK:
                NAMED.add(name)
            self.answer(200, {})
            return
        label = self._label()
        if label is None:
            return
        with LOCK:
            known = name in DRAWERS
            if known:
                DRAWERS[name] = label
        self.answer(200 if known else 404, {} if known else {"error": "not there"})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Drawers).serve_forever()
