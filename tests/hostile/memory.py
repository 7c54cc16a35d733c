"""How much memory the helpers of a run have at a time: what it forks and starts, but for its target."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PROCESSES = Path("/proc")
_BETWEEN_LOOKS = 0.25
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)


@contextlib.contextmanager
def group_memory(folder: Path) -> Iterator[Callable[[], float]]:
    """Look at the processes below a run while the body runs; yield what returns the most that they had at a time, MiB.

    What is shared with the run is counted with each. There is nothing to look at where there is no `/proc`.

    Args:
        folder: Where the run writes its own number, as `run.pid`.
    """
    over, most = threading.Event(), [0.0]

    def look() -> None:
        while not over.wait(_BETWEEN_LOOKS):
            with contextlib.suppress(OSError, ValueError):
                run = int((folder / "run.pid").read_text("ascii"))
                most[0] = max(most[0], sum(map(_resident, _below(run))))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: most[0]
    finally:
        over.set()
        thread.join()


def _below(run: int) -> Iterator[int]:
    """Yield the processes that a run has started, and those that they have; not the target, nor what it has."""
    for child in _children(run):
        if b"tests.hostile.targets." not in _command(child) or b"tests.hostile.measured" in _command(child):
            yield child
            yield from _below(child)


def _children(process: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(_PROCESSES / str(process) / "task"):  # noqa: PTH208 -- names are enough
            text = (_PROCESSES / str(process) / "task" / thread / "children").read_text("ascii")
            found += map(int, text.split())
    return found


def _command(process: int) -> bytes:
    with contextlib.suppress(OSError):
        return (_PROCESSES / str(process) / "cmdline").read_bytes()
    return b""


def _resident(process: int) -> float:
    with contextlib.suppress(OSError):
        found = _RESIDENT.search((_PROCESSES / str(process) / "status").read_text("ascii"))
        return int(found[1]) / 1024 if found else 0.0
    return 0.0
