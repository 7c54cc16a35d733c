"""Ctrl-C and SIGTERM: asked once, told twice, ended at the third."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.waiting import LONGEST

PROGRAM = """
import asyncio, sys
from bothends.cli.interrupts import interruptible
from bothends.cli.terminal import Output

async def main():
    asked = asyncio.Event()
    with interruptible(asked.set, Output(sys.stderr), told="asked\\n"):
        try:
            print("ready", flush=True)
            await asked.wait()
            print("ending", flush=True)
            if {stubborn}:
                await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("cancelled", flush=True)
            {then}
    print("done", flush=True)

asyncio.run(main())
"""
BLOCKED = "import time; print('clearing', flush=True); await asyncio.sleep(60)"


def started(*, stubborn: bool, then: str = "pass") -> subprocess.Popen[str]:
    """Start a program that can be interrupted, and wait until it can."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(stubborn=stubborn, then=then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert "ready\n" == line(process)
    return process


def line(process: subprocess.Popen[str]) -> str:
    """Read a line of its output."""
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks(number: signal.Signals) -> None:
    """The run ends by itself, in order."""
    with started(stubborn=False) as process:
        process.send_signal(number)
        assert ("ending\ndone\n", "asked\n") == process.communicate(timeout=LONGEST)
    assert 0 == process.returncode


def test_the_second_signal_cancels() -> None:
    """What is under way is let go, and what was started can still be ended."""
    with started(stubborn=True) as process:
        process.send_signal(signal.SIGINT)
        assert "ending\n" == line(process)
        process.send_signal(signal.SIGINT)
        assert ("cancelled\ndone\n", "asked\n") == process.communicate(timeout=LONGEST)
    assert 0 == process.returncode


def test_the_third_signal_ends_the_process() -> None:
    """Whatever it is doing, the process ends with 130."""
    with started(stubborn=True, then=BLOCKED) as process:
        for expected in ("ending\n", "cancelled\n"):
            process.send_signal(signal.SIGINT)
            assert expected == line(process)
        assert "clearing\n" == line(process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST)
    assert 130 == process.returncode
