"""A target that bothends launches: started on a free port, waited for, watched, and stopped."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import signal
import sys
import time
import warnings
from collections import deque
from typing import TYPE_CHECKING, Self

from bothends.clock import Clock
from bothends.errors import ContractError, HarnessError, LeftBehindWarning, MachineError, TargetError
from bothends.hiding import hiding
from bothends.launch.descendants import VARIABLE, end_those_in_the_way, new_start
from bothends.launch.environment import command_of, environment_of
from bothends.launch.footprint import Footprint, footprint
from bothends.launch.ports import reserved_port
from bothends.launch.process import ProcessGroup, ProcessorWait
from bothends.launch.readiness import until_ready
from bothends.launch.target import DEFAULT_GRACE, Stopped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from bothends.contract.settings import TargetSettings
    from bothends.launch.target_lock import TargetLock


# What a launched target writes: kept in a file of bounded size, its end kept at hand.

LOG_LIMIT = 8 << 20
_TAIL = 1 << 16
_LONGEST_LINE = 400
# ECMA-48: control sequences (colours, cursor), then operating system commands (titles, links).
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?")
# Other control characters, and those that turn the direction of writing.
_HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class BoundedLog:
    """Takes all that a target writes; keeps the beginning in a file, and the end.

    The file is cut at its limit; when the log is closed, the end is added to it. A file that can't be
    written (a full disk) stops nothing: the end is kept all the same, and says so.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, *, limit: int = LOG_LIMIT, hide: Sequence[str] = (), append: bool = False) -> None:
        """Open the file, in a folder made if there is none, or raise an `OSError`.

        `limit` bounds its bytes, but for the end that is added. It has the secrets of `hide`; `tail` hides them.
        """
        self.path = path
        self._limit = limit
        self._hide = frozenset(hide)
        self._written = 0
        self._taken = 0
        self._end: deque[bytes] = deque()
        self._end_size = 0
        self._trouble = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO | None = path.open("ab" if append else "wb", buffering=0)

    def hide(self, secrets: Sequence[str]) -> None:
        """Let `tail` replace these too."""
        self._hide = self._hide.union(secrets)

    def write(self, data: bytes) -> None:
        """Take what the target has written."""
        self._taken += len(data)
        self._end.append(data)
        self._end_size += len(data)
        while self._end_size - len(self._end[0]) >= _TAIL:
            self._end_size -= len(self._end.popleft())
        kept = data[: self._limit - self._written]
        self._written += len(kept)
        self._put(kept)

    def close(self) -> None:
        """Add the end to a file that was cut, and close it."""
        left_out = self._taken - self._written
        if left_out:
            end = b"".join(self._end)[-_TAIL:][-left_out:]
            self._put(b"\n[bothends: %d bytes left out here]\n%b" % (left_out - len(end), end))
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def taken(self) -> int:
        """How many bytes the target has written so far."""
        return self._taken

    def tail(self, lines: int = 20, since: int = 0) -> list[str]:
        """Return the last lines, harmless to print: no control characters, no secrets, no endless line.

        Args:
            lines: How many at most.
            since: How many bytes were written before those that are wanted; a line that had begun by then is none.
        """
        end = b"".join(self._end)[-_TAIL:]
        before, end = _parted(end, self._taken - since) if 0 < since <= self._taken else (b"", end)
        if before:
            end = end if before.endswith(b"\n") else end.partition(b"\n")[2]
        elif self._taken > len(end):  # what is left of the first line may be what is left of a secret
            first, _, others = end.partition(b"\n")
            end = others if others.strip() else b"[bothends: a line of over %d bytes]" % len(first)
        text = end.decode("utf-8", "replace")
        text = hiding(self._hide)(_SEQUENCES.sub("", text.replace("\r\n", "\n")))
        shown = [_escaped(line) for line in text.split("\n") if line.strip()]
        if self._trouble:
            shown.append(f"[bothends: the log file could not be written: {self._trouble}]")
        return shown[-lines:] if lines > 0 else []

    def _put(self, data: bytes) -> None:
        if self._file is None or not data:
            return
        try:
            self._file.write(data)
        except OSError as error:
            self._trouble = str(error)
            self._file.close()
            self._file = None


def _parted(text: bytes, size: int) -> tuple[bytes, bytes]:
    """Return a text in two parts, of which the second one has a size at most."""
    cut = max(len(text) - size, 0)
    return text[:cut], text[cut:]


def _escaped(line: str) -> str:
    safe = _HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), line)
    return safe if len(safe) <= _LONGEST_LINE else f"{safe[:_LONGEST_LINE]}…"


START_LIMIT = 30.0
"""Until a target that was launched must be ready, seconds, unless the settings say otherwise."""
_READ = 65_536
_DRAINS = 16
# How often the time for the start is given, where the target waited for a processor for a good part of it.
_MOST_STARTS = 3
_BUSY_SHARE = 0.3


