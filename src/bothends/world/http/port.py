"""A port of this machine that stays ours: open, closed so that connections are refused, or silent."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import time
from typing import TYPE_CHECKING

from bothends.errors import BothendsError, ContractError, HarnessError, MachineError, by_the_machine

if TYPE_CHECKING:
    from collections.abc import Callable

_BACKLOG = 1024
# A loopback answers within a millisecond. The probe blocks the world for so long, so it must be short.
_SILENCE = 0.02
_MOST_QUEUED = 256  # more than any system queues for a backlog of 0
_LIVES_ON = 0.25  # for which a socket that was closed may listen still: see `_bind_again`
# Linux lets two sockets share an address with SO_REUSEADDR while neither listens; elsewhere it takes SO_REUSEPORT.
_SHARED = socket.SO_REUSEADDR if sys.platform == "linux" else socket.SO_REUSEPORT


class Port:
    """Holds a port, whether anybody can connect to it or not.

    A bound socket that never listens holds it until it is released. The socket that listens is made when
    connections are to be accepted, and closed when they are to be refused: then the kernel answers each SYN
    with RST, which is ECONNREFUSED. It can also leave each SYN without an answer: while the queue of a socket
    that nobody accepts from is full, the kernel drops them.

    Args:
        name: What it is for, for messages: `ingest`.
        host: Address to listen on.
        number: Its number; None: a free one.

    Attributes:
        number: Its number; 0 while a free one was not chosen yet.
        fixed: Whether it was named, and not chosen when it was taken.
    """

    def __init__(self, name: str, host: str, number: int | None) -> None:
        self.number = number or 0
        self.fixed = bool(number)
        self._name = name
        self._host = host
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._reserved: socket.socket | None = None
        self._listening: socket.socket | None = None
        self._full: list[socket.socket] = []

    @property
    def authority(self) -> str:
        """Address and number, as they stand in a URL."""
        host = f"[{self._host}]" if self._family == socket.AF_INET6 else self._host
        return f"{host}:{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether connections can be made."""
        return self._listening is not None

    def take(self, waiting: Callable[[], None]) -> None:
        """Hold it from now on, and open it; `waiting` is called in the event loop while connections wait.

        Raises:
            ContractError: The address is not this machine's, or there is none of that name.
            HarnessError: It is in use.
        """
        try:
            self._reserved = self._bind(self.number)
            self.number = self._reserved.getsockname()[1]
            self.open(waiting)
        except OSError as error:
            self.release()
            raise self._unusable(error) from error

    def release(self) -> None:
        """Give it back."""
        self.close()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def open(self, waiting: Callable[[], None]) -> None:
        """Let connections be made from now on, if it is held.

        Args:
            waiting: Is called in the event loop as long as connections wait to be accepted.
        """
        self._close_full()
        if self._listening is None and self._reserved is not None:
            listening = self._bind_again()
            try:
                listening.listen(_BACKLOG)
            except OSError:
                listening.close()
                raise
            self._listening = listening
            asyncio.get_running_loop().add_reader(listening.fileno(), waiting)

    def accept(self) -> socket.socket | None:
        """Return the connection that has waited longest; None: there is none.

        Raises:
            OSError: No file descriptors are left.
        """
        if self._listening is None:
            return None
        try:
            return self._listening.accept()[0]
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return None

    def close(self) -> None:
        """Let connections be refused from now on."""
        self._close_full()
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening.fileno())
            self._listening.close()
            self._listening = None

    def silence(self) -> None:
        """Let no connection be established from now on, and none be refused, if it is held."""
        self.close()
        if self._reserved is None:
            return
        listening = self._bind_again()
        self._full.append(listening)
        listening.listen(0)
        while len(self._full) <= _MOST_QUEUED and not self._is_silent():
            filler = socket.socket(self._family, socket.SOCK_STREAM)
            self._full.append(filler)
            filler.settimeout(_SILENCE)
            filler.connect_ex((self._host, self.number))

    def refuses(self) -> bool:
        """Connect once, and return whether that is refused: the proof that the state stands on the wire."""
        with socket.socket(self._family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((self._host, self.number)) == errno.ECONNREFUSED

    def ignores(self) -> bool:
        """Connect once, and return whether nothing at all comes of it."""
        return bool(self._full) and self._is_silent()

    def _is_silent(self) -> bool:
        with socket.socket(self._family, socket.SOCK_STREAM) as probe:
            probe.settimeout(_SILENCE)
            # EAGAIN: the time is up, and neither SYN and ACK nor RST has come
            return probe.connect_ex((self._host, self.number)) == errno.EAGAIN

    def _bind(self, number: int) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SHARED, 1)
            sock.settimeout(0.0)
            sock.bind((self._host, number))
        except OSError:
            sock.close()
            raise
        return sock

    def _bind_again(self) -> socket.socket:
        """Bind to the port that is held already.

        A process that another thread starts has copies of all sockets until its program begins (between `fork` and
        `exec`), so what was closed here may listen there for a moment.
        """
        until = time.monotonic() + _LIVES_ON
        while True:
            try:
                return self._bind(self.number)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                    raise
            time.sleep(0.002)

    def _close_full(self) -> None:
        for held in self._full:
            held.close()
        self._full.clear()

    def _unusable(self, error: OSError) -> BothendsError:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            return ContractError(
                f"Cannot listen on {self._host} for {self._name}: {error.strerror or error}",
                expected="an address of this machine, such as 127.0.0.1",
            )
        if error.errno == errno.EADDRINUSE:
            return MachineError(
                f"Port {self.number} on {self._host}, where {self._name} listens, is in use",
                advice="Stop the program that uses it, or set another port (or none) in the settings file",
            )
        cause = by_the_machine(error)
        problem = f"Cannot listen on {self._host}:{self.number} for {self._name}: {error.strerror or error}"
        return HarnessError(problem) if cause is None else MachineError(problem, advice=cause.advice)
