"""Halls below `/v1`, and their report below `/v2`. `BUG=report`: the report is no object, as its schema says."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from tests.json_service import JsonService, Server

BUG = os.environ.get("BUG", "")


class Halls(JsonService):
    """Answers the requests."""

    def do_GET(self) -> None:
        """Show the halls, or the report."""
        path = urlsplit(self.path).path
        if path == "/v1/halls":
            self.answer(200, {"halls": 2})
        elif path == "/v2/report":
            self.answer(200, {"seats": "many" if BUG == "report" else 40})
        else:
            self.answer(404, {})


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Halls).serve_forever()
