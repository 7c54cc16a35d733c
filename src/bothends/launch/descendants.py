"""What a target has started and left behind: processes that have gone out of its process group, and are still its own.

A process group is left by `setsid`, which daemons do. What stays is what a process is given by its parent: each start
of a target has a text of its own in its environment, and whoever has it is proven to descend from that start (proc(5);
only Linux tells). One that clears its environment is not found.

Those that hold the target's port, or work in its folder, would stand in the way of the next start: they end with it.
Others may be meant to stay, such as a server of builds that each tool shares: they are named.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "BOTHENDS_START"
"""The variable that has the text."""
_PROC = Path("/proc")
_GRACE = 1.0
"""Seconds from SIGTERM to SIGKILL."""
_GONE_WITHIN = 5.0
"""Until all are gone that were killed, seconds: on a busy machine they still have to run once for that."""
_PAUSE = 0.01
_LISTENS = "0A"
"""The state of a socket that listens, in /proc/net/tcp (tcp_states.h)."""
_LONGEST_NAME = 80


def new_start() -> str:
    """Return a text that no other start has."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Descendant:
    """A process that was left behind.

    Attributes:
        pid: Its process id.
        command: Its command line, cut.
    """

    pid: int
    command: str

    def __str__(self) -> str:
        """Return it as a person finds it."""
        return f"process {self.pid} ({self.command})"


def end_those_in_the_way(start: str, port: int, folder: Path) -> list[Descendant]:
    """End the descendants of a start that hold its port or work in its folder; return the others, which go on.

    Args:
        start: The text of the start, all of whose process group is gone.
        port: The target's.
        folder: Where the target was started.
    """
    found = descendants(start)
    if not found:
        return []
    inodes = _listening(port)
    here = os.path.realpath(folder)
    wanted = [each for each in found if _works_in(each.pid, here) or _holds(each.pid, inodes)]
    _end(start, wanted)
    return [each for each in found if each not in wanted]


def descendants(start: str) -> list[Descendant]:
    """Return the processes that have the text of a start."""
    wanted = f"{VARIABLE}={start}".encode()
    return [Descendant(pid, _command(pid)) for pid in _pids() if wanted in _read(pid, "environ").split(b"\0")]


def _end(start: str, those: list[Descendant]) -> None:
    """Ask some processes to end, and kill those that do not."""
    for number, seconds in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GONE_WITHIN)):
        left = [each for each in descendants(start) if each in those]
        for each in left:
            try:
                os.kill(each.pid, number)
            except (ProcessLookupError, PermissionError):
                continue  # it has ended, or is another user's by now
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            left = [each for each in left if each in descendants(start)]
        if not left:
            return


def _pids() -> Iterator[int]:
    for folder in _PROC.glob("[0-9]*"):
        yield int(folder.name)


def _read(pid: int, name: str) -> bytes:
    """Return a file about a process; empty where it has ended, or is another user's."""
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _command(pid: int) -> str:
    words = _read(pid, "cmdline").replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return words if len(words) <= _LONGEST_NAME else f"{words[:_LONGEST_NAME]}…"


def _works_in(pid: int, folder: str) -> bool:
    """Whether a process works in a folder, or below it."""
    try:
        here = (_PROC / str(pid) / "cwd").readlink()
    except OSError:
        return False
    return here.is_relative_to(folder)


def _listening(port: int) -> frozenset[str]:
    """Return the inodes of the sockets that listen on a port."""
    found: set[str] = set()
    for name in ("net/tcp", "net/tcp6"):
        try:
            lines = (_PROC / name).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return frozenset(found)


def _holds(pid: int, inodes: frozenset[str]) -> bool:
    """Whether a process has one of some sockets open."""
    if not inodes:
        return False
    try:
        names = [str(each.readlink()) for each in (_PROC / str(pid) / "fd").iterdir()]
    except OSError:
        return False
    return any(name == f"socket:[{inode}]" for name in names for inode in inodes)
