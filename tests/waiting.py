"""How tests wait: by a clock of their own where all is in one process, else until what they wait for is so.

On a busy machine a process may stand still for seconds, at any moment. What is said of the time by which something is
over would then be said of the machine.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

LONGEST = 180.0
"""Seconds until what is waited for will never be so, on however slow a machine."""


def until(condition: Callable[[], T | None], *, every: float = 0.01, what: str = "it never came to pass") -> T:
    """Wait until a condition holds, and return what it gives.

    Args:
        condition: What is asked again and again; it holds when it gives something that is true.
        every: Seconds between two times.
        what: Says what never came to pass, if it did not.
    """
    deadline = time.monotonic() + LONGEST
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(every)
    return value


class _Leap(selectors.DefaultSelector):
    """Waits for nothing: the time that would be waited for is over at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(None if timeout is None else 0)
        if timeout is not None and not found:
            # Whole microseconds, the next one: sums of waits are then the times that a test names, and no wait is cut.
            self.now = math.ceil(round((self.now + timeout) * 1e6, 3)) / 1e6
        return found


class _OwnTime(asyncio.SelectorEventLoop):
    """A loop whose time passes while it waits, and at no other time."""

    def __init__(self) -> None:
        self._leap = _Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.now


def in_own_time(main: Coroutine[None, None, T]) -> T:
    """Run a coroutine in a loop whose time passes only while it waits, so that no machine is too slow for it.

    It is for what uses no process, no thread and no socket: they have the time of the machine.

    Args:
        main: It asks the loop for the time, and sleeps by it.

    Returns:
        What the coroutine returns.
    """
    with asyncio.Runner(loop_factory=_OwnTime) as runner:
        return runner.run(main)
