"""A report that is one text, made when the run has ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from bothends.engine import RunFinished, RunStarted
from bothends.reports.writers import put

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.engine import Event
    from bothends.records import Summary
    from bothends.reports.writers import Stream, Surroundings


class WholeReport(ABC):
    """Writes the text when the run has ended: interrupted, failed or whole.

    Attributes:
        option: The option that asks for it.
    """

    option: ClassVar[str]

    def __init__(self, place: Path | Stream, surroundings: Surroundings) -> None:
        """Take the file to write, or a stream, and what no event says."""
        self._place = place
        self._surroundings = surroundings
        self._started: RunStarted | None = None

    @abstractmethod
    def text(self, summary: Summary, started: RunStarted | None, surroundings: Surroundings) -> str:
        """Return the text; `started` is None when the target never got ready."""

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._started = event
        elif isinstance(event, RunFinished):
            self._put(self.text(event.summary, self._started, self._surroundings))

    def _put(self, text: str) -> None:
        put(self._place, text, self.option)

    def close(self) -> None:  # noqa: B027 -- a report that takes something gives it back
        """Do nothing: nothing was taken."""
