"""Runs a command's coroutine, such that a signal at any moment leaves no event loop behind that complains."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

T = TypeVar("T")


def run(begin: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return what a coroutine returns; `begin` makes it when the loop is there."""
    with contextlib.ExitStack() as stack:
        with _held():
            runner = stack.enter_context(asyncio.Runner())
        return runner.run(begin())


@contextlib.contextmanager
def _held() -> Iterator[None]:
    """Hold signals back while the body runs: one that comes meanwhile is delivered after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
