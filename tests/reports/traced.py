"""Takes notes, reads a setting and sends an event, each below the trace of the request: a target of a test of spans.

    python -m tests.reports.traced continues | anew | untraced

`continues` takes the trace of the request, where it has one; `anew` begins one of its own for each request; `untraced`
knows no traces, and answers with a number in place of the note.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import sys
from urllib.parse import urlsplit

from tests.json_service import MISSING, JsonService, Server


class Notes(JsonService):
    """Takes notes."""

    def do_POST(self) -> None:
        """Read the setting, send the event, and answer."""
        value = self.json_body()
        if value is MISSING:
            return
        if not isinstance(value, dict) or not isinstance(value.get("note"), str):
            self.answer(422, {})
            return
        told = self.headers.get("traceparent", "").split("-")
        known = sys.argv[1] == "continues" and len(told) == 4 and len(told[1]) == 32
        trace = told[1] if known else secrets.token_hex(16)
        call("SETTINGS", "GET", "", trace, None)
        call("HOOKS", "POST", "/notes", trace, {"note": value["note"]})
        self.answer(200, {"note": 5 if sys.argv[1] == "untraced" else value["note"]})


def call(where: str, method: str, path: str, trace: str, body: object) -> None:
    """Send a request to the world, with a span of its own in a trace."""
    address = urlsplit(os.environ[where])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    headers = {"Content-Type": "application/json"}
    if sys.argv[1] != "untraced":
        headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
    data = None if body is None else json.dumps(body)
    connection.request(method, address.path + path, body=data, headers=headers)
    connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
