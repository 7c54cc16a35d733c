"""A command in a pseudo-terminal, and the screen that an emulator of one makes of what it writes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pyte

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS, LINES = 160, 1400
_SECONDS = 300.0
_CONTROLLED = """
import fcntl, sys, termios
from bothends.__main__ import run
from bothends.engine.run import examine
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
examine.EXAMINING_SECONDS = 0.0
sys.exit(run())
"""
"""Finds no time to repeat findings: of two runs, the one would have more of it than the other."""


def written(folder: Path, *words: str, until: str = "") -> str:
    """Return what a command writes into a terminal.

    Args:
        folder: Where it runs.
        words: Its words.
        until: When this stands there, Ctrl-C is pressed; empty: it ends by itself.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "NO_COLOR", "TTY_"))}
    size = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
    process = subprocess.Popen(
        [sys.executable, "-c", _CONTROLLED, *words],
        cwd=folder,
        env={**kept, **size},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    data, deadline = b"", time.monotonic() + _SECONDS
    try:
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 1.0)[0]:
                continue
            try:
                data += os.read(master, 65_536)
            except OSError:  # how Linux tells that the other side is closed
                break
            if until and until in data.decode(errors="replace"):
                os.killpg(process.pid, signal.SIGINT)
                until = ""
        process.wait(_SECONDS)
    finally:
        os.close(master)
    return data.decode()


def screen(text: str) -> pyte.Screen:
    """Return the screen of a terminal that was given a text."""
    shown = pyte.Screen(COLUMNS, LINES)
    pyte.Stream(shown).feed(text)
    return shown
