"""A small right target that serves its own OpenAPI document, as frameworks do; `DOCUMENT` names what is odd about it.

Standard library only. Each start writes a line to `starts.txt`, with whether another process was there at the time.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ODD = os.environ.get("DOCUMENT", "")
BASE = os.environ.get("BASE", "")
PORT = int(os.environ["PORT"])
HERE = Path("here.txt")
TOKENS: set[str] = set()

PONG = {"type": "object", "required": ["pong"], "properties": {"pong": {"const": ODD != "wrong-schema"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "ping", "version": "1"},
    "servers": [{"url": f"http://127.0.0.1:{PORT}{BASE}"}],
    "paths": {
        "/ping": {
            "get": {
                "operationId": "ping",
                "responses": {
                    "200": {"description": "It is there.", "content": {"application/json": {"schema": PONG}}}
                },
            }
        }
    },
}
if ODD == "reference":
    DOCUMENT["paths"]["/ping"]["get"]["responses"]["200"] = {"$ref": "../../../secret.yaml#/x"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == f"{BASE}/ping":
            self._answer(200, {"pong": True})
        elif self.path == "/openapi.json":
            self._document()
        else:
            self._answer(404, {"title": "nothing here"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path != f"{BASE}/session":
            self._answer(404, {"title": "nothing here"})
            return
        token = f"tok-{secrets.token_hex(8)}"
        TOKENS.add(token)
        self._answer(200, {"token": token})

    def _document(self) -> None:
        shown = self.headers.get("Authorization", "")
        if "GATE" in os.environ and shown.removeprefix("Bearer ") not in TOKENS:
            self._answer(401, {"title": f"nobody is signed in by {shown}"})
        elif ODD == "page":
            self._send(200, b"<html>\n<h1>Docs</h1></html>", "text/html")
        elif ODD == "elsewhere":
            self._send(302, b"", "text/plain", Location="http://192.0.2.1/openapi.json")
        elif ODD == "large":
            self._send(200, b" " * ((64 << 20) + 1), "application/json")
        elif ODD == "silent":
            time.sleep(60)
        else:
            self._answer(200, DOCUMENT)

    def _answer(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def _send(self, status: int, body: bytes, media_type: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def end(*_: object) -> None:
    """End at once, with no trace."""
    HERE.unlink(missing_ok=True)
    os._exit(0)


signal.signal(signal.SIGTERM, end)
with Path("starts.txt").open("a") as starts:
    starts.write("beside another\n" if HERE.exists() else "alone\n")
HERE.touch()
ThreadingHTTPServer(("127.0.0.1", PORT), _Handler).serve_forever()
