"""What a target has started and left behind: processes that have gone out of its process group, and are still its own.

A process group is left by `setsid`, which daemons do. What stays is what a process is given by its parent: each start
of a target has a text of its own in its environment, and whoever has it is proven to descend from that start. One that
clears its environment is not found.

Those that hold the target's port, or work in its folder, would stand in the way of the next start: they end with it.
Others may be meant to stay, such as a server of builds that each tool shares: they are named.

psutil takes 10 to 20 ms to load, so it is loaded when the first target has been stopped.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process

VARIABLE = "BOTHENDS_START"
"""The variable that has the text."""
_GRACE = 1.0
"""Seconds from SIGTERM to SIGKILL."""
_GONE_WITHIN = 5.0
"""Until all are gone that were killed, seconds: on a busy machine they still have to run once for that."""
_PAUSE = 0.01
_LONGEST_NAME = 80


def new_start() -> str:
    """Return a text that no other start has."""
    return secrets.token_hex(16)


def end_those_in_the_way(start: str, port: int, folder: Path) -> list[str]:
    """End descendants of a start that hold its port or work in its folder; return the names of others, which go on.

    The start is known by its text; all of its process group is gone.
    """
    here = os.path.realpath(folder)
    found = descendants(start)
    wanted = [each for each in found if _works_in(each, here) or _holds(each, port)]
    _end(wanted)
    return [_name(each) for each in found if each not in wanted]


def descendants(start: str) -> list[Process]:
    """Return the processes that have the text of a start."""
    import psutil  # noqa: PLC0415 -- see above

    # What may not be read is another user's, and None here.
    every = psutil.process_iter(["environ"])
    return [each for each in every if (each.info["environ"] or {}).get(VARIABLE) == start]


def _end(those: list[Process]) -> None:
    """Ask some processes to end, and kill those that do not."""
    left = _those_left(those)
    for ask, seconds in (("terminate", _GRACE), ("kill", _GONE_WITHIN)):
        for each in left:
            with _unless_it_has_ended():
                getattr(each, ask)()
        deadline = time.monotonic() + seconds
        while (left := _those_left(left)) and time.monotonic() < deadline:
            time.sleep(_PAUSE)


def _those_left(those: list[Process]) -> list[Process]:
    """Return those that have not ended. A zombie has: its parent need not ever wait for it."""
    left = []
    for each in those:
        with _unless_it_has_ended():
            left += [each] if each.is_running() and each.status() != "zombie" else []
    return left


def _works_in(process: Process, folder: str) -> bool:
    """Whether a process works in a folder, or below it."""
    with _unless_it_has_ended():
        return Path(process.cwd()).is_relative_to(folder)
    return False


def _holds(process: Process, port: int) -> bool:
    """Whether a process listens on a port."""
    with _unless_it_has_ended():
        sockets = process.net_connections("tcp")
        return any(each.status == "LISTEN" and each.laddr.port == port for each in sockets)
    return False


def _name(process: Process) -> str:
    words = ""
    with _unless_it_has_ended():
        words = shlex.join(process.cmdline())
    cut = words if len(words) <= _LONGEST_NAME else f"{words[:_LONGEST_NAME]}…"
    return f"process {process.pid} ({cut})"


def _unless_it_has_ended() -> contextlib.suppress:
    """Return what passes over a process that has ended meanwhile, or may not be read or ended."""
    import psutil  # noqa: PLC0415 -- see above

    return contextlib.suppress(psutil.Error)
