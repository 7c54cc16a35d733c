"""Takes notes, and keeps its connections; what it can't read as a request it answers 400 or 501, and closes.

`BUG` is what is wrong: `unread` (it refuses a body of another media type and does not read it: the rest is the next
request to it), `unread-bare` (what it says of that rest has no head), `unread-once` (only the first such body is left,
and what it says has no head), `bare` (it answers 415 without a head, each time), `bare-later` (so it answers each
request but the first on a connection).
"""

from __future__ import annotations

import json
import os
from http.server import ThreadingHTTPServer
from typing import Any

from tests.json_service import JsonService

BUG = os.environ.get("BUG", "")
LEFT: list[str] = []


class Notes(JsonService):
    """Takes notes."""

    before = 0

    def do_POST(self) -> None:
        """Take one."""
        self.before += 1
        if BUG == "bare-later" and self.before > 1:
            self.body()
            self.without_head()
            return
        if self.headers.get_content_type() != "application/json":
            if not BUG.startswith("unread") or (BUG == "unread-once" and LEFT):
                self.body()
            if BUG == "bare":
                self.without_head()
            else:
                self.answer(415, {"error": "not JSON"})
            return
        try:
            note = json.loads(self.body().decode())
            right = set(note) == {"text"} and isinstance(note["text"], str) and 1 <= len(note["text"]) <= 40
        except (ValueError, TypeError, AttributeError, RecursionError):
            right = False
        self.answer(201, {"text": "taken"}) if right else self.answer(400, {"error": "no note"})

    def send_error(self, code: int, *arguments: Any, **more: Any) -> None:
        """Tell that a request can't be read, with a head or without."""
        LEFT.append(self.requestline)
        if BUG in {"unread-bare", "unread-once"}:
            self.without_head()
        else:
            super().send_error(code, *arguments, **more)

    def without_head(self) -> None:
        """Answer as if the request were of HTTP/0.9."""
        self.wfile.write(b"<!DOCTYPE HTML>\n<html><p>No request.</p></html>\n")
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """Has room for those who connect at once."""

    request_queue_size = 128


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
