"""Keeps things in a folder, and sends an event of each new one; `MODE` says what it is like.

right      nothing is shared, if the folder is not
relay      events lie in a folder that all copies have, and each copy leaves its own to others, if there are any
crowded    it fails when a copy of it runs beside it with the same folder, but not at once
fixed      it listens on a port that is always the same, too
wrong      its events have another name, if that is a long one
broken     its events have another name

With `PAUSE`, it takes these seconds for each thing, until there is a file `QUICK`.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

MODE = os.environ.get("MODE", "right")
STORE = Path(os.environ["STORE"])
OUTBOX = Path(os.environ.get("OUTBOX", STORE))
HOOK = urlsplit(os.environ["HOOK"])
PATIENCE = 6
LONG = 32
PAUSE = float(os.environ.get("PAUSE", "0"))
QUICK = Path(os.environ.get("QUICK", "quick"))
SEEN: list[str] = []


def send(event: bytes) -> None:
    """Send an event to where this copy's events go."""
    connection = http.client.HTTPConnection(str(HOOK.hostname), HOOK.port, timeout=2)
    try:
        connection.request("POST", HOOK.path, event, {"Content-Type": "application/json"})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException) as error:  # nothing is promised of a failing receiver
        sys.stderr.write(f"not sent: {error}\n")
    finally:
        connection.close()


def relay() -> None:
    """Send what any copy has put into the folder."""
    while True:
        for file in OUTBOX.glob("*.event"):
            if file.name.startswith(f"{os.getpid()}-") and crowded():
                continue
            own = file.with_suffix(f".{os.getpid()}")
            try:
                file.rename(own)
            except FileNotFoundError:  # another copy was quicker
                continue
            send(own.read_bytes())
        time.sleep(0.01)


def crowded() -> bool:
    """Return whether a copy runs with the same folder."""
    others = (int(file.stem) for file in OUTBOX.glob("*.pid"))
    return any(Path(f"/proc/{other}").exists() for other in others if other != os.getpid())


class Things(BaseHTTPRequestHandler):
    """Answers requests."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Make a thing."""
        try:
            thing = json.loads(self.body())
        except ValueError:
            thing = None
        if not isinstance(thing, dict) or not isinstance(thing.get("name"), str):
            self.answer(400, {"error": "no thing"})
            return
        SEEN.append(thing["name"])
        if not QUICK.exists():
            time.sleep(PAUSE)
        if MODE == "crowded" and len(SEEN) > PATIENCE and crowded():
            self.answer(500, {"error": "somebody is here"})
            return
        kept = {"id": uuid.uuid4().hex, "name": thing["name"]}
        data = json.dumps(kept).encode()
        (STORE / f"{kept['id']}.json").write_bytes(data)
        if MODE == "relay":
            new = OUTBOX / f"{os.getpid()}-{kept['id']}.new"
            new.write_bytes(data)
            new.rename(new.with_suffix(".event"))
        else:
            wrong = MODE == "broken" or (MODE == "wrong" and len(str(kept["name"])) > LONG)
            send(json.dumps(kept | {"name": "somebody"}).encode() if wrong else data)
        self.answer(201, kept)

    def do_GET(self) -> None:
        """Return a thing."""
        name = self.path.removeprefix("/things/")
        file = STORE / f"{name}.json"
        if name.isalnum() and file.exists():
            self.answer(200, json.loads(file.read_text()))
        else:
            self.answer(404, {"error": "no such thing"})

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


if __name__ == "__main__":
    STORE.mkdir(exist_ok=True)
    (OUTBOX / f"{os.getpid()}.pid").write_text("")
    if MODE == "relay":
        threading.Thread(target=relay, daemon=True).start()
    if MODE == "fixed":
        taken = socket.create_server(("127.0.0.1", int(os.environ["FIXED"])))
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Things).serve_forever()
