"""Which process of this machine listens on a port: a target by its URL may be next door (proc_pid_fd(5))."""

from __future__ import annotations

import socket
from pathlib import Path

_PROC = Path("/proc")
_LISTENS = "0A"


def listener(host: str, port: int) -> int | None:
    """Return the process that listens on a port of this machine; None where that can't be known.

    Args:
        host: A name or an address of the target; only the loopback's are surely of this machine.
        port: Its port.
    """
    if not _is_loopback(host):
        return None
    inodes = {f"socket:[{inode}]" for name in ("tcp", "tcp6") for inode in _inodes(_PROC / "net" / name, port)}
    if not inodes:
        return None
    pids = [int(folder.name) for folder in _PROC.iterdir() if folder.name.isdigit()]
    found = [pid for pid in pids if inodes & _open_files(pid)]
    # Of several that share the socket, the first was there first: the others are mostly its children.
    return min(found, default=None)


def _is_loopback(host: str) -> bool:
    try:
        addresses = {entry[4][0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return all(str(address).startswith("127.") or address == "::1" for address in addresses)


def _inodes(table: Path, port: int) -> list[str]:
    try:
        lines = table.read_text().splitlines()[1:]
    except OSError:
        return []
    rows = [line.split() for line in lines]
    return [row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port]


def _open_files(pid: int) -> set[str]:
    found: set[str] = set()
    try:
        files = list((_PROC / str(pid) / "fd").iterdir())
    except OSError:  # it has ended, or is another user's
        return found
    for file in files:
        try:
            found.add(str(file.readlink()))
        except OSError:  # closed meanwhile
            continue
    return found
