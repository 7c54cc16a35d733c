"""Ctrl-C and SIGTERM: the first asks for an orderly end, the second cancels."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import TYPE_CHECKING

from bothends.cli.terminal import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.cli.terminal import Output

ENDING = (
    "\nInterrupted: waiting for requests under way and for the target to stop.\n"
    "Press Ctrl-C again to stop immediately.\n"
)
"""After a line feed, because the terminal has written `^C`."""

_ERASED = "\r\x1b[2K"
"""Takes away the line that the cursor is in: progress, and `^C`."""

CLEARING_SECONDS = 3.0
"""How long a run may take to clean up after the second signal; then the process exits."""


@contextlib.contextmanager
def interruptible(first: Callable[[], None], err: Output, told: str = ENDING) -> Iterator[None]:
    """Handle the signals while the body runs; it must be within a running loop.

    The first signal calls `first`. The second cancels the current task, so that the target is ended too.
    The third, or `CLEARING_SECONDS` after the second, ends the process.

    Args:
        first: Asks for an orderly end.
        err: Standard error.
        told: What the person is told at the first signal.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    received = 0

    def on_signal() -> None:
        nonlocal received
        received += 1
        if received == 1:
            erases = err.isatty() and os.environ.get("TERM", "dumb") != "dumb"
            err.write(f"{_ERASED}{told.lstrip()}" if erases else told)
            err.flush()
            first()
        elif received == 2 and task is not None:  # noqa: PLR2004 -- the second time
            task.cancel()
            loop.call_later(CLEARING_SECONDS, os._exit, INTERRUPTED)
        else:
            os._exit(INTERRUPTED)

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
