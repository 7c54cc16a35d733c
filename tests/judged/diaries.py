"""Diaries, each of who has begun it: others are not let in. Several requests may come on one connection.

With the `BUG` `closed`, nobody is let in whose request comes behind one of a stranger on its connection.
"""

from __future__ import annotations

import itertools
import os

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
IDS = itertools.count(1)
OWNERS: dict[str, str] = {}


class Diaries(JsonService):
    """Answers the requests."""

    strangers = 0

    def do_POST(self) -> None:
        """Begin a diary, or write into one."""
        caller = self.headers.get("X-Key", "")
        identity = self.path.removeprefix("/diaries/").removesuffix("/pages")
        if caller not in {"one", "two"}:
            self.answer(401, {"error": "who are you?"})
            self.body()  # what comes late is passed over
            self.strangers += 1
            return
        value = self.json_body()
        if value is MISSING:
            return
        if not isinstance(value, dict):
            self.answer(400, {"error": "no object"})
        elif self.path == "/diaries":
            OWNERS[identity := f"d{next(IDS)}"] = caller
            self.answer(201, {"id": identity})
        elif identity not in OWNERS:
            self.answer(404, {"error": "no diary"})
        elif OWNERS[identity] != caller or (BUG == "closed" and self.strangers):
            self.answer(403, {"error": "not yours"})
        else:
            self.answer(201, {"id": identity})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Diaries).serve_forever()
