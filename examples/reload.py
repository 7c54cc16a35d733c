"""Serves what a file describes, and follows edits of it: for a server that reads the file once, when it starts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def follow(file: Path, read: Callable[[Path], object], command: Sequence[str]) -> NoReturn:
    """Run a server, and start it anew for each edit of its file that can be read, until SIGINT or SIGTERM.

    Args:
        file: What it serves.
        read: Reads the file as the server does; raises what is wrong with it.
        command: Starts the server; it ends at SIGTERM.
    """
    stopped: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopped.append(received))
    process = subprocess.Popen(command)  # noqa: S603 -- whoever runs this chose it
    seen = file.stat().st_mtime_ns
    while not stopped and process.poll() is None:
        time.sleep(0.1)
        if not file.exists() or seen == (seen := file.stat().st_mtime_ns):  # an editor may put a new one in its place
            continue
        try:
            read(file)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong: what was there before is served
            sys.stderr.write(f"{file.name} is not followed: {type(error).__name__}: {error}\n")
            continue
        # What is under way completes, and nothing is lost: the server ends as at any SIGTERM.
        process.terminate()
        process.wait()
        process = subprocess.Popen(command)  # noqa: S603 -- as above
    process.terminate()
    raise SystemExit(process.wait())
