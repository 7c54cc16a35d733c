"""Takes notes, and keeps its connections; what it can't read as a request it answers 400 or 501, and closes.

`BUG` is what is wrong: `unread` (it refuses a body of another media type and does not read it: the rest is the next
request to it), `unread-bare` (what it says of that rest has no head), `unread-once` (only the first such body is left,
and what it says has no head), `bare` (it answers 415 without a head, each time), `bare-later` (so it answers each
request but the first on a connection).
"""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BUG = os.environ.get("BUG", "")
LEFT: list[str] = []


class Notes(BaseHTTPRequestHandler):
    """Takes notes."""

    protocol_version = "HTTP/1.1"
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

    def body(self) -> bytes:
        """Return the body, whole or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

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

    def answer(self, status: int, value: Any) -> None:
        """Answer JSON."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


class Server(ThreadingHTTPServer):
    """Has room for those who connect at once."""

    request_queue_size = 128


if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Notes).serve_forever()
