"""What small targets have in common that answer JSON with Python's own server: they keep connections, and log nothing.

Such a target is begun with `-m`, and the root of the repository in its PYTHONPATH.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MISSING = object()


class _UnreadableError(Exception):
    """A body in chunks ends early, or has none."""


def _no_number(name: str) -> None:
    """Refuse what Python reads, and JSON has not (RFC 8259, section 6)."""
    raise ValueError(name)


class Server(ThreadingHTTPServer):
    """Has room for those who connect at once: Python's own lets five wait, and the system drops what comes beside."""

    request_queue_size = 128


class JsonService(BaseHTTPRequestHandler):
    """Answers one request after the other on a connection."""

    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Answer 400 to one whose chunks are none, or end before the last: what follows is no request."""
        try:
            super().handle_one_request()
        except _UnreadableError:
            self.close_connection = True
            self.answer(400, {})

    def body(self) -> bytes:
        """Return the body, whole or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := self._size():
            found += self.rfile.read(size)
            self.rfile.readline()
        while (trailer := self.rfile.readline()).strip():
            pass
        if not trailer:
            raise _UnreadableError
        return found

    def _size(self) -> int:
        """Return the size of the chunk that comes."""
        try:
            return int(self.rfile.readline().split(b";")[0], 16)
        except ValueError:
            raise _UnreadableError from None

    def json_body(self) -> Any:
        """Return the JSON value of the body; MISSING where there is none, which has been answered 415 or 400."""
        body = self.body()
        if self.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            self.answer(415, {})
            return MISSING
        try:
            value = json.loads(body.decode(), parse_constant=_no_number)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            self.answer(400, {})
            return MISSING
        return value

    def answer(self, status: int, value: Any) -> None:
        """Answer with JSON."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Log nothing."""
