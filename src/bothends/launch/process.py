"""A process group of its own, which never outlives the harness.

Ctrl-C in a terminal goes to the foreground group: a target in a session of its own does not get it,
and is stopped in order instead. A harness that is killed can stop nothing. So beside the target waits
a sentinel, a shell that holds the reading end of a pipe: when the harness ends, however it ends, the
kernel closes the writing end, and the sentinel kills the group. This needs nothing but POSIX;
`PR_SET_PDEATHSIG` is Linux's own, and does not reach the target's children.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


# It ends when the group has, or a second later: an orphan may stay a zombie that nobody reaps.
_SENTINEL = """read -r group || exit 0; read -r word && exit 0; kill -s KILL -- "-$group"
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -s 0 -- "-$group" || exit 0; sleep 0.1; done"""
OPEN_FILES = 1024
"""Files that a target may have open at once, unless it asks for more: what systems let a service have.

It is systemd's `DefaultLimitNOFILE` and the kernel's own default. With a developer's limit, which may be a million,
no run would be long enough to see that a target never closes its connections.
"""
_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.02
_EXIT_GRACE = 5.0
"""Until all are gone that were killed, seconds: on a busy machine they still have to run once for that."""


class ProcessGroup:
    """A command in a session of its own, with a pipe for what it writes.

    Attributes:
        pid: The leader's process id, and the group's.
        output: File descriptor of stdout and stderr, non-blocking; the caller closes it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        errors: int = subprocess.STDOUT,
        held: int | None = None,
    ) -> None:
        """Start the command.

        Args:
            command: Program and arguments.
            cwd: Working directory.
            environment: Environment variables.
            errors: File descriptor for stderr; by default it goes where stdout goes.
            held: File descriptor of a lock that the sentinel holds as well, so that it is held until the group is gone;
                None: there is none.

        Raises:
            OSError: It can't be started.
        """
        self._sentinel = subprocess.Popen(  # noqa: S603 -- a constant command
            ["/bin/sh", "-c", _SENTINEL, "bothends-sentinel"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=() if held is None else (held,),
        )
        self.output, writing = os.pipe()
        os.set_blocking(self.output, False)
        try:
            self._leader = subprocess.Popen(  # noqa: S603 -- the user's own command, without a shell
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=errors,
                start_new_session=True,
            )
        except BaseException:
            os.close(self.output)
            self._dismiss(b"")
            raise
        finally:
            os.close(writing)
        self.pid = self._leader.pid
        _limit_open_files(self.pid)
        self._ended: tuple[int, bool] | None = None
        assert self._sentinel.stdin is not None  # noqa: S101 -- it was made with a pipe
        self._sentinel.stdin.write(b"%d\n" % self.pid)
        self._sentinel.stdin.flush()

    def poll(self) -> int | None:
        """Return the leader's exit code, negative for a signal; None while it runs."""
        return self._leader.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the leader, which passes it on to its children if that is its way."""
        self._leader.send_signal(number)

    def signal_all(self, number: int) -> bool:
        """Send a signal to all of the group; return whether there was anyone. 0 only asks.

        Once everyone is gone the system may give the number away: `end` is called soon after that.
        """
        if self._ended is not None:
            return False
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):  # the second is what macOS says of zombies
            return False
        return True

    async def wait(self, seconds: float, *, everyone: bool = False) -> bool:
        """Wait for the leader, or for everyone, to end; return whether that came to pass.

        The exit is looked for with growing pauses, 20 ms at most: a watcher thread for each process
        would be the portable alternative.

        Args:
            seconds: How long at most.
            everyone: Whether the whole group has to end.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = _FIRST_PAUSE
        while self.poll() is None or (everyone and self._anyone_lives()):
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return True

    def end(self) -> tuple[int, bool]:
        """Kill all that are left, reap the leader, and dismiss the sentinel; it does not wait on the loop.

        A signal only asks: on a busy machine the killed still run, and hold their ports, for a moment
        after it. They are waited for, some seconds at most.

        Returns:
            The leader's exit code, and whether anyone had to be killed.
        """
        if self._ended is None:
            killed = self._anyone_lives()
            self.signal_all(signal.SIGKILL)
            code = self._leader.wait()
            if killed:
                self._see_out()
            self._dismiss(b"\n")
            self._ended = code, killed
        return self._ended

    def _see_out(self) -> None:
        deadline = time.monotonic() + _EXIT_GRACE
        while self._anyone_lives() and time.monotonic() < deadline:
            time.sleep(_FIRST_PAUSE)

    def _anyone_lives(self) -> bool:
        """Return whether anyone of the group still runs: no zombie, where there is a `/proc` that tells.

        In a container, the system's first process may never reap an orphan.
        """
        if not self.signal_all(0):
            return False
        states = [state for state, group in _processes() if group == self.pid]
        return not states or any(state not in "ZX" for state in states)

    def _dismiss(self, word: bytes) -> None:
        # `communicate` lets a sentinel be that has gone already.
        self._sentinel.communicate(word)


def _limit_open_files(pid: int) -> None:
    """Give a process the usual soft limit; it may raise it again, as Node.js and Go do when they start."""
    if not hasattr(resource, "prlimit"):  # Linux has it; elsewhere the limits are low by default
        return
    try:
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft > OPEN_FILES:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (OPEN_FILES, hard))
    except (ProcessLookupError, PermissionError):
        return  # it has ended already, or has become another user's: then nothing is to be limited


