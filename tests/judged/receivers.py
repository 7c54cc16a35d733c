"""Receivers of events, which are kept and never called: those at an address of the web.

`WITHOUT` is the status of the answer to who names no address.
"""

from __future__ import annotations

import itertools
import os
from typing import Any
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server

NUMBERS = itertools.count(1)


def is_of_the_web(value: Any) -> bool:
    """Return whether a value is the URL of a host that may be called."""
    try:
        url = urlsplit(value)
    except (TypeError, ValueError, AttributeError):
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname)


class Receivers(JsonService):
    """Answers the requests."""

    def do_POST(self) -> None:
        """Keep a receiver."""
        value = self.json_body()
        if value is MISSING:
            return
        if not isinstance(value, dict) or not value.keys() <= {"url"} or not isinstance(value.get("url", ""), str):
            self.answer(400, {})
        elif "url" not in value:
            self.answer(int(os.environ["WITHOUT"]), {})
        elif not is_of_the_web(value["url"]):
            self.answer(422, {})
        else:
            self.answer(201, {"id": str(next(NUMBERS)), **value})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Receivers).serve_forever()
