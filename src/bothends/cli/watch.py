"""`bothends verify --watch`: verifies again at each change, on one screen, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from bothends.cli import loops
from bothends.cli.accept import LAST, note_run
from bothends.cli.interrupts import interruptible
from bothends.cli.terminal import INTERRUPTED
from bothends.errors import ContractError, TargetError
from bothends.reports import REPORTS
from bothends.state_folder import make_state_folder
from bothends.watch import RELOAD, LiveScreen, PlainScreen, Watch, WatchOptions, read_standing

if TYPE_CHECKING:
    import argparse

    from bothends.cli.terminal import Output
    from bothends.engine import Options
    from bothends.records import Summary
    from bothends.watch import Screen


def run_watch(arguments: argparse.Namespace, options: Options, out: Output, err: Output) -> int:
    """Run the command until it is interrupted, which is how it is meant to end.

    Args:
        arguments: The command line, for the reports that it asks for.
        options: What each whole run is asked to do.
        out: Standard output.
        err: Standard error.

    Raises:
        ContractError: A report is asked for.
        HarnessError: What a run has found can't be noted.
    """
    asked = [one for one in REPORTS if vars(arguments).get(one.dest) is not None]
    if asked:
        name, place = asked[0].name, asked[0].place
        problem = f"--watch has one screen, and writes no report: --{name} has no meaning with it."
        raise ContractError(problem, expected="one of the two", advice=f"bothends verify --{name} {place}")
    make_state_folder(options.state_folder)

    def note(summary: Summary, digest: str) -> None:
        note_run(options.run_folder, summary, digest)

    watched = WatchOptions(options, read_standing(options.run_folder / LAST), note, _told)
    code = loops.run(lambda: _run(watched, _screen(out), err))
    if code == RELOAD:
        out.flush()
        # The code of plugins can be loaded once in a process. What stands is in the folder of the run.
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 -- this very command once more
    return code


def _told(error: ContractError | TargetError) -> list[str]:
    """Return how a wrong contract is told."""
    return ["the contract or the command line is wrong", *str(error).split("\n")]


def _screen(out: Output) -> Screen:
    if out.isatty() and os.environ.get("TERM") != "dumb":
        return LiveScreen(out, colour="NO_COLOR" not in os.environ)
    return PlainScreen(out)


async def _run(asked: WatchOptions, screen: Screen, err: Output) -> int:
    watch = Watch(asked, screen)
    try:
        with interruptible(watch.stop, err):
            return await watch.run()
    except asyncio.CancelledError:  # the second Ctrl-C
        return INTERRUPTED
