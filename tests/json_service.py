"""What small targets have in common that answer JSON with Python's own server: they keep connections, and log nothing.

Such a target is begun with `-m`, and the root of the repository in its PYTHONPATH.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MISSING = object()


class Server(ThreadingHTTPServer):
    """Has room for those who connect at once: Python's own lets five wait, and the system drops what comes beside."""

    request_queue_size = 128


class JsonService(BaseHTTPRequestHandler):
    """Answers one request after the other on a connection."""

    protocol_version = "HTTP/1.1"

    def body(self) -> bytes:
        """Return the body, whole or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return found

    def json_body(self) -> Any:
        """Return the JSON value of the body; MISSING where there is none, which has been answered 415 or 400."""
        body = self.body()
        if self.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            self.answer(415, {})
            return MISSING
        try:
            value = json.loads(body.decode(), parse_constant=float.fromhex)
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
