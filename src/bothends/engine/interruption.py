"""An orderly end at a person's wish: what is under way is let go, what was found is kept."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class Interrupted(Exception):  # noqa: N818 -- no error: a person's wish
    """A person asked for the end of the run."""


class Interruption:
    """Whether a person has asked for the end of a run."""

    def __init__(self) -> None:
        """Start unasked."""
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Ask for the end. To be called in the event loop's thread."""
        self._asked.set()

    async def guard(self, work: Coroutine[object, object, T]) -> T:
        """Await some work, or let it go as soon as the end is asked for.

        Raises:
            Interrupted: The end was asked for before the work was done.
        """
        task = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Interrupted
        finally:
            asked.cancel()
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
