"""What is around `examples/checkout`, without bothends: the registry of profiles, and what takes webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.waiting import LONGEST

KEY = b"a key that signs webhooks"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
QUIET_SECONDS = 0.4
"""How long nothing must come before nothing more is waited for: the service sends an event as soon as it answers."""
MOST_SECONDS = 20.0
"""How long an event is waited for that is to come: its first attempt may take two seconds, and a bug may lose it."""


@dataclass
class Answering:
    """What the registry answers for a platform.

    Attributes:
        status: The status.
        body: The body; None: the platform's usual profile.
        seconds: How long it takes.
        held: What it waits for, if anything.
        headers: More headers.
    """

    status: int = 200
    body: Any = None
    seconds: float = 0.0
    held: threading.Event | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Hook:
    """A webhook that came.

    Attributes:
        path: Where.
        event: What.
        id: Its identity.
        signed: Whether its signature is right.
        status: What it was answered.
    """

    path: str
    event: dict[str, Any]
    id: str
    signed: bool
    status: int


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what is wrong; that the service went away, which is ended by force, is not."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class World:
    """The registry and the receiver, on one port.

    Attributes:
        profiles: What the registry answers, by platform.
        fetched: The calls at the registry: the platform, and the headers by their small names.
        hooks: The webhooks that came.
        refusals: What the next webhooks are answered, in place of 204.
    """

    def __init__(self) -> None:
        self.profiles: dict[str, Answering] = {}
        self.fetched: list[tuple[str, dict[str, str]]] = []
        self.hooks: list[Hook] = []
        self.refusals: list[int] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def away(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def forget(self) -> None:
        """Answer as at first, and remember nothing that came."""
        self.profiles.clear()
        self.fetched.clear()
        self.hooks.clear()
        self.refusals.clear()

    def events(self, count: int = 0) -> list[Hook]:
        """Return the webhooks that came: at least so many, if they come, and those that come soon after."""
        self.wait(count)
        seen = -1
        while seen != len(self.hooks):
            seen = len(self.hooks)
            time.sleep(QUIET_SECONDS)
        return list(self.hooks)

    def wait(self, count: int) -> None:
        """Return when so many webhooks have come, or it is no use to wait for them."""
        until = time.monotonic() + MOST_SECONDS
        while len(self.hooks) < count and time.monotonic() < until:
            time.sleep(0.02)

    def profile(self, platform: str) -> Any:
        """Return the usual profile of a platform."""
        return {"name": f"{platform.title()} & Co", "webhook": f"https://hooks.example/{platform}"}


def _handler(world: World) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            platform = parse_qs(parts.query).get("of", [parts.path])[0]
            world.fetched.append((platform, {name.lower(): value for name, value in self.headers.items()}))
            said = world.profiles.get(platform, Answering())
            time.sleep(said.seconds)
            if said.held is not None:
                said.held.wait(LONGEST)
            body = world.profile(platform) if said.body is None else said.body
            self._answer(said.status, json.dumps(body).encode(), said.headers)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            raw = self.rfile.read(length)
            if len(raw) < length:  # the service was ended in the middle of it
                return
            number = self.headers.get("webhook-id", "")
            signed = f"{number}.{self.headers.get('webhook-timestamp', '')}.".encode() + raw
            right = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
            status = world.refusals.pop(0) if world.refusals else 204
            is_right = self.headers.get("webhook-signature") == f"v1,{right}"
            world.hooks.append(Hook(self.path, json.loads(raw), number, is_right, status))
            self._answer(status, b"", {})

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, *_parts: Any) -> None:
            """Say nothing."""

    return Handler
