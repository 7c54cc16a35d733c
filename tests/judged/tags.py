"""Tags, of which no two have one name: a name that is taken is refused with 409. No event is sent.

`BUG` is what is wrong, with commas between several: a name that is taken is answered 500 (`taken`), each request is
(`each`), each that asks for HTML is, whatever its name (`html`), each with a name of one character is (`short`). With
`there`, the name of the contract's example is taken from the start. Tags are listed, and can be removed.
"""

from __future__ import annotations

import itertools
import os
import threading
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUGS = os.environ.get("BUG", "").split(",")
LOCK = threading.Lock()
NAMES = {"text": "0"} if "there" in BUGS else {}
IDS = itertools.count(1)


class Tags(JsonService):
    """Answers the requests."""

    @staticmethod
    def fits(value: Any) -> bool:
        """Return whether a value is a text as the contract has it."""
        return isinstance(value, str) and 0 < len(value) <= 40

    def fails(self, name: str) -> bool:
        """Return whether a request with a name gets an error, taken or not."""
        html = self.headers.get("Accept") == "text/html"
        return "each" in BUGS or ("html" in BUGS and html) or ("short" in BUGS and len(name) == 1)

    def do_POST(self) -> None:
        """Make a tag."""
        value = self.json_body()
        if value is MISSING:
            return
        name = value.get("name") if isinstance(value, dict) and not value.keys() - {"name", "color"} else None
        if self.path != "/tags":
            self.answer(404, {"error": "nothing is there"})
        elif not isinstance(name, str) or not all(map(self.fits, value.values())):
            self.answer(400, {"error": "no tag"})
        elif self.fails(name):
            self.answer(500, {"error": "internal server error"})
        else:
            with LOCK:
                taken = name in NAMES
                own = NAMES.setdefault(name, str(next(IDS)))
            if taken and "taken" in BUGS:
                self.answer(500, {"error": "internal server error"})
            else:
                self.answer(409 if taken else 201, {"error": "taken"} if taken else {"id": own})

    def do_GET(self) -> None:
        """List the tags."""
        self.body()
        with LOCK:
            found = [{"id": own, "name": name} for name, own in NAMES.items()]
        self.answer(200, {"count": len(found), "next": None, "results": found})

    def do_DELETE(self) -> None:
        """Remove a tag."""
        self.body()
        with LOCK:
            name = next((name for name, own in NAMES.items() if self.path == f"/tags/{own}"), None)
            NAMES.pop(name or "", None)
        self.answer(404 if name is None else 200, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Tags).serve_forever()
