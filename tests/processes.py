"""What is read of the processes that run: each of them may end, and each of its files be closed, while it is read."""

from __future__ import annotations

import contextlib
from pathlib import Path

_PROCESSES = Path("/proc")
_GONE = (FileNotFoundError, ProcessLookupError)
"""What the kernel says of a process that has ended since it was named, before its file is opened and after."""


def alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and was not waited for does not."""
    with contextlib.suppress(*_GONE):
        return (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def children() -> set[int]:
    """Return the processes that this one has started, and that were not waited for."""
    found: set[int] = set()
    for task in (_PROCESSES / "self" / "task").iterdir():
        with contextlib.suppress(*_GONE):
            found.update(int(pid) for pid in (task / "children").read_text().split())
    return found


def at_work(folder: Path) -> list[int]:
    """Return the processes that work in a folder, without those of others."""
    found = []
    for process in _PROCESSES.glob("[0-9]*"):
        with contextlib.suppress(*_GONE, PermissionError):
            if (process / "cwd").readlink() == folder.resolve():
                found.append(int(process.name))
    return found


def command_of(pid: int) -> str:
    """Return the command of a process; of one that has ended, nothing."""
    with contextlib.suppress(*_GONE):
        return (_PROCESSES / str(pid) / "cmdline").read_text().replace("\0", " ")
    return ""


def open_files(pid: int) -> list[str]:
    """Return the files that a process has open, as the kernel names them."""
    found = []
    with contextlib.suppress(*_GONE):
        for file in (_PROCESSES / str(pid) / "fd").iterdir():
            with contextlib.suppress(*_GONE):
                found.append(str(file.readlink()))
    return found
