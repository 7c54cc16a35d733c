"""The lock that is held by who launches a target: on one machine, one holder at a time.

A target may keep what it knows in a folder, a database or a queue. Unless the settings say that its copies share
nothing, a second process beside the first one may lose or change what that one relies on. So who launches it holds a
lock in the state folder, from before the first start until the last process has ended. The kernel lets go of it
however its holder ends. What watches over the processes that are launched holds it too, so the next holder begins when
they have ended, even where the last one was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING, BinaryIO

from bothends.errors import ContractError, Location, MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LETS_GO_WITHIN = 2.0
"""Seconds in which a holder that was killed, or is about to end, lets go."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock.

    Attributes:
        pid: The process; 0 where it is not known.
        group: What those have in common that wait for each other; empty: nobody waits for it.
    """

    pid: int = 0
    group: str = ""


def lock_file(folder: Path, config: Path, command: tuple[str, ...]) -> Path:
    """Return the file in the state folder that is locked to launch a command of a settings file."""
    name = blake2s(json.dumps(command).encode(), digest_size=4).hexdigest()
    return folder / f"{config.name.removesuffix('.toml')}-{name}.lock"


class TargetLock:
    """The lock, as one run or one worker holds it."""

    def __init__(self, file: Path, *, group: str = "") -> None:
        """Hold nothing yet. Those of one group wait for each other; where it is empty, who comes second is refused."""
        self._file = file
        self._group = group
        self._held: BinaryIO | None = None

    @property
    def held(self) -> int | None:
        """The file descriptor of the lock, for a child that holds it as well; None while this one does not hold it."""
        return None if self._held is None else self._held.fileno()

    async def acquire(self) -> None:
        """Get the lock; wait for one of the same group to let go of it.

        Raises:
            ContractError: Somebody else has it.
            MachineError: The file can't be opened.
        """
        with self._waiting():
            left = _LETS_GO_WITHIN
            while not self._locked_now():
                if not self._group or self._holder().group != self._group:
                    left -= _LOOK_SECONDS
                if left <= 0:
                    raise self._refused(self._holder())
                await asyncio.sleep(_LOOK_SECONDS)

    def release(self) -> None:
        """Let somebody else have the lock; nothing where this one does not hold it."""
        held, self._held = self._held, None
        if held is not None:
            held.truncate(0)
            fcntl.flock(held, fcntl.LOCK_UN)  # whoever else holds the same lock lets go as well
            held.close()

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for the lock."""
        with self._opened(self._queue) as file:
            return not _locked(file, fcntl.LOCK_EX)

    def _locked_now(self) -> bool:
        file = self._opened(self._file)
        if not _locked(file, fcntl.LOCK_EX):
            file.close()
            return False
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "group": self._group}).encode())
        self._held = file
        return True

    def _holder(self) -> Holder:
        try:
            said = json.loads(self._file.read_bytes())
            return Holder(int(said["pid"]), str(said["group"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Holder()  # it has just taken it, and has not said so yet

    @property
    def _queue(self) -> Path:
        return self._file.with_suffix(".queue")

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        """Be seen to wait: all that wait share a lock."""
        if not self._group:
            yield
            return
        with self._opened(self._queue) as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # who looks whether anybody waits has it for no time
            yield

    def _opened(self, file: Path) -> BinaryIO:
        try:
            return file.open("ab", buffering=0)
        except OSError as error:
            raise MachineError(
                f"The file that keeps a second run away can't be opened: {error.strerror}.",
                where=Location(file),
                advice="Make the state folder writable.",
            ) from error

    def _refused(self, holder: Holder) -> ContractError:
        who = f"process {holder.pid}" if holder.pid else "another process"
        end = f", or `kill {holder.pid}`" if holder.pid else ""
        return ContractError(
            f"Another run of these settings has a process of the target: {who}.",
            where=Location(self._file),
            expected="one process of the target at a time: [target] has no `isolated = true`, or [world] names a port",
            advice=f"Wait until that run is over{end}. Parts of a run on one machine need a folder each; where "
            "copies of the target share nothing, set `isolated = true`.",
        )


def _locked(file: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
