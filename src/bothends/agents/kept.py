"""What the runs of this server have found: a result shows a part of it, and an agent asks for more."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_MOST = 8
"""Reports that are kept; each has some megabytes at most."""


class Kept:
    """The JSON reports of the latest runs."""

    def __init__(self) -> None:
        """Begin with none."""
        self._reports: deque[Mapping[str, Any]] = deque(maxlen=_MOST)
        self._ending: set[asyncio.Event] = set()

    def add(self, report: Mapping[str, Any]) -> None:
        """Keep the report of a run or of a replay."""
        self._reports.append(report)

    @contextlib.contextmanager
    def playing(self) -> Iterator[Callable[[], None]]:
        """A run is played while the body runs; what it is given says that the run is interrupted, and ends soon."""
        ended = asyncio.Event()
        try:
            yield lambda: self._ending.add(ended)
        finally:
            ended.set()
            self._ending.discard(ended)

    async def settled(self) -> None:
        """Wait until each run that was interrupted has ended, so that what it has found is here."""
        for ended in tuple(self._ending):
            await ended.wait()

    @property
    def last(self) -> Mapping[str, Any] | None:
        """The report of the last run that was no replay; None: there was none."""
        return next((one for one in reversed(self._reports) if one["replay"] is None), None)

    def finding(self, finding_id: str) -> Mapping[str, Any] | None:
        """Return a finding as it was seen last; None: no run that is kept has it."""
        found = (one for report in reversed(self._reports) for one in report["findings"] if one["id"] == finding_id)
        return next(found, None)
