"""How many connections a port may keep, by how many files this process may have open."""

from __future__ import annotations

import resource

MOST_BUSY = 256
"""Requests under way at once at one port: no correct target has so many."""

_WANTED = 4096
_MANY = 768


def most_kept() -> int:
    """Return how many connections a port keeps open for a target that closes none; the limit of files is raised.

    A target has 1,024 files: when it leaks a connection for each request, it is to run out of them, and not be saved
    by a world that closes what is idle. Two ports of 256 fit into the 1,024 files that many systems allow a process.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= _WANTED:
        return _MANY
    if hard != resource.RLIM_INFINITY and hard < _WANTED:
        return MOST_BUSY
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_WANTED, hard))
    except (OSError, ValueError):  # a system with a limit of its own
        return MOST_BUSY
    return _MANY
