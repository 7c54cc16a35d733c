"""What a lane hands over to its run: what a blob has, as it stands in memory.

A run and its lanes are one program, forked, and the file between them has no name: nobody else can write to it. So
nothing has to be written as JSON, hidden and held to a schema, which takes ten times as long. Secrets come with it, and
the reports of the run hide them, as they do where it has one lane.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from typing import TYPE_CHECKING, NamedTuple, Protocol, Union, cast

from bothends.engine import Progress, RunFinished
from bothends.engine.parts import CutError, Ending, Head
from bothends.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.engine import Event
    from bothends.engine.parts import Replays

_KEPT = 16_000_000
"""Bytes up to which the events stay in memory until they are told, and are not read twice."""

_Written = Union["Head", "Event", "Replays", "_Secrets", "Ending"]


class Part(Protocol):
    """What a lane plays."""

    def replays(self) -> Iterator[Replays]:
        """Yield what shows each finding, when it is over."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return what no report may show."""
        ...

    def ending(self, lines: int) -> Ending:
        """Return what the whole is judged by, when it is over."""
        ...


class _Secrets(NamedTuple):
    """What no report may show."""

    words: tuple[str, ...]


class Handover:
    """A file that a run opens, that a lane writes, and that the run reads when the lane has ended.

    Attributes:
        secrets: What no report may show; there when it was read.
        where: None: it is no file that anyone has given.
    """

    where: None = None

    def __init__(self, folder: Path) -> None:
        """Open it, on a disk with room for it, before the lane is forked; a failure is a `HarnessError`."""
        self.secrets: tuple[str, ...] = ()
        self._lines = 0
        self._ahead: list[Event | Replays | Ending] | None = None
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 -- it lives as long as this
        except OSError as error:
            raise _unwritable(error) from error

    def close(self) -> None:
        """Let go of it."""
        self._file.close()

    # In the lane.

    def begin(self, head: Head) -> None:
        """Write which part of the run the lane is, or raise a `HarnessError`."""
        self._write(head)
        self._flush()

    def handle(self, event: Event, part: Part) -> None:
        """Write an event of a part of the run; with the last one, all that the run is judged by.

        Raises:
            HarnessError: It can't be written.
        """
        if isinstance(event, Progress):
            return
        if not isinstance(event, RunFinished):
            self._write(event)
            return
        for replays in part.replays():
            self._write(replays)
        self._write(_Secrets(part.secrets()))
        self._write(part.ending(self._lines))
        self._flush()

    def _write(self, value: _Written) -> None:
        try:
            pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
        except OSError as error:
            raise _unwritable(error) from error
        self._lines += 1

    def _flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            raise _unwritable(error) from error

    # In the run.

    @property
    def has_begun(self) -> bool:
        """Whether the lane has written anything."""
        return self._file.seek(0, os.SEEK_END) > 0

    @property
    def head(self) -> Head:
        """Which part of the run the lane is; it must have begun."""
        self._file.seek(0)
        return cast("Head", pickle.load(self._file))  # noqa: S301 -- as below

    @property
    def is_small(self) -> bool:
        """Whether its events may stay in memory."""
        return self._file.seek(0, os.SEEK_END) <= _KEPT

    def read_ahead(self) -> None:
        """Read what a lane has written that is over, while others still play; it stays until it is asked for."""
        if self.is_small:
            with contextlib.suppress(CutError):  # who asks for it is told
                self._ahead = list(self.read())

    def read(self) -> Iterator[Event | Replays | Ending]:
        """Yield what the lane has written, the end last.

        Raises:
            CutError: There is no end: the lane has died.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            yield from ahead
            return
        self._file.seek(0)
        while True:
            try:
                read = cast("_Written", pickle.load(self._file))  # noqa: S301 -- it is this program's own, and nobody else's
            except (EOFError, pickle.UnpicklingError) as error:
                raise CutError from error
            if isinstance(read, _Secrets):
                self.secrets = read.words
            elif not isinstance(read, Head):
                yield read
            if isinstance(read, Ending):
                return


def _unwritable(error: OSError) -> HarnessError:
    return HarnessError(
        f"What a lane has seen can't be kept: {error.strerror}.", advice="Free some disk space, or run with --lanes 1."
    )
