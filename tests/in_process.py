"""Runs the command line within the process of a test: quicker than a process of its own, and its lines are measured.

For tests of what a run finds and says. What depends on a process (signals, memory, plugins, the terminal) has one.
Whole runs reach no line that others do not reach, and take twice as long when they are measured: these are not.
"""

from __future__ import annotations

import contextlib
import io
import os
from subprocess import CompletedProcess
from typing import TYPE_CHECKING
from unittest import mock

import coverage

from bothends.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextlib.contextmanager
def _not_measured() -> Iterator[None]:
    """Measure no lines while the body runs, if they are measured at all."""
    measuring = coverage.Coverage.current()
    if measuring is not None:
        measuring.stop()
    try:
        yield
    finally:
        if measuring is not None:
            measuring.start()


def bothends(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None, measured: bool = True
) -> CompletedProcess[str]:
    """Run a command in a folder; return how it ended.

    Args:
        folder: The working directory.
        arguments: What comes after `bothends`.
        env: More of the environment.
        measured: Whether its lines are.
    """
    out, err = io.StringIO(), io.StringIO()
    kept = {"HYPOTHESIS_STORAGE_DIRECTORY": str(folder / ".bothends" / "hypothesis"), **(env or {})}
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, kept),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.nullcontext() if measured else _not_measured(),
    ):
        code = main(arguments)
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
