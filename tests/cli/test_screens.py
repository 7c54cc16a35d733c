"""What a person sees of a whole run, in narrow and wide terminals, in one lane and in two."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING

import pyte
import pytest

from bothends.cli.interrupts import ENDING
from tests.cli.test_small_contracts import PING, small
from tests.warm.start import command

if TYPE_CHECKING:
    import io
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cli.conftest import Project, Snapshots

LONGEST = 25
"""Lines of a proven run: more are of no use to somebody whose service is right."""
_SECONDS = 120.0
"""How long a target may take until it is where it is to be stopped: longer than on any machine."""
CASES = ("--only", "success/usual", "--only", "signed-out/no-session")
SILENT = ("--command", "python -m tests.cli.targets.stays_silent")
COLUMNS, LANES = (80, 120), (1, 2)

screens = pytest.mark.parametrize(("columns", "lanes"), [(c, n) for c in COLUMNS for n in LANES])


def seen(
    project: Project, columns: int, lanes: int, *words: str, only: Sequence[str] = CASES, stopped_at: str = ""
) -> str:
    """Return what is seen in a terminal when a run has ended.

    Args:
        project: Where it is made.
        columns: How wide the terminal is, characters.
        lanes: How many lanes are asked for.
        words: More that `verify` is told.
        only: Which cases are played.
        stopped_at: What is in a target's log when Ctrl-C is pressed; empty: it is not.
    """
    program = [*command(), "verify", "--seed", "7", "--lanes", str(lanes), *only, *words]
    environment = {**project.environment(), "NO_COLOR": "1", "TERM": "xterm"}
    del environment["COLUMNS"]
    child, master = pty.fork()
    if child == 0:
        os.chdir(project.folder)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        os.execvpe(program[0], program, environment)  # noqa: S606 -- a terminal of its own, and no shell
    deadline = time.monotonic() + _SECONDS
    while stopped_at and not any(stopped_at in log.read_text() for log in project.folder.glob(".bothends/**/*.log")):
        assert time.monotonic() < deadline, f"no log says {stopped_at!r}"
        time.sleep(0.01)
    if stopped_at:
        os.kill(child, signal.SIGINT)
    screen = pyte.Screen(columns, 100)
    stream = pyte.ByteStream(screen)
    with open(master, "rb", buffering=0) as terminal:  # noqa: PTH123 -- a descriptor
        while chunk := _read(terminal):
            stream.feed(chunk)
    _, status = os.waitpid(child, 0)
    lines = "\n".join(line.rstrip() for line in screen.display).rstrip()
    return f"exit code {os.waitstatus_to_exitcode(status)}\n{lines}\n"


def _read(terminal: io.FileIO) -> bytes | None:
    try:
        return terminal.read(65536)
    except OSError:  # how Linux tells that the other side is closed
        return None


@screens
def test_a_proven_run(project: Project, snapshots: Snapshots, columns: int, lanes: int) -> None:
    """It says little: the verdict, answers, events and the time."""
    screen = seen(project, columns, lanes)
    assert len(screen.splitlines()) <= LONGEST
    snapshots.check(f"screen-proven-{columns}-{lanes}", screen)


@screens
def test_a_broken_run(project: Project, snapshots: Snapshots, columns: int, lanes: int) -> None:
    """The finding comes first, and whole."""
    screen = seen(project, columns, lanes, "--command", "python -m tests.planted.boolean_true")
    snapshots.check(f"screen-broken-{columns}-{lanes}", screen)


@screens
def test_a_run_that_does_not_prove_all(tmp_path: Path, snapshots: Snapshots, columns: int, lanes: int) -> None:
    """What was not seen is named, with what to do."""
    target = ("--command", "python -m tests.cli.targets.pings {port}")
    screen = seen(small(tmp_path, PING), columns, lanes, "--profile", "quick", *target, only=())
    # How often it is played depends on the machine.
    screen = re.sub(r"(200 +success +\d+ +)\d+", r"\1N", screen)
    snapshots.check(f"screen-not-proven-{columns}-{lanes}", screen)


@pytest.mark.parametrize("columns", COLUMNS)
def test_an_interrupted_run(project: Project, snapshots: Snapshots, columns: int) -> None:
    """What was seen until then is kept, and it says what it waits for."""
    snapshots.check(f"screen-interrupted-{columns}-1", seen(project, columns, 1, *SILENT, stopped_at="silent"))


@pytest.mark.parametrize("columns", COLUMNS)
def test_an_interrupted_run_in_lanes(project: Project, columns: int) -> None:
    """It says the same as a run in one lane; how far each of several was is a matter of chance."""
    told = seen(project, columns, 2, *SILENT, stopped_at="silent")
    code, rest = told.split("\n", 1)
    assert "exit code 130" == code
    assert ENDING.strip() in rest
    assert "\nNOT PROVEN: interrupted\n" in rest
    assert "lane 1" not in rest
    assert re.search(r"\n\d+ exchanges? in [\d.]+ s, seed 7: NOT PROVEN \(interrupted\)\n$", rest)
