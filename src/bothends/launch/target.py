"""What the engine knows of a target, launched or running."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

from bothends.client import parse_base_url
from bothends.clock import Clock
from bothends.errors import TargetError
from bothends.launch.readiness import until_ready

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

DEFAULT_GRACE = 5.0
REACH_LIMIT = 3.0
"""Until a target that runs already must answer, seconds, unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a launched target ended.

    Attributes:
        code: Its exit code; the negative signal number when a signal ended it.
        seconds: From the request to stop until it, and all that it had started, were gone.
        killed: Whether it or something that it had started had to be killed.
    """

    code: int
    seconds: float
    killed: bool


class Target(Protocol):
    """An implementation under test."""

    @property
    def base_url(self) -> str:
        """The URL that the operations' paths are put behind."""
        ...

    @property
    def pid(self) -> int | None:
        """The process that was launched, or that listens; None where it is not known, or there is none."""
        ...

    async def start(self) -> None:
        """Make sure that it answers.

        Raises:
            TargetError: It could not be started, or does not answer.
            ContractError: Its settings are wrong.
        """
        ...

    def hide(self, secrets: Sequence[str]) -> None:
        """Let `log_tail` not show these."""
        ...

    async def stop(self, grace: float = DEFAULT_GRACE) -> Stopped | None:
        """End it, if it is ours to end, within `grace` seconds for what is in flight; None when it is not ours."""
        ...

    def died(self) -> int | None:
        """Return its exit code when it has ended by itself; None while it runs, or when that can't be known."""
        ...

    @property
    def log_size(self) -> int:
        """How many bytes it has written since it was started; 0 when that can't be known."""
        ...

    def log_tail(self, lines: int = 20, since: int = 0) -> list[str]:
        """Return its last lines since the log had `since` bytes, harmless to print; empty when they can't be known."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...


# Which process of this machine listens on a port: a target by its URL may be next door (proc_pid_fd(5)).

_PROC = Path("/proc")
_LISTENS = "0A"


def listener(host: str, port: int) -> int | None:
    """Return the process that listens on a port of this machine; None where that can't be known.

    Args:
        host: A name or an address of the target; only the loopback's are surely of this machine.
        port: Its port.
    """
    for table in _tables(host):
        # The kernel goes through all that it knows of to write a table, so the next one is asked for where it must be.
        inodes = {f"socket:[{inode}]" for inode in _inodes(_PROC / "net" / table, port)}
        if inodes:
            pids = sorted(int(folder.name) for folder in _PROC.iterdir() if folder.name.isdigit())
            # Of several that share the socket, the first was there first: the others are mostly its children.
            return next((pid for pid in pids if _has_one_of(inodes, pid)), None)
    return None


def _tables(host: str) -> list[str]:
    """Return the tables in which the port of a loopback address may stand; none of any other address."""
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):  # a label that is too long is no name at all
        return []
    if not all(address.startswith("127.") or address == "::1" for address in addresses):
        return []
    # A socket of IPv6 may take connections of IPv4 as well (ipv6(7), IPV6_V6ONLY).
    return ["tcp6"] if addresses == {"::1"} else ["tcp", "tcp6"]


def _inodes(table: Path, port: int) -> list[str]:
    try:
        lines = table.read_text().splitlines()
    except OSError:
        return []
    rows = [line.split() for line in lines if f":{port:04X} " in line]
    return [row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port]


def _has_one_of(inodes: Collection[str], pid: int) -> bool:
    """Return whether a process has one of these open."""
    try:
        files = list((_PROC / str(pid) / "fd").iterdir())
    except OSError:  # it has ended, or is another user's
        return False
    for file in files:
        with contextlib.suppress(OSError):  # closed meanwhile
            if str(file.readlink()) in inodes:
                return True
    return False


# A target that runs already, somewhere: bothends neither starts nor stops it.


class RunningTarget:
    """A base URL behind which someone else's process answers; an async context manager.

    Attributes:
        base_url: The URL that the operations' paths are put behind.
        pid: The process that listens there; None before it was found, and where it is of another machine or user.
    """

    def __init__(self, url: str, *, ready: str | None = None, start_limit: float = REACH_LIMIT) -> None:
        """Take the URL, or raise a `ContractError` where it is none.

        Within `start_limit` seconds it has to answer the path `ready` with any status under 500, or to accept
        connections.
        """
        self._address = parse_base_url(url)
        self.base_url = self._address.url
        self.pid: int | None = None
        self._ready = ready
        self._start_limit = start_limit

    async def start(self) -> None:
        """Make sure that it answers.

        Raises:
            TargetError: It does not.
        """
        seen = await until_ready(self.base_url, self._ready, clock=Clock(), limit=self._start_limit)
        if seen:
            raise TargetError(
                f"The target can't be reached: {seen}.",
                advice="Start it, or check --url ([target] url), or let bothends launch it ([target] command).",
            )
        self.pid = listener(self._address.host, self._address.port)

    def hide(self, secrets: Sequence[str]) -> None:
        """Do nothing: the log is not known."""

    async def stop(self, grace: float = DEFAULT_GRACE) -> Stopped | None:  # noqa: ARG002 -- the protocol has it
        """Leave it alone."""
        return None

    def died(self) -> int | None:
        """Return None: the process is not known."""
        return None

    @property
    def log_size(self) -> int:
        """Return 0: the log is not known."""
        return 0

    def log_tail(self, lines: int = 20, since: int = 0) -> list[str]:  # noqa: ARG002 -- the protocol has it
        """Return nothing: the log is not known."""
        return []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