def _processes() -> Iterator[tuple[str, int]]:
    """Yield the state and the group of each process (proc_pid_stat(5)); nothing where there is no `/proc`."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has gone meanwhile
            continue
        yield fields[0], int(fields[2])


# How long processes have waited for a processor, as the kernel counts it.
#
# On Linux each task has a `schedstat` of three numbers (Documentation/scheduler/sched-stats.rst): nanoseconds on a
# processor, nanoseconds that it could run and had to wait, and how often it ran. The second is what a busy machine
# takes from a target. A wait that still goes on is not in it until it is over.

_PROC = Path("/proc")
_LOOK_SECONDS = 0.5
"""How often new tasks are looked for: between two looks only those that are known are read."""

_NANO = 1e-9
_USED, _WAITED = 0, 1
"""Which of the numbers they are."""

_BLOCKED = "D"
"""The kernel's letter for who can't be interrupted (proc_pid_stat(5)).

Its field 42 would have how long that lasted, but stays 0 unless `kernel.task_delayacct` is set.
"""


class ProcessorWait:
    """Adds up what the tasks of a process, and of all that it has started, have waited for a processor."""

    _FIELD = _WAITED

    def __init__(self, pid: int) -> None:
        """Count from now on."""
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
            now = _counted(file, self._FIELD)
            if now is None:
                del self._seen[file]  # it has ended: what it waited until it was read last stays counted
                continue
            self._total += now - before
            self._seen[file] = now
        return self._total * _NANO

    def is_blocked(self) -> bool:
        """Return whether one of them can't even be interrupted now: it waits for a disk, or for a lock behind one."""
        return any(_state(file.with_name("stat")) == _BLOCKED for file in self._seen)

    def _look(self, *, count: bool) -> None:
        """Look for tasks that are new: what they have waited since they began counts, but at the first look."""
        self._next_look = time.monotonic() + _LOOK_SECONDS
        for file in self._tasks():
            if file in self._seen:
                continue
            now = _counted(file, self._FIELD)
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


class ProcessorUse(ProcessorWait):
    """Adds up what they have had of a processor."""

    _FIELD = _USED


def task_wait(pid: int, task: int) -> float | None:
    """Return how long one thread of a process has waited for a processor, seconds; None where that can't be known."""
    waited = _counted(_PROC / str(pid) / "task" / str(task) / "schedstat", _WAITED)
    return None if waited is None else waited * _NANO


def _children(task: Path) -> list[int]:
    try:
        return [int(pid) for pid in (task / "children").read_text().split()]
    except OSError:  # it has ended, or this kernel does not tell
        return []


def _state(file: Path) -> str:
    """Return the kernel's letter for what a task does; empty: there is no task any more."""
    try:
        return file.read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def _counted(file: Path, field: int) -> int | None:
    """Return nanoseconds that are counted of a task; None where there is no task any more, or no such file."""
    try:
        with file.open("rb", buffering=0) as stream:
            return int(stream.read().split()[field])
    except (OSError, IndexError, ValueError):
        return None
