"""An event loop in a thread of its own, so that a workbench works where an event loop runs already."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

T = TypeVar("T")


class Background:
    """A thread in which coroutines run; what is entered there is left when it ends."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bothends", daemon=True)
        self._stack = contextlib.AsyncExitStack()
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin some work there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work there, and wait for it."""
        return waited_for(self.submit(work))

    def enter(self, context: contextlib.AbstractAsyncContextManager[T]) -> T:
        """Enter a context there; it is left when the thread ends."""
        return self.run(self._stack.enter_async_context(context))

    def at_end(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Have something done before what was entered until now is left."""
        self._stack.push_async_callback(work)

    def end(self) -> None:
        """Leave what was entered, and end the thread."""
        try:
            self.run(self._stack.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


def waited_for(work: Future[T]) -> T:
    """Return what some work comes to; it ends with the caller that waits for it."""
    try:
        return work.result()
    except BaseException:
        work.cancel()  # Ctrl-C: what nobody waits for any longer must not go on
        raise
