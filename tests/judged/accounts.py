"""Makes accounts. `BUG` is `password`: none of more than 72 bytes is taken, and no email without a dot in its domain.

It says not why.
"""

from __future__ import annotations

import os
import re
import uuid
from typing import Any

from tests.json_service import MISSING, JsonService, Server

BUG = os.environ.get("BUG", "")
MOST, MOST_OF_A_NAME, MOST_BYTES = 128, 40, 72
PLAIN = re.compile(r"[^@\s]+@[^@\s]+")
DOTTED = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def valid(value: Any) -> bool:
    """Return whether an account is as the contract has it."""
    if not isinstance(value, dict) or not {"email", "password"} <= value.keys() <= {"email", "password", "name"}:
        return False
    if not all(isinstance(text, str) for text in value.values()):
        return False
    fits = 0 < len(value["password"]) <= MOST and len(value.get("name", "")) <= MOST_OF_A_NAME
    return fits and PLAIN.fullmatch(value["email"]) is not None


def unfit(value: dict[str, str]) -> bool:
    """Return whether an account is refused for what the contract does not say."""
    return len(value["password"].encode("utf-8", "replace")) > MOST_BYTES or DOTTED.fullmatch(value["email"]) is None


class Accounts(JsonService):
    """Keeps nothing."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Make an account."""
        value = self.json_body()
        if value is MISSING:
            return
        if not valid(value) or (BUG and unfit(value)):
            self.answer(422, {"error": "refused"})
        else:
            self.answer(201, {"id": uuid.uuid4().hex})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Accounts).serve_forever()
