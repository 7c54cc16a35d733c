"""A gallery whose catalogue is refused until a picture is there, or for ever where it is asked for by that name.

`BUG=pages`: what names a page after the first is refused always. `BUG=empty`: the catalogue is refused always.
"""

from __future__ import annotations

import itertools
import os
from urllib.parse import parse_qs, urlsplit

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
IDS = itertools.count(1)
PICTURES: dict[str, str] = {}


class Gallery(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Hang a picture."""
        value = self.json_body()
        if value is MISSING:
            return
        if not isinstance(value, dict) or value.keys() != {"title"} or not isinstance(value["title"], str):
            self.answer(400, {})
            return
        name = f"p{next(IDS)}"
        PICTURES[name] = value["title"]
        self.answer(201, {"id": name})

    def do_GET(self) -> None:
        """Show the catalogue."""
        url = urlsplit(self.path)
        asked = parse_qs(url.query, keep_blank_values=True)
        if (
            url.path != "/catalogue"
            or BUG == "empty"
            or not PICTURES
            or (BUG == "pages" and asked.get("page", ["1"]) != ["1"])
        ):
            self.answer(404, {})
        elif asked.keys() - {"page"} or not all(word.isdigit() and word.isascii() for word in asked.get("page", ())):
            self.answer(400, {})
        else:
            self.answer(200, {"pictures": len(PICTURES)})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Gallery).serve_forever()
