"""A run as plain text: no colour, no box. For CI logs, pipes and files.

It stays the same from run to run, but for a line now and then that says how far a long run has come.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bothends.engine import Progress, RunFinished, RunStarted
from bothends.records import count_of
from bothends.reports.blocks import Entry, Line, Table, label_width
from bothends.reports.exchange import Tracer
from bothends.reports.page import header, page
from bothends.reports.sanitize import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bothends.engine import Event
    from bothends.reports.blocks import Block
    from bothends.reports.writers import Stream, Surroundings

_INDENT = "   "
PROGRESS_SECONDS = 5.0
"""Time between two lines of progress, and before the first: a short run has none."""


class PlainReport:
    """Writes a line when the run starts, a line of progress now and then, and the page when it has ended."""

    def __init__(self, stream: Stream, surroundings: Surroundings, clock: Callable[[], float] = time.monotonic) -> None:
        """Take where to write, what no event says, and what gives seconds."""
        self._stream = stream
        self._clock = clock
        self._last = clock()
        self._surroundings = surroundings
        self._tracer = Tracer(surroundings)
        self._started: RunStarted | None = None

    def handle(self, event: Event) -> None:
        """Take one event."""
        for block in self._tracer.blocks(event):
            self._write(f"\n{text_of([block])}")
        if isinstance(event, RunStarted):
            if self._started is None:  # what several lanes began, one does anew
                self._write(f"{header(event).text}\n")
            self._started = event
            self._last = self._clock()
        elif isinstance(event, Progress):
            if self._clock() - self._last >= PROGRESS_SECONDS:
                self._last = self._clock()
                self._write(f"{progress_line(event)}\n")
        elif isinstance(event, RunFinished):
            blocks = page(event.summary, self._started, self._surroundings, brief=not self._surroundings.verbose)
            self._write(("\n" if self._started else "") + text_of(blocks))

    def close(self) -> None:
        """Do nothing: nothing was taken."""

    def _write(self, text: str) -> None:
        """Write at once, so that a log that breaks off holds all that was told."""
        self._stream.write(text)
        self._stream.flush()


def progress_line(progress: Progress) -> str:
    """Return how far a run has come, and what it does: `412 of 1,650 exchanges, about 12 s left: crowd of addOrder`."""
    doing = f": {escape(progress.doing)}" if progress.doing else ""
    of = count_of(progress.total, "exchange")
    return f"{progress.done:,} of {of}, about {progress.seconds_left:.0f} s left{doing}"


def text_of(blocks: Iterable[Block]) -> str:
    """Return the blocks as text, an empty line between them."""
    return "\n\n".join("\n".join(lines_of(block)) for block in blocks) + "\n"


def lines_of(block: Block) -> list[str]:
    """Return a block's lines, unbroken."""
    match block:
        case Line():
            return [block.text]
        case Table():
            return _table(block)
        case Entry():
            return _entry(block)


def _table(table: Table) -> list[str]:
    """Return a table with its columns two spaces apart, numbers to the right."""
    rows = [table.head, *(row.cells for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index in table.numeric else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _entry(entry: Entry) -> list[str]:
    """Return an entry: the heading, then the fields with their texts in one column; a long label has its own line."""
    width = label_width(entry.fields)
    gap = "  " if width else ""
    lines = [entry.heading]
    for field in entry.fields:
        labels = [field.label, *[""] * len(field.lines)]
        if len(field.label) > width:
            lines.append(f"{_INDENT}{field.label}")
            labels[0] = ""
        lines += [f"{_INDENT}{label.ljust(width)}{gap}{line}" for label, line in zip(labels, field.lines, strict=False)]
    return lines
