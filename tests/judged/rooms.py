"""Rooms, and what stands in them: a text of a type and under a key, which whoever puts it there chooses.

With `BUG=lost`, a room that was made is not there.
"""

from __future__ import annotations

import itertools
import os

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
IDS = itertools.count(1)
ROOMS: dict[str, dict[str, str]] = {}


class Rooms(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a room."""
        self.body()
        if self.path != "/rooms":
            self.answer(404, {})
            return
        name = f"room{next(IDS)}"
        ROOMS[name] = {}
        self.answer(201, {"id": name})

    def do_GET(self) -> None:
        """Show a room, or what stands in it."""
        self.body()
        _, _, name, *where = self.path.split("/")
        room = ROOMS.get(name)
        if room is None or BUG == "lost" or (where and "/".join(where) not in room):
            self.answer(404, {})
        else:
            self.answer(200, {"text": room["/".join(where)]} if where else {"id": name})

    def do_PUT(self) -> None:
        """Put a text into a room."""
        value = self.json_body()
        if value is MISSING:
            return
        _, _, name, *where = self.path.split("/")
        if name not in ROOMS:
            self.answer(404, {})
        elif not isinstance(value, dict) or value.keys() != {"text"} or not isinstance(value["text"], str):
            self.answer(400, {})
        else:
            ROOMS[name]["/".join(where)] = value["text"]
            self.answer(200, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Rooms).serve_forever()
