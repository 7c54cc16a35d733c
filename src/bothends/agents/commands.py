"""Runs a command of bothends for an agent: as a process of its own, as a person would in a terminal.

So there is one way to verify, and an agent's call does what a person's does: settings and plugins are read anew, lanes
are forked, a crash ends one call. A call that is cancelled gets the signal that Ctrl-C sends.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

ORDERLY_SECONDS = 60.0
"""How long a run that is interrupted may take for its orderly end; then it is interrupted again, which cancels it."""
CANCELLED_SECONDS = 10.0
"""How long it may take then, until it is killed."""
_ENDINGS = ((signal.SIGINT, ORDERLY_SECONDS), (signal.SIGINT, CANCELLED_SECONDS), (signal.SIGKILL, CANCELLED_SECONDS))
_LONGEST_LINE = 1 << 28
"""Bytes of a line: the report of a run is one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command has ended.

    Attributes:
        code: Its exit code.
        out: Standard output, but for the lines that were heard.
        err: Standard error.
    """

    code: int
    out: str
    err: str


async def run(
    words: Sequence[str],
    folder: Path,
    heard: Callable[[str], None] | None = None,
    came: Callable[[], Awaitable[None]] | None = None,
    interrupted: Callable[[], None] | None = None,
) -> Ended:
    """Run a command to its end. If the call is cancelled, the command is interrupted, and ends in order before that.

    Args:
        words: What comes after `bothends`.
        folder: Where it runs.
        heard: Takes each line of standard output as it comes, up to the end, after a cancellation too.
        came: Is awaited after each line; a cancellation ends that.
        interrupted: Is called when the command is interrupted, before it has ended.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bothends", *words),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    assert process.stdout is not None  # noqa: S101 -- it is a pipe
    assert process.stderr is not None  # noqa: S101 -- likewise
    errors = asyncio.ensure_future(process.stderr.read())
    reading = _Reading(process.stdout, heard)
    try:
        await reading.to_the_end(came)
        code, err = await process.wait(), await errors
    except asyncio.CancelledError:
        if interrupted is not None:
            interrupted()
        with anyio.CancelScope(shield=True):
            await _interrupted(process, reading)
            await errors
        raise
    return Ended(code, "".join(reading.unheard), err.decode(errors="replace"))


class _Reading:
    """Standard output, line by line; where it was left, it can be gone on with."""

    def __init__(self, stream: asyncio.StreamReader, heard: Callable[[str], None] | None) -> None:
        self._stream = stream
        self._heard = heard
        self.unheard: list[str] = []

    async def to_the_end(self, came: Callable[[], Awaitable[None]] | None = None) -> None:
        while line := (await self._stream.readline()).decode(errors="replace"):
            (self._heard or self.unheard.append)(line)
            if came is not None:
                await came()


async def _interrupted(process: asyncio.subprocess.Process, reading: _Reading) -> None:
    """Interrupt a command as Ctrl-C does, and a second time if it does not end; then it is killed."""
    for number, seconds in _ENDINGS:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with anyio.move_on_after(seconds):
            await reading.to_the_end()
            await process.wait()
            return
