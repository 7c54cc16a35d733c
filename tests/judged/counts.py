"""Counts, each under a number: `LONG` is what one of more than 64 bits is answered; 0: as any other one."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import unquote

from tests.json_service import MISSING, JsonService, Server

LONG = int(os.environ.get("LONG", "0"))
COUNTS: dict[int, dict[str, Any]] = {}


class Counts(JsonService):
    """Answers the requests."""

    def _number(self) -> int | None:
        """Return the number in the path; None: the request has been answered."""
        head, _, text = unquote(self.path.partition("?")[0]).rpartition("/")
        try:
            number = json.loads(text) if head == "/counts" else None
        except ValueError:
            number = None
        if not isinstance(number, int) or isinstance(number, bool):
            self.answer(404 if head != "/counts" else 422, {})
            return None
        if LONG and not -(2**63) <= number < 2**63:
            self.answer(LONG, {})
            return None
        return number

    def do_GET(self) -> None:
        """Read a count."""
        self.body()
        number = self._number()
        if number is not None:
            self.answer(200 if number in COUNTS else 404, COUNTS.get(number, {}))

    def do_PUT(self) -> None:
        """Write a count."""
        value = self.json_body()
        if value is MISSING:
            return
        number = self._number()
        if number is None:
            return
        count = value.get("count") if isinstance(value, dict) and value.keys() == {"count"} else None
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 100:
            self.answer(422, {})
            return
        COUNTS[number] = value
        self.answer(200, value)


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Counts).serve_forever()
