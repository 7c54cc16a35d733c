"""A run in a terminal: colour, one live line while it works, and the same page at the end.

Rich is imported by this file only, and this file only when there is a terminal.
"""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING, cast

from rich.console import Console
from rich.live import Live
from rich.table import Table as RichTable
from rich.text import Text

from bothends.engine import Examining, ExchangeJudged, FindingFound, Progress, RunFinished, RunStarted
from bothends.records import Severity, count_of
from bothends.reports.blocks import Entry, Line, Table, Tone, label_width
from bothends.reports.exchange import Tracer
from bothends.reports.page import header, page
from bothends.reports.sanitize import Redactor, escape

if TYPE_CHECKING:
    from bothends.engine import Event
    from bothends.records import Finding
    from bothends.reports.blocks import Block, Field
    from bothends.reports.writers import Stream, Surroundings

STYLES = {Tone.PLAIN: "", Tone.GOOD: "bold green", Tone.BAD: "bold red", Tone.DOUBT: "yellow", Tone.QUIET: "dim"}
INDENT = "   "
"""What the second line of a text that is too long for one begins with."""
REFRESHES_PER_SECOND = 4
"""Enough to look alive; each costs the run about a millisecond."""


class StyledReport:
    """Shows a live line while the run goes on, each new finding as it comes, and the page at the end."""

    def __init__(self, stream: Stream, surroundings: Surroundings) -> None:
        """Take where to write, and what no event says. `NO_COLOR` and `TERM=dumb` are honoured by rich."""
        self._console = Console(file=cast("IO[str]", stream), highlight=False, markup=False, emoji=False)
        self._surroundings = surroundings
        self._tracer = Tracer(surroundings)
        self._started: RunStarted | None = None
        self._live: Live | None = None
        self._progress = LiveLine()

    def handle(self, event: Event) -> None:
        """Take one event."""
        self._progress.note(event)
        for block in self._tracer.blocks(event):
            show(self._console, block)
        match event:
            case RunStarted() if self._started is not None:  # what several lanes began, one does anew
                self._started = event
            case RunStarted():
                self._started = event
                print_text(self._console, line(header(event)))
                self._live = Live(
                    console=self._console,
                    get_renderable=self._progress.line,
                    refresh_per_second=REFRESHES_PER_SECOND,
                    transient=True,
                )
                self._live.start()
            case FindingFound():
                print_text(self._console, self._found(event.finding))
            case RunFinished():
                self.close()
                self._console.print()
                brief = not self._surroundings.verbose
                for block in page(event.summary, self._started, self._surroundings, brief=brief):
                    show(self._console, block)
            case _:
                pass

    def close(self) -> None:
        """Take the live line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _found(self, finding: Finding) -> Text:
        """Return the line of a new finding, before it is minimized."""
        breach = finding.breach
        style = STYLES[Tone.BAD if breach.severity is Severity.ERROR else Tone.DOUBT]
        summary = escape(Redactor(self._surroundings.secrets()).text(breach.summary))
        return Text.assemble((f"{breach.severity.value}: {breach.law}", style), f": {summary}")


class LiveLine:
    """The live line: exchanges, how many there will be, the time that is left, findings, what is being done."""

    def __init__(self) -> None:
        """Start counting."""
        self._began = time.monotonic()
        self._exchanges = 0
        self._left: Progress | None = None
        self._findings = 0
        self._doing = "starting"
        self._told = self._began

    def note(self, event: Event) -> None:
        """Take one event."""
        match event:
            case RunStarted():
                self._began = time.monotonic()
            case ExchangeJudged():
                self._exchanges += 1
            case Progress():
                self._left, self._told = event, time.monotonic()
                self._doing = escape(event.doing) or self._doing
            case FindingFound():
                self._findings += 1
            case Examining():
                self._doing = f"minimizing a finding: {event.finding.breach.law}"
            case _:
                pass

    @property
    def _done(self) -> int:
        """Exchanges that are done; of lanes, only their progress tells."""
        return max(self._exchanges, 0 if self._left is None else self._left.done)

    def line(self) -> Text:
        """Return the line as it is now."""
        seconds = time.monotonic() - self._began
        of, left = self._done, ""
        total = ""
        if self._left is not None:
            of = max(self._left.total, self._done)
            total = f" of {of:,}"
            seconds_left = max(self._left.seconds_left - (time.monotonic() - self._told), 0.0)
            left = f", about {seconds_left:.0f} s left"
        found = count_of(self._findings, "finding")
        return Text.assemble(
            (f"{self._done:>6,}{total} {'exchange' if of == 1 else 'exchanges'}", "bold"),
            (f"  {seconds:>4.0f} s{left}  ", "dim"),
            (found, STYLES[Tone.BAD] if self._findings else "dim"),
            f"  {self._doing}",
            no_wrap=True,
            overflow="ellipsis",
        )


def show(console: Console, block: Block) -> None:
    """Print a block, and an empty line after it."""
    match block:
        case Line():
            print_text(console, line(block))
        case Table():
            console.print(_table(block))
        case Entry():
            print_text(console, Text(block.heading, style=STYLES[block.tone]))
            width = label_width(block.fields)
            for field in block.fields:
                _show_field(console, field, width)
    console.print()


def print_text(console: Console, text: Text) -> None:
    """Print a text whose first line alone begins at the margin: what it quotes can't look like a line of its own."""
    for place, part in enumerate(text.wrap(console, max(console.width - len(INDENT), 1), overflow="fold") or [text]):
        console.print(Text.assemble(INDENT, part) if place else part, soft_wrap=True)


def line(block: Line) -> Text:
    """Return a line in the style of its tone."""
    return Text(block.text, style=STYLES[block.tone])


def _table(table: Table) -> RichTable:
    """Return a table as rich lays it out."""
    shown = RichTable(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    for index, title in enumerate(table.head):
        shown.add_column(title, justify="right" if index in table.numeric else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in row.cells), style=STYLES[row.tone])
    return shown


def _show_field(console: Console, field: Field, width: int) -> None:
    """Print a field: text wraps beside its label, or below a long one; a command is left whole, for copying."""
    long = len(field.label) > width
    if long:
        print_text(console, Text.assemble(INDENT, (field.label, "dim")))
    label = Text(("" if long else field.label).ljust(width), style="dim")
    gap = "  " if width else ""
    if field.command:
        console.print(Text.assemble("   ", label, gap, (field.lines[0], "cyan")), soft_wrap=True)
        return
    grid = RichTable.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text.assemble("   ", label, gap), Text("\n".join(field.lines)))
    console.print(grid)
