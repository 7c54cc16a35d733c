"""What a person is told when a command fails: whose fault it is, and what to do; no traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.errors import BothendsError, HarnessError

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.cli.output import Output

INTERRUPTED = 130
"""The exit code of an interrupted command: 128 + SIGINT, as shells have it; for SIGTERM too."""

_FAULTS = {
    "contract": "the contract or the call is wrong",
    "target": "the target failed",
    "harness": "bothends failed",
}


def tell(error: Exception, config: Path, err: Output) -> int:
    """Write the message of a failure, and return its exit code.

    Args:
        error: What a command raised.
        config: The settings file; a crash file goes into the state folder beside it.
        err: Standard error.
    """
    from bothends.reports.sanitize import harmless_lines  # noqa: PLC0415 -- keeps start-up short

    if not isinstance(error, BothendsError):
        error = _crashed(error, config)
    lines = [line for text in str(error).split("\n") for line in harmless_lines(text)]
    err.write("\n".join([f"bothends: {_FAULTS[error.fault]}", *lines]) + "\n")
    err.flush()
    return error.exit_code


def _crashed(error: Exception, config: Path) -> HarnessError:
    """Return a bug as an error of the harness; its traceback is kept in a file."""
    from bothends.engine.crash import record_crash  # noqa: PLC0415 -- keeps start-up short
    from bothends.state_folder import STATE_FOLDER  # noqa: PLC0415 -- likewise

    return HarnessError(record_crash(config.parent / STATE_FOLDER, error), advice="report it, with that file")
