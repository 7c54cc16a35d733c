"""A product as its settings have it, without bothends: its process, its setup, a receiver of its webhooks.

It reads `[target]` of the settings, and nothing else of them. Plain Python standard library.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import tomllib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent.parent
PRODUCTS = Path(os.environ.get("PRODUCTS") or HERE / ".installed")
"""Where `install.sh` has put the products."""
SECRET = "a-secret-of-the-receiver-0123456789"  # noqa: S105 -- of a receiver on loopback
TOKEN = {"Authorization": "Token 0123456789abcdef0123456789abcdef01234567"}
"""The caller of Label Studio, as its settings have it."""
ADMIN, ALICE, BOB = ({"Authorization": f"Bearer {name}-token-0123456789abcdef"} for name in ("admin", "alice", "bob"))
"""The callers of Directus, as its settings have them."""
START_SECONDS = 300.0
Reply = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the product answers."""

    status: int
    headers: dict[str, str]
    text: str
    seconds: float

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class Event:
    """What the product sent to the receiver, and when, in seconds of `time.monotonic`."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """Takes webhooks, on a port of its own.

    Attributes:
        events: What came, in its order.
        reply: What it answers; it may sleep.
    """

    events: list[Event] = field(default_factory=list)
    reply: Callable[[Event], Reply] = lambda _event: (200, {}, b"")
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address."""
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.server_port}"

    def answers(self, status: int, *, location: str | None = None, after: float = 0.0, path: str = "/") -> None:
        """Answer otherwise from now on.

        Args:
            status: The status.
            location: Where it redirects to.
            after: Seconds until it answers.
            path: How the paths begin that are answered so; others are answered 200.
        """

        def reply(event: Event) -> Reply:
            if not event.path.startswith(path):
                return 200, {}, b""
            time.sleep(after)
            return status, {} if location is None else {"Location": location}, b""

        self.reply = reply

    def clear(self) -> None:
        """Forget what came, and answer 200 again, once the product has nothing more to send."""
        self.answers(200)
        self.rest()
        self.events.clear()

    def rest(self, quiet: float = 2.0) -> list[Event]:
        """Wait until nothing has come for a while; return all that came."""
        seen, since = len(self.events), time.monotonic()
        while time.monotonic() - since < quiet:
            time.sleep(0.05)
            if len(self.events) != seen:
                seen, since = len(self.events), time.monotonic()
        return list(self.events)

    def __enter__(self) -> Self:
        """Open the port."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def taken(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                event = Event(time.monotonic(), self.command, self.path, headers, body)
                receiver.events.append(event)
                status, more, content = receiver.reply(event)
                with contextlib.suppress(OSError):  # the product does not wait for ever
                    self.send_response(status)
                    for name, value in {**more, "Content-Length": str(len(content))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = taken

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def close(self) -> None:
        """Close the port."""
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    def __exit__(self, *_: object) -> None:
        """Close the port, if it is open."""
        if self.server is not None and self.server.socket.fileno() >= 0:
            self.close()


@dataclass(slots=True)
class Product:
    """A product that is up and set up.

    Attributes:
        port: Where it listens, on loopback.
        receiver: Where its webhooks go.
        setup: What its setup yielded.
        process: Its process.
    """

    port: int
    receiver: Receiver
    setup: dict[str, str]
    process: subprocess.Popen[bytes]

    def send(
        self, method: str, path: str, value: Any = None, *, headers: dict[str, str] | None = None, body: Any = None
    ) -> Answer:
        """Send a request on a connection of its own.

        Args:
            method: Its method.
            path: Its path and query, as they stand on the wire.
            value: Its body, as JSON; None: see `body`.
            headers: More headers.
            body: Its body, as bytes; or several pieces, which go out chunked.
        """
        given = {"Content-Type": "application/json", **(headers or {})}
        content = body if value is None else json.dumps(value).encode()
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, content, given, encode_chunked=isinstance(content, list))
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        answered = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, answered, text, time.monotonic() - began)

    def send_bytes(self, request: bytes) -> int:
        """Send bytes as they are, and no more; return the status of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").readline()
        return int(answer.split()[1])


_open: dict[str, tuple[Product, contextlib.ExitStack]] = {}
keep_open = False
"""Whether scripts after each other get the same product, of the same settings."""


@contextlib.contextmanager
def started(settings: str, *, fresh: bool = False) -> Iterator[Product]:
    """Start a product, and set it up; end it afterwards.

    Args:
        settings: Its file, `mlflow/noauth.toml`.
        fresh: Whether it is started although one of the same settings is up.
    """
    if settings in _open and not fresh:
        _open[settings][0].receiver.clear()
        yield _open[settings][0]
        return
    close()  # Each start empties the data folder.
    with contextlib.ExitStack() as stack:
        product = _start(settings, stack)
        product.receiver.clear()
        if keep_open and not fresh:
            _open[settings] = product, stack.pop_all()
        yield product


def close() -> None:
    """End what is kept open."""
    while _open:
        _open.popitem()[1][1].close()


def _start(settings: str, stack: contextlib.ExitStack) -> Product:
    file = HERE / settings
    target = tomllib.loads(file.read_text(encoding="utf-8"))["target"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    receiver = stack.enter_context(Receiver())
    known = {
        "port": str(port),
        "env.PRODUCTS": str(PRODUCTS),
        "world.hooks": receiver.url,
        "world.hooks.secret": SECRET,
    }
    environment = {name: _filled(value, known) for name, value in target.get("env", {}).items()}
    environment["DATA"] = f"{PRODUCTS / file.parent.name}/data-by-hand"  # A run of bothends may be under way.
    log = stack.enter_context((PRODUCTS / f"{file.parent.name}.by-hand.log").open("wb"))
    process = subprocess.Popen(  # noqa: S603 -- the command of the settings
        target["command"], cwd=file.parent, env={**os.environ, **environment}, stdout=log, stderr=log
    )
    stack.callback(_end, process)
    product = Product(port, receiver, {}, process)
    _wait_until_ready(product, target["ready"])
    for step in target.get("setup", []):
        answer = product.send(
            step.get("method", "POST"),
            _filled(step["path"], known),
            _filled(step.get("json"), known),
            headers=_filled(step.get("headers", {}), known),
        )
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"setup of {settings}: {step['path']}: {answer.status} {answer.text[:300]}")
        for name, place in step.get("take", {}).items():
            value = answer.json
            for part in place.removeprefix("body#/").split("/"):
                value = value[part]
            product.setup[name] = known[f"setup.{name}"] = str(value)
    return product


def _wait_until_ready(product: Product, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if product.process.poll() is not None:
            raise RuntimeError(f"the product ended with {product.process.returncode}; its log is in {PRODUCTS}")
        with contextlib.suppress(OSError):
            if product.send("GET", path).status == http.HTTPStatus.OK:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the product was not ready within {START_SECONDS:.0f} s; its log is in {PRODUCTS}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _filled(value: Any, known: dict[str, str]) -> Any:
    """Fill in what stands in braces, as bothends does; `{setup.project}` alone stays the text that setup gave."""
    if isinstance(value, dict):
        return {key: _filled(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    if not isinstance(value, str):
        return value
    return re.sub(r"\{([\w.]+)\}", lambda found: known.get(found[1], found[0]), value)
