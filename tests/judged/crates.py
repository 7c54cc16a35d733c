"""Crates with a name and a colour: a name that one has is answered 500, one of blanks 400, whoever has it."""

from __future__ import annotations

import os

from tests.json_service import MISSING, JsonService, Server

NAMES: set[str] = set()


class Crates(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Make a crate."""
        value = self.json_body()
        if value is MISSING:
            return
        known = isinstance(value, dict) and value.keys() == {"name", "colour"} and isinstance(value["name"], str)
        if not known or value["colour"] not in {"red", "blue"} or not value["name"].strip():
            self.answer(400, {"error": "no crate"})
        elif value["name"] in NAMES:
            self.answer(500, {"error": "duplicate key"})
        else:
            NAMES.add(value["name"])
            self.answer(201, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Crates).serve_forever()
