"""Entries of a book, each put under the name that its path has, whatever that is, and added to there.

With the `BUG` `cut`, a text is added to the entry of another name: what stands behind a semicolon is cut off.
"""

from __future__ import annotations

import os
from urllib.parse import unquote

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
ENTRIES: dict[str, dict[str, str]] = {"first": {"text": "of the book"}}


class Entries(JsonService):
    """Answers the requests."""

    def name(self) -> str:
        """Return the name in the path; empty: it is no entry's."""
        # `path` has one slash where a request has two.
        parts = [unquote(part) for part in self.requestline.split()[1].partition("?")[0].split("/")]
        return parts[2] if len(parts) == 3 and parts[:2] == ["", "entries"] else ""

    def entry(self) -> dict[str, str] | None:
        """Return the entry in the body; None where there is none, which has been answered."""
        value = self.json_body()
        if value is MISSING:
            return None
        if not isinstance(value, dict) or value.keys() != {"text"} or not isinstance(value["text"], str):
            self.answer(400, {"error": "no entry"})
            return None
        return value

    def do_POST(self) -> None:
        """Add to an entry."""
        name = self.name().partition(";")[0] if BUG == "cut" else self.name()
        value = self.entry()
        if value is not None:
            self.answer(200 if name in ENTRIES else 404, value)

    def do_PUT(self) -> None:
        """Put an entry."""
        value = self.entry()
        if value is not None and self.name():
            ENTRIES[self.name()] = value
        if value is not None:
            self.answer(200 if self.name() else 404, value)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Entries).serve_forever()
