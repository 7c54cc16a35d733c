"""Pact's library, held at arm's length: it runs in a process of its own, begun when it is first needed."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bothends.errors import HarnessError
from bothends.launch import describe_exit

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping

_PROGRAM = Path(__file__).with_name("library_process.py")
# By its name, as an import would have it, but without the packages above it, which take longer than the library.
_START = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("bothends.pacts.library_process", sys.argv[1])
program = module_from_spec(spec)
spec.loader.exec_module(program)
program.main()
"""
_LINE_LIMIT = 256 << 20
_TAIL = 2000
_FAREWELL = 2.0


def _never() -> bool:
    return False


class Library:
    """The process in which the library runs, and the line of commands to it: one at a time.

    Telemetry is off in that process, whatever the user's environment says.

    Args:
        folder: A folder of its own, for the files that the library reads and for what it says when it fails.
        timeout: Seconds that a command may take while it waits for no other. It fails after twice that
            at the most.
    """

    def __init__(self, folder: Path, *, timeout: float = 10.0) -> None:
        self._folder = folder
        self._timeout = timeout
        self._process: Process | None = None

    @property
    def running(self) -> bool:
        """Whether the library has been loaded."""
        return self._process is not None

    async def ask(self, command: Mapping[str, Any], waits: Callable[[], bool] = _never) -> dict[str, Any]:
        """Give a command, and return its outcome.

        Args:
            command: See `bothends.pacts.library_process`.
            waits: Says whether the command waits for someone else at this moment, so that the library's
                slowness is not told by the target's.

        Raises:
            HarnessError: The library could not be started, died, or did not come to an end.
        """
        process = self._process or await self._start()
        assert process.stdin is not None  # noqa: S101 -- asked for when it was started
        line = (json.dumps(command) + "\n").encode("ascii")
        try:
            process.stdin.write(line)
            outcome = await self._outcome(process, waits)
        except BaseException:
            # A command was cut off: what the process does next would be taken for the outcome of another.
            await self.close(at_once=True)
            raise
        if not outcome.endswith(b"\n"):
            await self.close()
            raise HarnessError(
                f"Pact's library failed: {self._last_words(process)}",
                advice="Check that pact-python is installed completely: python -c 'import pact_ffi'",
            )
        return dict(json.loads(outcome))

    async def close(self, *, at_once: bool = False) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 0 if at_once else _FAREWELL)
        except TimeoutError:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _start(self) -> Process:
        with self._words.open("wb") as words:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # nothing is imported from where the user happens to be
                "-c",
                _START,
                str(_PROGRAM),
                str(self._folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=words,
                env={**os.environ, "PACT_DO_NOT_TRACK": "true"},
                limit=_LINE_LIMIT,
                start_new_session=True,  # Ctrl-C is for the run, which then closes this
            )
        return self._process

    async def _outcome(self, process: Process, waits: Callable[[], bool]) -> bytes:
        assert process.stdout is not None  # noqa: S101 -- asked for when it was started
        reading = asyncio.ensure_future(process.stdout.readline())
        idle = 0
        try:
            while not reading.done():
                done, _ = await asyncio.wait({reading}, timeout=self._timeout)
                idle = 0 if done or waits() else idle + 1
                if idle > 1:
                    raise HarnessError(f"Pact's library did not finish within {self._timeout * 2:g} s")
            return reading.result()
        finally:
            reading.cancel()

    @property
    def _words(self) -> Path:
        return self._folder / "stderr.txt"

    def _last_words(self, process: Process) -> str:
        said = self._words.read_text("utf-8", "replace").strip()
        return said[-_TAIL:] or f"it printed nothing, and {describe_exit(process.returncode or 0)}"
