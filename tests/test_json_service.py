"""What small targets read of a request: all that is JSON, whole or in chunks, and nothing else."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.json_service import MISSING, JsonService, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = b"Content-Length: %d\r\n\r\n%s"
IN_CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"


class Echo(JsonService):
    """Answers what it was sent."""

    def do_POST(self) -> None:
        """Answer with the body."""
        if (value := self.json_body()) is not MISSING:
            self.answer(200, value)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Return where it is served."""
    with Server(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def whole(body: bytes) -> bytes:
    """Return what is sent after the first headers, for a body in one piece."""
    return WHOLE % (len(body), body)


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (whole(b"[1.5e3]"), b"200"),
        (IN_CHUNKS + b"2\r\n[1\r\n1;a=b\r\n]\r\n0\r\nx: y\r\n\r\n", b"200"),
        (whole(b"[NaN]"), b"400"),
        (whole(b"-Infinity"), b"400"),
        (whole(b"[1"), b"400"),
        (IN_CHUNKS, b"400"),
        (IN_CHUNKS + b"2\r\n[1", b"400"),
        (IN_CHUNKS + b"3\r\n[1]\r\n", b"400"),
        (IN_CHUNKS + b"3\r\n[1]\r\n0\r\n", b"400"),
        (IN_CHUNKS + b"?\r\n[1]\r\n0\r\n\r\n", b"400"),
    ],
)
def test_a_body_is_read_as_json_or_refused(port: int, rest: bytes, status: bytes) -> None:
    """One whose chunks end early gets an answer, too."""
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + rest)
        client.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert [status] == [line.split()[1] for line in answer.split(b"\r\n") if line.startswith(b"HTTP/")]
