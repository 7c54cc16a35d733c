"""A control request beside the target: how long somebody with hardly anything to do takes to answer.

Where a kernel does not count what tasks wait for a processor, this is what can be measured of a busy machine: a process
of bothends' own sends back each byte that it is sent. What that takes beyond the usual, it has waited.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time

SECONDS_BETWEEN = 0.1
"""How long nothing is asked after an answer."""

_ECHO = """\
import socket
peer = socket.socket(fileno=0)
while byte := peer.recv(1):
    peer.sendall(byte)
"""


class ControlRequests:
    """Asks a process of its own again and again, and adds up by how much its answers were late."""

    def __init__(self) -> None:
        """Start that process.

        Raises:
            OSError: It can't be started.
        """
        self._here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(  # noqa: S603 -- a constant command
                [sys.executable, "-I", "-S", "-c", _ECHO],
                stdin=there.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._late = 0.0
        self._asked: float | None = None
        self._usual = 0.0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="bothends control requests", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process that is asked."""
        return self._process.pid

    def seconds(self) -> float:
        """Return by how much its answers have been late in all, one that has not come yet among them."""
        late, asked = self._late, self._asked
        return late if asked is None else late + max(0.0, time.monotonic() - asked - self._usual)

    def close(self) -> None:
        """End the process, and wait for its end."""
        self._closed.set()
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._here.close()

    def _ask(self) -> None:
        # Nothing is said of the first answer: until then Python itself starts.
        if self._answer() is None or (took := self._answer()) is None:
            return
        self._usual = took
        while not self._closed.wait(SECONDS_BETWEEN):
            self._asked = time.monotonic()
            took = self._answer()
            if took is None:
                self._asked = None  # nobody is asked any more
                return
            self._usual = min(self._usual, took)
            self._late, self._asked = self._late + max(0.0, took - self._usual), None

    def _answer(self) -> float | None:
        """Send a byte, and return how long it took to come back, seconds; None: the process has ended."""
        began = time.monotonic()
        try:
            self._here.sendall(b"?")
            came = self._here.recv(1)
        except OSError:  # the process was killed, as `close` does
            return None
        return time.monotonic() - began if came else None
