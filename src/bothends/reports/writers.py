"""Report files: whole or not at all."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from bothends.errors import Location, MachineError
from bothends.installed import version_of
from bothends.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bothends.contract import Contract
    from bothends.engine import Event
    from bothends.records import Summary
    from bothends.reports.blocks import Appendix
    from bothends.reports.origin import Origin


@contextlib.contextmanager
def whole_file(path: Path, option: str) -> Iterator[IO[bytes]]:
    """Give a file to write to, which takes its place when all is written.

    What is no regular file (a pipe, a device) is written straight.

    Args:
        path: The file.
        option: The option that named it, for the advice.

    Raises:
        MachineError: It can't be written.
    """
    with write_errors_named(path, option):
        if path.exists() and not path.is_file():
            with path.open("wb") as straight:
                yield straight
            return
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def write_errors_named(path: Path, option: str) -> Iterator[None]:
    """Turn what the system says of a file that can't be written into a message.

    Raises:
        MachineError: It can't be written.
    """
    try:
        yield
    except OSError as error:
        raise MachineError(
            f"The report can't be written: {error.strerror}.",
            where=Location(path),
            advice=f"Free some disk space, or name another file with {option}.",
        ) from error


def put(place: Path | Stream, text: str, option: str) -> None:
    """Write a report, lone surrogates escaped, or raise a `MachineError` that names the option of the place."""
    if isinstance(place, Path):
        with whole_file(place, option) as file:
            file.write(text.encode(errors="backslashreplace"))
    else:
        place.write(text)
        place.flush()


class _DroppedError(Exception):
    """A file is not kept."""


class GrowingFile:
    """A file, or a stream, that a report is written to as the run goes on; the file is there when it is kept."""

    def __init__(self, place: Path | Stream, option: str) -> None:
        """Begin it, or raise a `MachineError` that names the option of the place."""
        self._place = place
        self._option = option
        self._stack = contextlib.ExitStack()
        self._file = self._stack.enter_context(whole_file(place, option)) if isinstance(place, Path) else None

    def write(self, data: str | bytes) -> int:
        """Write text or bytes, of which a stream takes text alone.

        Raises:
            MachineError: It can't be written.
        """
        if self._file is not None and isinstance(self._place, Path):
            with write_errors_named(self._place, self._option):
                return self._file.write(data.encode(errors="backslashreplace") if isinstance(data, str) else data)
        if not isinstance(self._place, Path):
            self._place.write(str(data))
            self._place.flush()
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is read when it is whole."""

    def keep(self) -> None:
        """Let it take its place: it is whole. That it can't be written is a `MachineError`."""
        if isinstance(self._place, Path):
            with write_errors_named(self._place, self._option):
                self._stack.close()

    def drop(self) -> None:
        """Leave nothing behind, if it was not kept."""
        with contextlib.suppress(MachineError):  # what can't be written any more is not wanted any more
            self._stack.__exit__(_DroppedError, _DroppedError(), None)
        self._stack = contextlib.ExitStack()


# What every report of a run is: something that is told events, and what it needs to tell them on.


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
        """Take one event; that the report can't be written is a `MachineError`."""
        ...

    def close(self) -> None:
        """Give the terminal back; after the last event, or when the run broke off without one."""
        ...


def _nothing(_: Summary) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a report needs and no event says.

    Attributes:
        replay: Returns the command that replays the finding of an ID.
        secrets: Returns what must never be shown; asked when a report is written, not before.
        traced: Whether each exchange is told from end to end, as in a replay.
        verbose: Whether a person is told all, such as how each law fared, though all is well.
        contract: What is verified, for the lines of findings; None: they have none.
        origin: When and where the run began, and of which commit; None: reports do not say it.
        appendix: Returns what reports for people tell after all else, by the end of the run; None: nothing.
    """

    replay: Callable[[str], str]
    secrets: Callable[[], Sequence[str]]
    traced: bool = False
    verbose: bool = False
    contract: Contract | None = None
    origin: Origin | None = None
    appendix: Callable[[Summary], Appendix | None] = _nothing


# The reports that an option asks for: each is registered where it is defined.


@dataclass(frozen=True, slots=True)
class FileReport:
    """A report that a command writes to a file when it is asked to.

    Attributes:
        name: The option without its dashes: `junit`.
        about: What the option does, for the help.
        make: Makes it, of where it goes and what no event says.
        to_output: Whether it may go to standard output.
        to_url: Whether it is sent to a URL, and is no file.
    """

    name: str
    about: str
    make: Callable[[Any, Surroundings], Reporter]
    to_output: bool = True
    to_url: bool = False

    @property
    def dest(self) -> str:
        """The name of its option among the arguments of a command."""
        return self.name.replace("-", "_")

    @property
    def place(self) -> str:
        """What its option is given, in the help."""
        return "URL" if self.to_url else "FILE"


REPORTS: Registry[FileReport] = Registry("report", lambda report: report.name)
"""All of them."""

_Make = TypeVar("_Make", bound="Callable[[Any, Surroundings], Reporter]")


def report(name: str, about: str, *, to_output: bool = True, to_url: bool = False) -> Callable[[_Make], _Make]:
    """Return what registers a report: a class whose objects are told the events of a run, or what makes such an object.

    It is made of standard output or the path of a file; without `to_output`, always of a path; with `to_url`, of a URL.
    """

    def take_in(make: _Make) -> _Make:
        REPORTS.add(FileReport(name, about, make, to_output and not to_url, to_url))
        return make

    return take_in


def version() -> str:
    """Return the version of bothends that is installed."""
    return version_of("bothends")
