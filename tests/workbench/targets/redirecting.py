"""A target that sends its callers elsewhere: once more to itself, to another host, or to nowhere in time."""

from __future__ import annotations

import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers by the path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer 200 with the path and the cookie, 302 from `/elsewhere`, and late from `/late`."""
        if self.path == "/late":
            time.sleep(5)
        away = os.environ["SETTINGS_URL"] if self.path == "/elsewhere" else None
        self._answer(200 if away is None else 302, away)

    def do_POST(self) -> None:
        """Answer 307 to the same path with a slash, and 200 there."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(307, f"{self.path}/") if self.path == "/api/route" else self._answer(200, None)

    def _answer(self, status: int, location: str | None) -> None:
        body = f"{self.path} {self.headers.get('Cookie')}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if location is not None:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
