"""What a target holds while it does nothing: threads, open files and memory, by which one sees whether it is clean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC = Path("/proc")
_KIB = 1 << 10

_MORE_THREADS = 8
"""Threads that a first request may start: an event loop has a few for what blocks."""
_MORE_FILES = 2
"""Files that a first request may leave open, beside one connection for each service: the client's connection, a log."""
_MORE_BYTES = 16 << 20
_MORE_SHARE = 0.25
"""Memory that a first request may take, absolutely or as a part: modules that are loaded when they are needed."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process, and all that it has started, hold at one moment.

    Attributes:
        processes: How many they are.
        threads: Threads in all.
        files: Open files in all, connections among them.
        resident: Resident memory in all, bytes; pages that they share are counted for each.
    """

    processes: int
    threads: int
    files: int
    resident: int

    def holds_no_more_than(self, before: Footprint, services: int) -> bool:
        """Return whether this is what is left of one that was ready, after a good request.

        Args:
            before: What was held when it was ready.
            services: How many services it talks to, each over a connection that may stay open.
        """
        return (
            self.processes <= before.processes
            and self.threads <= before.threads + _MORE_THREADS
            and self.files <= before.files + _MORE_FILES + services
            and self.resident <= before.resident + max(_MORE_BYTES, int(before.resident * _MORE_SHARE))
        )


def footprint(pid: int) -> Footprint | None:
    """Return what a process and all that it has started hold; None where that can't be known (only Linux tells).

    Args:
        pid: The process.
    """
    processes = threads = files = resident = 0
    try:
        for each in _descendants(pid):
            fields = dict(line.partition(":")[::2] for line in (each / "status").read_text().splitlines())
            processes += 1
            threads += int(fields["Threads"])
            files += sum(1 for _ in (each / "fd").iterdir())
            resident += int(fields["VmRSS"].split()[0]) * _KIB  # a process that has ended has none, as has a zombie
    except (OSError, KeyError):
        return None
    return Footprint(processes, threads, files, resident)


def _descendants(pid: int) -> Iterator[Path]:
    """Yield the folders in `/proc` of a process and of all that it has started (proc_pid_task(5)).

    Raises:
        OSError: There is no such folder, or one of them has ended meanwhile.
    """
    pending = [pid]
    while pending:
        folder = _PROC / str(pending.pop())
        yield folder
        for task in (folder / "task").iterdir():
            pending += [int(child) for child in (task / "children").read_text().split()]
