"""Where the events of a run go: to those that listen as it goes, and to the one who reads them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from bothends.engine.events import Event


class Emitter:
    """Gives each event to its listeners, in order. An event without a reader is dropped."""

    def __init__(self, *listeners: Callable[[Event], None]) -> None:
        """Take who listens."""
        self.listeners = list(listeners)

    def emit(self, event: Event) -> None:
        """Give an event to each listener."""
        for listener in self.listeners:
            listener(event)

    async def taken(self) -> None:
        """Wait until the reader has taken all events; without a reader, this is at once."""


class EventQueue(Emitter):
    """The one queue of a run: its reader gets each event after the listeners had it."""

    def __init__(self, *listeners: Callable[[Event], None]) -> None:
        """Take who listens."""
        super().__init__(*listeners)
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def emit(self, event: Event) -> None:
        """Give an event to each listener, and put it into the queue."""
        super().emit(event)
        self._queue.put_nowait(event)

    async def taken(self) -> None:
        """Wait for the reader: a run keeps one batch's events at most, and a slow report delays no requests."""
        await self._queue.join()

    async def read(self, run: Callable[[], Awaitable[None]]) -> AsyncGenerator[Event, None]:
        """Begin a run, and yield its events as they come; whatever the run raises is raised after the last of them.

        A reader that goes before the end lets go of the run.
        """
        running = asyncio.ensure_future(self._to_the_end(run))
        try:
            while (event := await self._queue.get()) is not None:
                yield event
                self._queue.task_done()
            await running
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def _to_the_end(self, run: Callable[[], Awaitable[None]]) -> None:
        try:
            await run()
        finally:
            self._queue.put_nowait(None)
