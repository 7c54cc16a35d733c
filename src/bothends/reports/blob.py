"""A part of a run: its blob, which `bothends merge` reads, and the few lines that a person is told of it."""

from __future__ import annotations

import contextlib
import gzip
import time
from typing import TYPE_CHECKING, Any, Protocol

from bothends.engine import Aside, ExchangeJudged, FindingFound, FindingSettled, Progress, RunFinished, RunStarted
from bothends.engine.parts import head_line
from bothends.errors import MachineError
from bothends.records import count_of, some_of
from bothends.reports import page
from bothends.reports.sanitize import DEEPEST, Redactor, bounded, cookies_of, escape
from bothends.reports.terminal import PROGRESS_SECONDS, progress_line, text_of
from bothends.reports.writers import GrowingFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from bothends.engine import Event, Shard
    from bothends.engine.parts import Blobs, Ending, Head, Replays
    from bothends.records import Exchange, Summary
    from bothends.reports.writers import Stream, Surroundings

_TIMES = 16
"""How many times as much of a value is kept as a report shows: the reports of the whole bound it again."""
_OPTION = "--blob"
_QUICK = 1
"""How well it is packed: any better takes ten times as long, and the target waits for it."""
_MOST_LAWS = 6


class Part(Protocol):
    """A part of a run, as its blob is written of it."""

    @property
    def head(self) -> Head:
        """Which part it is, and of what."""
        ...

    def replays(self) -> Iterator[Replays]:
        """Yield what shows each finding, when it is over."""
        ...

    def ending(self, lines: int) -> Ending:
        """Return what the whole is judged by, when it is over."""
        ...


class Hidden:
    """Takes secrets out of all that is written."""

    def __init__(self, redactor: Redactor) -> None:
        """Take what knows the secrets."""
        self.text: Callable[[str], str] = redactor.text
        self.headers: Callable[[Sequence[tuple[str, str]]], list[tuple[str, str]]] = redactor.headers

    def value(self, value: Any) -> Any:
        """Return a JSON value bounded, and without secrets."""
        return bounded(value, self.text, DEEPEST, _TIMES)


class BlobReport:
    """Writes the blob: the events as they come, and all else at the end. It is there whole, or not at all."""

    def __init__(self, path: Path, surroundings: Surroundings, blobs: Blobs, part: Part) -> None:
        """Begin the file, or raise a `HarnessError`; the blobs write the lines, and the part is what is run."""
        self._surroundings = surroundings
        self._blobs = blobs
        self._part = part
        self._lines = 0
        self._file = GrowingFile(path, _OPTION)
        # No time and no name in it: the same part is the same file.
        self._packed = gzip.GzipFile("", "wb", _QUICK, self._file, mtime=0)
        self._write(head_line(part.head))

    def handle(self, event: Event) -> None:
        """Take one event.

        Raises:
            HarnessError: It can't be written.
        """
        if isinstance(event, Progress):
            return
        if isinstance(event, RunFinished):
            self._end()
            return
        self._line("event", event, _exchanges_of(event))

    def close(self) -> None:
        """Leave no file behind where the run broke off."""
        with contextlib.suppress(MachineError):  # what can't be written any more is not wanted any more
            self._packed.close()
        self._file.drop()

    def _end(self) -> None:
        for replays in self._part.replays():
            self._line("replays", replays, ())
        ending = self._part.ending(self._lines)
        shown = [*ending.shown.values(), *(group.finding.breach.exchange for group in ending.groups)]
        shown += [finding.breach.exchange for finding in ending.settled]
        self._line("end", ending, shown)
        self._packed.close()
        self._file.keep()

    def _line(self, kind: str, value: Event | Replays | Ending, exchanges: Iterable[Exchange | None]) -> None:
        also = [secret for exchange in exchanges for secret in cookies_of(exchange)]
        redactor = Redactor(self._surroundings.secrets()).also(also)
        self._write(self._blobs.line(kind, value, Hidden(redactor)))
        self._lines += 1

    def _write(self, line: bytes) -> None:
        self._packed.write(line)


def _exchanges_of(event: Event) -> Iterable[Exchange | None]:
    """Return the exchanges that an event holds: what they were signed in with is a secret."""
    match event:
        case ExchangeJudged():
            return (event.exchange, event.exchange.first, *event.exchange.repeats)
        case FindingFound() | FindingSettled():
            return (event.finding.breach.exchange,)
        case Aside():
            return event.exchanges
        case _:
            return ()


class PartPage:
    """Writes how a part begins, how far it has come, and that it has no verdict."""

    def __init__(
        self,
        stream: Stream,
        surroundings: Surroundings,
        shard: Shard,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take where to write, what no event says, which part it is, and what gives seconds."""
        self._stream = stream
        self._surroundings = surroundings
        self._shard = shard
        self._clock = clock
        self._last = clock()

    def handle(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, RunStarted):
            self._last = self._clock()
            self._write(f"{page.header(event).text}, {self._shard.words}\n")
        elif isinstance(event, Progress) and self._clock() - self._last >= PROGRESS_SECONDS:
            self._last = self._clock()
            self._write(f"{progress_line(event)}\n")
        elif isinstance(event, RunFinished):
            self._write(self._over(event.summary))

    def close(self) -> None:
        """Do nothing: nothing was taken."""

    def _over(self, summary: Summary) -> str:
        redactor = Redactor(self._surroundings.secrets())
        failures = list(page.failures(summary, redactor))
        told = f"{text_of(failures)}\n" if failures else ""
        laws = list(dict.fromkeys(escape(finding.breach.law) for finding in summary.findings))
        found = f"; it has findings of {some_of(laws, _MOST_LAWS)}" if laws else ""
        interrupted = " (interrupted)" if summary.interrupted else ""
        count = f"{count_of(summary.exchanges, 'exchange')} in {summary.seconds:.1f} s"
        return f"{told}{self._shard.words}, no verdict{interrupted}: {count}{found}\n"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
