"""Gives a token to no client: it knows none."""

from __future__ import annotations

import os

from tests.json_service import JsonService, Server


class Tokens(JsonService):
    """Refuses each client."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self.body()
        self.answer(200, {})

    def do_POST(self) -> None:
        """Refuse a client, as RFC 6749 section 5.2 has it."""
        self.body()
        self.answer(401, {"error": "invalid_client"})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Tokens).serve_forever()
