"""A process of its own that makes the generated cases of a run, and keeps them.

To make them takes seconds of computing, in which a run's own process could neither answer for the world nor read what
the target says. This process writes them to a file that each lane of the run reads while it grows (see `cache`).

The file is locked before the process begins, and handed to it as its standard output: whoever comes later reads along.
The lock is gone when the process is.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.cache import GROWING, SUFFIX, forget_old, is_locked, is_whole, writing
from bothends.cases.fuzzing.source import is_cached, made_here, name_of_cases

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bothends.contract import Contract

WORTH_IT = 200
"""Fuzzed cases from which on a process of their own is worth its start, if nothing else is played meanwhile."""


@contextlib.asynccontextmanager
async def made_beside(
    contract: Contract,
    *,
    seed: int,
    count: int,
    folder: Path,
    first: Callable[[], Awaitable[None]] | None = None,
) -> AsyncIterator[asyncio.Task[None]]:
    """Make the generated cases in a process of their own, unless they are kept already, or in the making.

    At most `count` are fuzzed, of all operations. What is yielded is to be awaited before they are read: then the
    process has begun, after what comes `first`. Where it could not, nobody says so: who reads the cases makes them, and
    tells what is wrong.
    """
    maker = _Maker(contract, seed, count, folder)
    begun = asyncio.create_task(_begun(maker, first))
    try:
        yield begun
    finally:
        begun.cancel()
        await asyncio.gather(begun, return_exceptions=True)
        maker.end()


async def _begun(maker: _Maker, first: Callable[[], Awaitable[None]] | None) -> None:
    if first is not None:
        await first()
    with contextlib.suppress(OSError):  # who reads the cases tells of it
        maker.begin()


class _Maker:
    """The process, if one is needed."""

    def __init__(self, contract: Contract, seed: int, count: int, folder: Path) -> None:
        """Take what the cases follow from; nothing is begun yet."""
        self._contract = contract
        self._of = {"seed": seed, "count": count}
        self._folder = folder
        self._name = name_of_cases(contract, seed, count)
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Begin to make them.

        Raises:
            OSError: The folder can't be written, or the process can't be started.
        """
        file = self._contract.settings.file
        if not file.is_file() or is_cached(self._contract, **self._of, folder=self._folder):
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        growing = self._folder / f"{self._name}{GROWING}"
        with growing.open("ab") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:  # another lane has begun
                return
            gone = not growing.exists() or growing.stat().st_ino != os.fstat(stream.fileno()).st_ino
            if gone:
                return  # who has begun it has given it its name meanwhile
            if is_cached(self._contract, **self._of, folder=self._folder):
                growing.unlink()  # likewise, before this one was opened
                return
            stream.truncate(0)
            self._process = subprocess.Popen(  # noqa: S603 -- this interpreter, and a file that was read already
                [
                    *(sys.executable, "-P", "-c", f"from {__name__} import main; main()"),
                    *(str(file), str(self._of["seed"]), str(self._of["count"]), str(self._folder), self._name),
                ],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def end(self) -> None:
        """End the process; keep what it has made, and remove what it has not finished."""
        if self._process is None:
            return
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        growing = self._folder / f"{self._name}{GROWING}"
        with contextlib.suppress(OSError), growing.open("rb") as stream:
            if is_locked(stream):
                return
            if is_whole(growing):  # the process ended between its last line and its last step
                growing.rename(growing.with_suffix(SUFFIX))
            else:
                growing.unlink()


def main() -> None:
    """Write the cases of a settings file, a seed and a number to standard output, and give the file its name."""
    from bothends.contract import load  # noqa: PLC0415 -- the process that plays has its contract already

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who has begun this ends it
    file, seed, count, place, name = sys.argv[1:]
    contract, folder = load(Path(file)), Path(place)
    if name != name_of_cases(contract, int(seed), int(count)):
        return  # the settings have changed since they were read
    out = sys.stdout.buffer
    for _ in writing(out, made_here(contract, int(seed), int(count))):
        pass
    out.flush()
    growing = folder / f"{name}{GROWING}"
    growing.rename(growing.with_suffix(SUFFIX))
    forget_old(folder)
