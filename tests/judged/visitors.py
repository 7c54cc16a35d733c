"""Makes accounts, and signs their users in by what stands in a body.

`BUG` is `third`: each third sign-in is refused. `mail` is none: nobody gets an account at a
name that is kept out of the Internet.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
LEAST = 8
PASSWORDS: dict[str, str] = {}
NUMBERS = itertools.count(1)
NOBODYS = re.compile(r".*[@.](test|invalid|localhost|local|onion|arpa)")


def valid(value: Any) -> bool:
    """Return whether a body names a user and a password."""
    if not isinstance(value, dict) or value.keys() != {"name", "password"}:
        return False
    return all(isinstance(text, str) for text in value.values()) and len(value["password"]) >= LEAST


class Visitors(JsonService):
    """Keeps its users in memory."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Make an account, or sign a user in."""
        value = self.json_body()
        if value is MISSING:
            return
        if not valid(value) or (BUG == "mail" and NOBODYS.fullmatch(value["name"])):
            self.answer(422, {"error": "refused"})
        elif self.path == "/accounts":
            known = PASSWORDS.setdefault(value["name"], value["password"]) is not value["password"]
            self.answer(409 if known else 201, {} if known else value)
        elif PASSWORDS.get(value["name"]) != value["password"] or (BUG == "third" and not next(NUMBERS) % 3):
            self.answer(401, {})
        else:
            self.answer(200, {"token": secrets.token_hex(8)})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Visitors).serve_forever()
