"""How long processes have waited for a processor, as the kernel counts it.

On Linux each task has a `schedstat` of three numbers (Documentation/scheduler/sched-stats.rst): nanoseconds on a
processor, nanoseconds that it could run and had to wait, and how often it ran. The second is what a busy machine takes
from a target. A wait that still goes on is not in it until it is over.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC = Path("/proc")
_LOOK_SECONDS = 0.5
"""How often new tasks are looked for: between two looks only those that are known are read."""

_NANO = 1e-9


class ProcessorWait:
    """Adds up what the tasks of a process, and of all that it has started, have waited for a processor."""

    def __init__(self, pid: int) -> None:
        """Count from now on.

        Args:
            pid: The process.
        """
        self._pid = pid
        self._seen: dict[Path, int] = {}
        self._total = 0
        self._next_look = 0.0
        self._known = False
        self._look(count=False)

    def seconds(self) -> float | None:
        """Return how long they have waited in all since this began to count; None where that can't be known."""
        if not self._known:
            return None
        if time.monotonic() >= self._next_look:
            self._look(count=True)
        for file, before in list(self._seen.items()):
            now = _waited(file)
            if now is None:
                del self._seen[file]  # it has ended: what it waited until it was read last stays counted
                continue
            self._total += now - before
            self._seen[file] = now
        return self._total * _NANO

    def _look(self, *, count: bool) -> None:
        """Look for tasks that are new: what they have waited since they began counts, but at the first look."""
        self._next_look = time.monotonic() + _LOOK_SECONDS
        for file in self._tasks():
            if file in self._seen:
                continue
            now = _waited(file)
            if now is not None:
                self._known = True
                self._seen[file] = now
                self._total += now if count else 0

    def _tasks(self) -> Iterator[Path]:
        pending = [self._pid]
        while pending:
            folder = _PROC / str(pending.pop()) / "task"
            try:
                tasks = list(folder.iterdir())
            except OSError:  # it has ended, or there is no such folder here
                continue
            for task in tasks:
                yield task / "schedstat"
                pending += _children(task)


def task_wait(pid: int, task: int) -> float | None:
    """Return how long one thread of a process has waited for a processor, seconds; None where that can't be known."""
    waited = _waited(_PROC / str(pid) / "task" / str(task) / "schedstat")
    return None if waited is None else waited * _NANO


def _children(task: Path) -> list[int]:
    try:
        return [int(pid) for pid in (task / "children").read_text().split()]
    except OSError:  # it has ended, or this kernel does not tell
        return []


def _waited(file: Path) -> int | None:
    """Return the nanoseconds that a task has waited; None where there is no task any more, or no such file."""
    try:
        with file.open("rb", buffering=0) as stream:
            return int(stream.read().split()[1])
    except (OSError, IndexError, ValueError):
        return None
