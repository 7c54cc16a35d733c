"""How the Node.js example starts, stops and cuts off; `tests/correct_targets` shows that it is a correct target."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import LONGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "node"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")

_SETTINGS = {
    "SETTINGS_URL": "http://127.0.0.1:1/settings",
    "INNGEST_BASE_URL": "http://127.0.0.1:1",
    "INNGEST_EVENT_KEY": "a-key",
    "NEXTAUTH_SECRET": "a-secret",
}


@contextmanager
def running() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the example on a free port; yield its process and the port."""
    environment = {**os.environ, **_SETTINGS, "PORT": "0"}
    command = ["node", str(EXAMPLE / "server.mjs")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, int(process.stdout.readline().rpartition(":")[2])
        finally:
            process.kill()


def sent(port: int, data: bytes) -> bytes:
    """Send bytes; return all that comes back until the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=LONGEST) as connection:
        connection.sendall(data)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("missing", _SETTINGS)
def test_example_does_not_start_without_what_it_needs(missing: str) -> None:
    """A missing variable is named, and nothing is served without it."""
    environment = {**os.environ, **_SETTINGS, "PORT": "0", missing: ""}
    command = ["node", str(EXAMPLE / "server.mjs")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST)
    assert (2, f"route: {missing} is not set\n") == (done.returncode, done.stderr)


def test_client_that_asks_first_is_refused_before_its_body() -> None:
    """A client that waits to be told to go on is told 401 instead, and the connection ends."""
    with running() as (_, port):
        answer = sent(
            port,
            b"POST /api/route HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n",
        )
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"100 Continue" not in answer


def test_endless_body_is_cut_off() -> None:
    """A refused body is taken up to a limit; then the connection ends."""
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with running() as (_, port), socket.create_connection(("127.0.0.1", port), timeout=LONGEST) as connection:
        connection.sendall(b"POST /api/route HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
            connection.sendall(4096 * chunk)


def test_sigterm_ends_it_at_once_when_nothing_is_in_flight() -> None:
    """An idle process ends with 0, though a connection is kept open and the signal comes twice."""
    with running() as (process, port), socket.create_connection(("127.0.0.1", port), timeout=LONGEST) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(LONGEST)


def test_head_that_never_ends_does_not_keep_it() -> None:
    """After SIGTERM a client that has sent half a head is not waited for."""
    with running() as (process, port), socket.create_connection(("127.0.0.1", port), timeout=LONGEST) as connection:
        connection.sendall(b"POST /api/route HT")
        time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(LONGEST)
