"""An iterator whose values a fork of this process makes: two kinds of cases are drawn at the same time."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import socket
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")

_ROOM = 1 << 20
"""Bytes that are made before they are read: some 700 cases."""
_CHUNK = 16
_MORE = b"+"


@contextlib.contextmanager
def forked(make: Callable[[], Iterator[_T]], count: int) -> Iterator[Iterator[_T]]:
    """Begin to make values in a fork. There must be no thread and no event loop.

    Args:
        make: Makes them, the same each time.
        count: How many values that are not None are made before they are asked for.

    Yields:
        The values. Those that the fork could not make, or not to their end, are made here, as are the errors.
    """
    ours, theirs = socket.socketpair()
    with contextlib.suppress(OSError):  # where the system allows less, less is made ahead
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)
    gc.freeze()  # what both have is not looked through, or each would get a copy of it
    pid = os.fork()
    if pid == 0:
        ours.close()
        _live(make, count, theirs)
    theirs.close()
    try:
        yield _read(ours, make)
    finally:
        ours.close()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _read(ours: socket.socket, make: Callable[[], Iterator[_T]]) -> Iterator[_T]:
    read = 0
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError), ours.makefile("rb") as values:  # it has died
        while (chunk := pickle.load(values)) is not None:  # noqa: S301 -- from a fork of this process
            if not chunk:
                ours.sendall(_MORE)
            yield from chunk
            read += len(chunk)
        return
    yield from islice(make(), read, None)


def _live(make: Callable[[], Iterator[_T]], count: int, theirs: socket.socket) -> None:
    """Be the fork, from its beginning to its end. Whoever reads finds out how it ended."""
    try:
        values = make()
        while chunk := list(islice(values, _CHUNK)):
            theirs.sendall(pickle.dumps(chunk))
            count -= len(chunk) - chunk.count(None)  # type: ignore[arg-type]
            if count <= 0:
                theirs.sendall(pickle.dumps([]))
                if not theirs.recv(1):
                    break
        theirs.sendall(pickle.dumps(None))
    finally:
        os._exit(0)
