"""A process of bothends' beside one of Locust's: lines go to it and come from it, in order, while greenlets go on."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import gevent
from gevent.queue import Queue

from bothends.soak import parted

if TYPE_CHECKING:
    from collections.abc import Callable

_END_SECONDS = 30.0


class Process:
    """One process. It ends when its standard input does."""

    def __init__(self, role: str, take: Callable[[str, str], None], gone: Callable[[int], None]) -> None:
        """Start it.

        Args:
            role: `hub` or `companion`.
            take: Called with the address and the message of each line that comes.
            gone: Called with the exit code when it has ended.
        """
        command = [sys.executable, "-m", "bothends.soak", role]
        # gevent's, as Locust has put it in the place of Python's own: waiting lets other greenlets go on.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 -- ours
        self._take = take
        self._gone = gone
        self._lines: Queue[bytes | None] = Queue()
        self._writing = gevent.spawn(self._write)
        self._reading = gevent.spawn(self._read)

    def put(self, address: str, message: str) -> None:
        """Have a line written, after those before it."""
        self._lines.put(f"{address}\t{message}\n".encode())

    def end(self) -> None:
        """Let it end by itself, when it has read what was written; or end it, where it does not."""
        self._lines.put(None)
        self._reading.join(_END_SECONDS)
        if self._process.poll() is None:
            self._process.kill()

    def _write(self) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        try:
            while (line := self._lines.get()) is not None:
                pipe.write(line)
                if self._lines.empty():
                    pipe.flush()
            pipe.close()
        except OSError:
            return  # it has gone, and `_read` tells so

    def _read(self) -> None:
        pipe = self._process.stdout
        for line in pipe or ():
            self._take(*parted(line.decode().removesuffix("\n")))
        self._gone(self._process.wait())
