"""The reference endpoint as a process, sessions for it, and clients that speak to it on real sockets."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.jwk import OctKey

from tests.waiting import LONGEST

ROOT = Path(__file__).parents[2]
SECRET = "a secret for these tests"
EVENT_KEY = "key-for-these-tests"
COOKIE = "next-auth.session-token"
SETTINGS = {"appName": "tests", "environment": "staging", "locale": "en", "features": {"beta": True}}
ACKNOWLEDGED = {"ids": ["01J"], "status": 200}
USER = {"name": "Ada", "email": "ada@example.com", "image": "https://example.com/ada.png"}
CLAIMS = {"name": "Ada", "email": "ada@example.com", "picture": "https://example.com/ada.png", "sub": "1"}


def encrypt(payload: bytes, header: dict[str, Any] | None = None, secret: str = SECRET) -> str:
    """Return a token as next-auth v4 makes it, around any payload."""
    header = header or {"alg": "dir", "enc": "A256GCM"}
    derived = HKDF(algorithm=SHA256(), length=32, salt=b"", info=b"NextAuth.js Generated Encryption Key")
    key = OctKey.import_key(derived.derive(secret.encode()))
    registry = jwe.JWERegistry(algorithms=[str(value) for value in header.values()], strict_check_header=False)
    return jwe.encrypt_compact(header, payload, key, registry=registry)


def token(secret: str = SECRET, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return a token with the usual claims, valid for an hour, changed by `claims`."""
    payload = {**CLAIMS, "iat": int(time.time()), "exp": int(time.time()) + 3600, **claims}
    return encrypt(json.dumps(payload).encode(), header, secret)


@dataclass
class Answer:
    """An answer: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Endpoint:
    """A running endpoint, that of the reference unless it is said otherwise; `with` starts and stops it.

    Attributes:
        environment: More of its environment.
        program: What Python runs.
        listens: A pattern: the port in the first line that it prints.
    """

    environment: dict[str, str]
    program: tuple[str, ...] = ("-m", "reference")
    listens: str = r":(\d+)$"
    port: int = 0
    log: Any = field(default_factory=tempfile.TemporaryFile)
    exit_code: int | None = None

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, *self.program],
            cwd=ROOT,
            env={**os.environ, "PORT": "0", "UPSTREAM_TIMEOUT_MS": "5000", **self.environment},
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        match = re.search(self.listens, line)
        assert match, self.said()
        self.port = int(match[1])
        return self

    def __exit__(self, *_: object) -> None:
        if self.exit_code is None:
            self.stop()
        self.log.close()

    def said(self) -> str:
        """Return what it wrote to its log."""
        self.log.seek(0)
        return str(self.log.read().decode())

    def signal(self) -> None:
        """Ask it to end."""
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        self.signal()
        self.exit_code = self.process.wait(LONGEST)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.exit_code

    def connect(self) -> socket.socket:
        """Return a new connection to it."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def ask(
        self,
        body: bytes | None = b'{"data":"data"}',
        *headers: str,
        cookie: str | None = None,
        path: str = "/api/route",
        method: str = "POST",
    ) -> Answer:
        """Send the usual request, signed in as Ada, changed by the arguments, on a new connection."""
        with self.connect() as connection:
            connection.sendall(request(body, *headers, cookie=cookie, path=path, method=method))
            return read_answer(connection)


def request(
    body: bytes | None = b'{"data":"data"}',
    *headers: str,
    cookie: str | None = None,
    path: str = "/api/route",
    method: str = "POST",
) -> bytes:
    """Return a request's bytes; a `Content-Type` or `Content-Length` among the headers is not added twice.

    Args:
        body: Its body; None: none, and no header of one.
        headers: Further header lines.
        cookie: The session's token; None: a valid one; empty: no cookie.
        path: Its target.
        method: Its method.
    """
    session = token() if cookie is None else cookie
    lines = ["Host: test", *headers]
    names = {line.partition(":")[0].lower() for line in lines}
    if session:
        lines.append(f"Cookie: {COOKIE}={session}")
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    if body is not None and "content-type" not in names:
        lines.append("Content-Type: application/json")
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *(line for line in lines if not line.endswith(": ")), "", ""])
    return head.encode() + (body or b"")


def read_answer(connection: socket.socket) -> Answer:
    """Read one answer, 1xx ones left out."""
    return read_answers(connection, 1)[0]


def read_answers(connection: socket.socket, number: int) -> list[Answer]:
    """Read answers that come one after the other."""
    with connection.makefile("rb") as stream:
        return [_next_answer(_Kept(stream)) for _ in range(number)]


class _Kept:
    """What `http.client` wants of a socket, with a stream that several answers can be read from."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def makefile(self, *_: object) -> Any:
        return _Open(self._stream)


class _Open:
    """A stream that closing does not close."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def close(self) -> None:
        """Keep it open."""

    def flush(self) -> None:
        """There is nothing to write: an answer that was cut is closed when the stream is closed already."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _next_answer(kept: Any) -> Answer:
    response = HTTPResponse(kept)
    response.begin()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())
