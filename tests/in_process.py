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
from tests.busy import until_shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


_ONCE = os.environ.get("COVERAGE_CORE") == "sysmon"
"""Whether each line is told of once, and costs nothing from then on; to stop and to start tells of all lines anew."""


@contextlib.contextmanager
def not_measured(*, anyhow: bool = False) -> Iterator[None]:
    """Measure no lines while the body runs, if they are measured at all.

    Args:
        anyhow: Whether to stop measuring even where it costs next to nothing: for code that does not run again.
    """
    measuring = coverage.Coverage.current() if anyhow or not _ONCE else None
    if measuring is not None:
        measuring.stop()
    try:
        yield
    finally:
        if measuring is not None:
            measuring.start()


@contextlib.contextmanager
def _without(names: Iterable[str]) -> Iterator[None]:
    """Leave variables out of the environment while the body runs."""
    taken = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)


def bothends(
    folder: Path,
    *arguments: str,
    env: Mapping[str, str | None] | None = None,
    measured: bool = True,
    once: bool = False,
    notes: Path | None = None,
) -> CompletedProcess[str]:
    """Run a command in a folder; return how it ended. It is run again where the machine was too busy to tell.

    Args:
        folder: The working directory.
        arguments: What comes after `bothends`.
        env: More of the environment; None: what is not in it.
        measured: Whether its lines are.
        once: Whether it is run once, however busy the machine was: the target remembers what was done to it, or that
            the machine is busy is what the test is about.
        notes: A file to which the target adds what happens; what is in it of a run that is made again is taken back.
    """
    before = notes.read_bytes() if notes is not None and notes.exists() else None

    def run() -> CompletedProcess[str]:
        if notes is not None and notes.exists():
            notes.unlink() if before is None else notes.write_bytes(before)
        return _run(folder, arguments, env or {}, measured=measured)

    return run() if once else until_shown(run, lambda done: (done.returncode, done.stdout))


def _run(
    folder: Path, arguments: Sequence[str], given: Mapping[str, str | None], *, measured: bool
) -> CompletedProcess[str]:
    out, err = io.StringIO(), io.StringIO()
    kept = {name: value for name, value in given.items() if value is not None}
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, kept),
        _without(name for name, value in given.items() if value is None),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.nullcontext() if measured else not_measured(),
        # Lanes are forked, which a process with threads must not do: a run of settings that have them asks for none.
        mock.patch("bothends.lanes.choice.UNASKED", 1),
    ):
        try:
            code = main(arguments)
        except SystemExit as ended:  # a wrong command line, by argparse
            code = int(ended.code or 0)
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
