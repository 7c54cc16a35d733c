"""A shell in a terminal, and somebody who types there."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import subprocess
import time
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_COLUMNS, _LINES = 200, 60
_SECONDS = 60.0


class Terminal:
    """What a shell writes, as a screen shows it."""

    def __init__(self, master: int) -> None:
        """Take the side of the person."""
        self._master = master
        self._screen = pyte.Screen(_COLUMNS, _LINES)
        self._stream = pyte.ByteStream(self._screen)

    def text(self) -> str:
        """Return what the screen shows."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def type(self, text: str, until: str) -> str:
        """Type a text, and wait until a pattern is found on the screen; return what it shows.

        Raises:
            AssertionError: It never is.
        """
        os.write(self._master, text.encode())
        deadline = time.monotonic() + _SECONDS
        while not re.search(until, self.text()):
            assert time.monotonic() < deadline, self.text()
            if select.select([self._master], [], [], 1.0)[0]:
                self._stream.feed(os.read(self._master, 65_536))
        return self.text()


@contextlib.contextmanager
def shell(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a shell; it ends with the body.

    Args:
        command: Its command.
        folder: Where it starts.
        variables: Its whole environment, but for the size and the kind of the terminal.
    """
    master, slave = pty.openpty()
    size = {"TERM": "xterm", "COLUMNS": str(_COLUMNS), "LINES": str(_LINES)}
    process = subprocess.Popen(
        command, cwd=folder, env={**variables, **size}, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    try:
        yield Terminal(master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
