"""Standard output and error as a command writes them: a reader that goes away ends nothing."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, TextIO

from bothends.errors import BothendsError, ContractError, HarnessError, MachineError, by_the_machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Output:
    """A text stream whose reader may go away, as in `bothends verify | head`.

    From then on what is written is dropped, and the run goes on to its exit code. Characters that the
    stream's encoding lacks are written as escapes.
    """

    def __init__(self, stream: TextIO) -> None:
        """Take the stream; how it treats characters that its encoding lacks is changed."""
        self._stream = stream
        self.gone = False
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return self._stream.encoding

    def isatty(self) -> bool:
        """Return whether a person looks at it."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the file descriptor, for code that asks for the terminal's size."""
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write text; a disk that is full, or the like, is a `MachineError`."""
        self._guarded(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Write out what is buffered; raises as `write`."""
        self._guarded(self._stream.flush)

    def _guarded(self, action: Callable[[], object]) -> None:
        """Do it, unless the reader has gone; when it goes now, remember that."""
        if self.gone:
            return
        try:
            action()
        except BrokenPipeError:
            self._let_go()
        except OSError as error:
            self._let_go()
            raise MachineError(
                f"The output can't be written: {error.strerror}.", advice="Free some disk space."
            ) from error

    def _let_go(self) -> None:
        """Point the descriptor at nothing, or the interpreter complains when it flushes at its end."""
        self.gone = True
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, self._stream.fileno())
        os.close(nothing)


# What a person is told when a command fails: whose fault it is, and what to do; no traceback.

INTERRUPTED = 130
"""The exit code of an interrupted command: 128 + SIGINT, as shells have it; for SIGTERM too."""

_FAULTS = {
    "contract": "the contract or the command line is wrong",
    "target": "the target failed",
    "machine": "this machine is in the way",
    "harness": "bothends failed",
}


def tell(error: Exception, config: Path, err: Output) -> int:
    """Write the message of a failure, and return its exit code.

    Args:
        error: What a command raised.
        config: The settings file; a crash file goes into the state folder beside it.
        err: Standard error.
    """
    from bothends.reports import escape_lines, glossary_pointer  # noqa: PLC0415 -- keeps start-up short

    if not isinstance(error, BothendsError):
        error = by_the_machine(error) or _crashed(error, config)
    lines = [line for text in str(error).split("\n") for line in escape_lines(text)]
    if isinstance(error, ContractError) and (command := glossary_pointer(error.problem)):
        lines.append(f"  words: {command}")
    err.write("\n".join([f"bothends: {_FAULTS[error.fault]}", *lines]) + "\n")
    err.flush()
    return error.exit_code


def _crashed(error: Exception, config: Path) -> HarnessError:
    """Return a bug as an error of the harness; its traceback is kept in a file."""
    from bothends.engine import record_crash  # noqa: PLC0415 -- keeps start-up short
    from bothends.state_folder import state_folder_of  # noqa: PLC0415 -- likewise

    return HarnessError(record_crash(state_folder_of(config), error), advice="Report it, with that file.")
