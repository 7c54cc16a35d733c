"""What every report of a run is: something that is told events, and what it needs to tell them on."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bothends.engine.events import Event


class Stream(Protocol):
    """Where a report is written: standard output, a file, or what stands before it."""

    def write(self, text: str, /) -> int:
        """Take text."""
        ...

    def flush(self) -> None:
        """Write out what was taken."""
        ...


class Reporter(Protocol):
    """Is told the events of a run, in order."""

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            HarnessError: The report can't be written.
        """
        ...

    def close(self) -> None:
        """Give the terminal back; after the last event, or when the run broke off without one."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a report needs and no event says.

    Attributes:
        replay: Returns the command that replays the finding of an ID.
        secrets: Returns what must never be shown; asked when a report is written, not before.
        traced: Whether each exchange is told from end to end, as in a replay.
    """

    replay: Callable[[str], str]
    secrets: Callable[[], Sequence[str]]
    traced: bool = False


def version() -> str:
    """Return the version of bothends that is installed."""
    return metadata.version("bothends")