class LaunchedTarget:
    """A command with its environment mapped from the world; an async context manager.

    It may be started again after it was stopped, on a new port; the log goes on.

    Attributes:
        port: The port it is given; 0 before the first start.
        log_file: What it wrote, bounded; see `BoundedLog`.
    """

    def __init__(  # noqa: PLR0913 -- what is launched, for whom, and where its log goes
        self,
        settings: TargetSettings,
        *,
        variables: Mapping[str, str],
        host: str,
        log_file: Path,
        start_limit: float = START_LIMIT,
        hide: Sequence[str] = (),
        lock: TargetLock | None = None,
    ) -> None:
        """Prepare; nothing is launched yet.

        Args:
            settings: The `[target]` table; `cwd` as it is used.
            variables: What the names in `env` and in the arguments stand for, but `port` and `host`.
            host: The address it listens on.
            log_file: Where its stdout and stderr go.
            start_limit: Seconds until it has to be ready.
            hide: Secrets that `log_tail` and errors must not show.
            lock: What is held while it is there; None: there may be others beside it.
        """
        self._lock = lock
        self._settings = settings
        self._variables = variables
        self._host = host
        self.log_file = log_file
        self._start_limit = start_limit
        self._hide = tuple(hide)
        self.port = 0
        self._group: ProcessGroup | None = None
        self._log: BoundedLog | None = None
        self._stopped: Stopped | None = None
        self._start = ""

    @property
    def base_url(self) -> str:
        """The URL that the operations' paths are put behind."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}{self._settings.base_path or ''}"

    @property
    def pid(self) -> int | None:
        """The process that was launched; None while there is none."""
        return None if self._group is None else self._group.pid

    def footprint(self) -> Footprint | None:
        """Return what it holds now; None where it has ended, or that can't be known."""
        return None if self.pid is None or self.died() is not None else footprint(self.pid)

    async def start(self) -> None:
        """Launch it and wait until it is ready.

        Raises:
            ContractError: A template has an unknown name, or there is no command.
            TargetError: The command can't be run, ended before it was ready, or was not ready in time.
            HarnessError: The log file can't be opened, or no port is free.
        """
        if self._group is not None:
            raise HarnessError("The target is already running.")
        with reserved_port(self._host) as self.port:
            self._stopped = None
            self._group = group = self._launch()
            asyncio.get_running_loop().add_reader(group.output, self._take_output)
            try:
                await self._wait_until_ready(group)
            except BaseException:
                self._end(group, time.monotonic())
                raise

    def hide(self, secrets: Sequence[str]) -> None:
        """Let `log_tail` and errors not show these either."""
        self._hide = tuple(dict.fromkeys((*self._hide, *secrets)))
        if self._log is not None:
            self._log.hide(secrets)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process that was launched; nothing when it has ended.

        SIGKILL stands for a machine that dies, so all of its group gets it: a worker that outlives its leader would go
        on to send events.
        """
        if self._group is not None and self._group.poll() is None:
            if number == signal.SIGKILL:
                self._group.signal_all(number)
            else:
                self._group.signal(number)

    async def wait(self, limit: float) -> int | None:
        """Wait `limit` seconds at most until it has ended; return its exit code, negative for a signal, or None."""
        if self._group is not None:
            await self._group.wait(limit)
        return self.died()

    async def stop(self, grace: float = DEFAULT_GRACE) -> Stopped | None:
        """Ask it to end with SIGTERM, and kill what is left after the grace.

        The leader is asked first, as a container's runtime does: one that passes the signal on would
        give it twice to its children otherwise. What a leader leaves behind is asked next.

        Args:
            grace: Seconds from SIGTERM to SIGKILL.

        Returns:
            How it ended, the same each time; None when it was never started.
        """
        group = self._group
        if group is None:
            return self._stopped
        began = time.monotonic()
        try:
            if group.poll() is None:
                group.signal(signal.SIGTERM)
            if await group.wait(grace) and group.signal_all(signal.SIGTERM):
                await group.wait(grace - (time.monotonic() - began), everyone=True)
        finally:
            self._end(group, began)
        return self._stopped

    def died(self) -> int | None:
        """Return its exit code, negative for a signal, when it has ended by itself.

        What it leaves behind is killed. None while it runs, and after `stop`.
        """
        group = self._group
        if group is None or group.poll() is None:
            return None
        self._drain(group)
        return group.end()[0]

    @property
    def log_size(self) -> int:
        """How many bytes it has written since it was started."""
        return 0 if self._log is None else self._log.taken

    def log_tail(self, lines: int = 20, since: int = 0) -> list[str]:
        """Return the last lines that it wrote: no control characters, no secrets."""
        return [] if self._log is None else self._log.tail(lines, since)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _launch(self) -> ProcessGroup:
        settings = self._settings
        if not settings.command:
            raise ContractError(
                "No command launches the target.",
                expected="[target] command, or --command; for a running target --url",
            )
        variables = {**self._variables, "port": str(self.port), "host": self._host}
        environment = environment_of(settings, variables)
        command = command_of(settings.command, variables, settings.file)
        try:
            self._log = BoundedLog(self.log_file, hide=self._hide, append=self._log is not None)
        except OSError as error:
            raise MachineError(
                f"The target's log can't be written: {error}.",
                advice="Free some disk space, or make the folder writable.",
            ) from error
        try:
            held = None if self._lock is None else self._lock.held
            self._start = new_start()
            environment = {**environment, VARIABLE: self._start}
            return ProcessGroup(command, cwd=settings.cwd, environment=environment, held=held)
        except (OSError, ValueError) as error:
            self._log.close()
            raise self._cannot_run(command, environment, error) from error

    def _cannot_run(self, command: Sequence[str], environment: Mapping[str, str], error: Exception) -> TargetError:
        folder = self._settings.cwd.absolute()
        if not folder.is_dir():
            return TargetError(
                f"The target can't be started: the folder {folder} does not exist.",
                advice="Check [target] cwd; it is relative to the settings file.",
            )
        program = command[0]
        known = os.sep in program or shutil.which(program, path=environment.get("PATH")) is not None
        why = f"{program!r} can't be run" if known else f"the program {program!r} is not on the PATH"
        return TargetError(
            f"The target can't be started: {why} ({error}).",
            advice=f"Check [target] command, or give --command. The command runs in {folder}.",
        )

    async def _wait_until_ready(self, group: ProcessGroup) -> None:
        began = time.monotonic()
        waited = ProcessorWait(group.pid)
        seen = "nothing"
        for _ in range(_MOST_STARTS):
            seen = await until_ready(
                self.base_url,
                self._settings.ready,
                clock=Clock(),
                limit=self._start_limit,
                given_up=lambda: group.poll() is not None,
            )
            # What it had to wait for a processor is no time that it took.
            took = waited.seconds() or 0.0
            if not seen or group.poll() is not None or took < _BUSY_SHARE * self._start_limit:
                break
            waited = ProcessorWait(group.pid)
        code = group.poll()
        if code is not None:
            self._drain(group)
            raise TargetError(
                f"The target {describe_exit(code)} after {time.monotonic() - began:.1f} s, before it was ready."
                f"{self._shown_log()}",
                advice=f"Run it yourself{self._interpreter()}: {shlex.join(self._settings.command)}\n"
                "A variable that it lacks belongs into [target.env], or after --env, as NAME=VALUE.",
            )
        if seen:
            self._drain(group)
            raise TargetError(
                f"The target was not ready within {self._start_limit:g} s: {seen}.{self._shown_log()}",
                advice="Check that it listens on the port that [target.env] gives it, and check [target] ready.",
            )

    def _interpreter(self) -> str:
        return f" (`python` is {sys.executable} here)" if self._settings.command[0] == "python" else ""

    def _shown_log(self) -> str:
        """Return its end on lines of its own: the first line of an error is what a summary shows."""
        written = "".join(f"\n  | {line}" for line in self.log_tail())
        return f"\nThe end of its log:{written}" if written else " Its log is empty."

    def _take_output(self) -> None:
        """Take what it has written, a piece at a time: a target that floods its log must not stop the loop."""
        if self._group is not None and self._read(self._group) == b"":
            asyncio.get_running_loop().remove_reader(self._group.output)

    def _read(self, group: ProcessGroup) -> bytes | None:
        """Read one piece; return it, None when there is none now, or nothing at the end."""
        assert self._log is not None  # noqa: S101 -- made before the group
        try:
            data = os.read(group.output, _READ)
        except BlockingIOError:
            return None
        self._log.write(data)
        return data

    def _drain(self, group: ProcessGroup) -> None:
        """Read what is left in the pipe, if it is still open: bounded, for someone may still write."""
        for _ in range(_DRAINS if self._group is group else 0):
            if not self._read(group):
                break

    def _end(self, group: ProcessGroup, began: float) -> None:
        """Kill what is left, and let go of everything; nothing when that was done while this was waited for."""
        if self._group is not group:
            return
        code, killed = group.end()
        self._drain(group)
        asyncio.get_running_loop().remove_reader(group.output)
        os.close(group.output)
        self._group = None
        assert self._log is not None  # noqa: S101 -- made before the group
        self._log.close()
        left = end_those_in_the_way(self._start, self.port, self._settings.cwd)
        self._stopped = Stopped(code, time.monotonic() - began, killed)
        for each in left:
            warnings.warn(LeftBehindWarning(f"The target has left {each} behind, which goes on."), stacklevel=2)


def describe_exit(code: int) -> str:
    """Return an exit code as a clause: `ended with exit code 1`, `was killed by SIGKILL`.

    Args:
        code: As `subprocess` has it, negative for a signal.
    """
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
