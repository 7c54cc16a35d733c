"""`bothends verify` as a person sees it, and as a person ends it who has no patience."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bothends.cli.interrupts import ENDING
from tests.waiting import LONGEST

if TYPE_CHECKING:
    from tests.cli.conftest import Project

RUN = """
import asyncio, sys
from argparse import Namespace
from pathlib import Path
from bothends.cli.terminal import Output
from bothends.cli.performing import perform

class Stubborn:
    async def events(self):
        print("running", flush=True)
        try:
            await asyncio.sleep(60)
        finally:
            print("cleared", flush=True)
        yield

    def interrupt(self):
        print("asked", flush=True)

    def secrets(self):
        return ()

arguments = Namespace(config=Path("bothends.toml"), json=None, state=None)
sys.exit(perform(Stubborn(), arguments, Output(sys.stdout), Output(sys.stderr)))
"""


def seen(project: Project, **changes: str) -> tuple[int, str]:
    """Run a short verification in a pseudo-terminal; return its exit code and all that was written there."""
    master, slave = pty.openpty()
    hidden = {"NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    environment = {name: value for name, value in project.environment().items() if name not in hidden}
    process = subprocess.Popen(
        [sys.executable, "-m", "bothends", "verify", "--only", "success/usual"],
        cwd=project.folder,
        env={**environment, **changes},
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    chunks: list[bytes] = []
    with open(master, "rb", buffering=0) as terminal:  # noqa: PTH123 -- a descriptor
        while True:
            try:
                chunk = terminal.read(65536)
            except OSError:  # how Linux tells that the other side is closed
                break
            if not chunk:
                break
            chunks.append(chunk)
    return process.wait(), b"".join(chunks).decode()


def test_in_a_terminal_there_is_colour(project: Project) -> None:
    """The verdict is green, and the live line hides the cursor only while it is there."""
    code, text = seen(project, TERM="xterm-256color")
    assert 0 == code
    assert "\x1b[1;32mPROVEN" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_a_terminal_that_can_do_nothing_gets_plain_text(project: Project) -> None:
    """With TERM=dumb no escape sequence is written."""
    code, text = seen(project, TERM="dumb")
    assert 0 == code
    assert "\x1b" not in text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_a_run_that_does_not_end(number: signal.Signals, project: Project) -> None:
    """What the run has started is still cleared; exit code 130."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "running\n" == process.stdout.readline()
        process.send_signal(number)
        assert "asked\n" == process.stdout.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=LONGEST)
    assert (130, "cleared\n", ENDING) == (process.returncode, out, err)
