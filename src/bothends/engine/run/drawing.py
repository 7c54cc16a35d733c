"""Cases are made in a thread of their own.

To make them is computing, or waiting for a process that makes them. Meanwhile a run answers for the world, waits for
targets that start, and reads what they say: its event loop must not stand still. There is one such thread, so what it
draws is drawn in order, and no two threads load the same modules at once.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Drawing:
    """The thread in which the cases of one run are made."""

    def __init__(self) -> None:
        """Begin with nothing to do: the thread is there when there is something."""
        self._thread = ThreadPoolExecutor(1, "bothends-cases")

    async def done(self, work: Callable[[], T]) -> T:
        """Return what comes of work in the thread; who lets go of this does not wait for it: `end` does."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def next_of(self, items: Iterator[T]) -> tuple[T] | None:
        """Draw the next item, and return it alone in a tuple; None: that was all."""
        return await self.done(lambda: _next(items))

    def end(self) -> None:
        """Wait until nothing is drawn any more; what waits to be drawn never is."""
        self._thread.shutdown(cancel_futures=True)


def _next(items: Iterator[T]) -> tuple[T] | None:
    """Return the next item alone in a tuple, as no future takes a `StopIteration`."""
    for item in items:
        return (item,)
    return None
