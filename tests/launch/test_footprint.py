"""What a target holds while it does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from bothends.launch.footprint import Footprint, footprint

HOLDS = """
import subprocess, sys, threading
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
ended = threading.Event()
threads = [threading.Thread(target=ended.wait) for _ in range(3)]
for thread in threads: thread.start()
files = [open("/dev/null") for _ in range(5)]
memory = bytearray(b"x") * (40 << 20)
child = subprocess.Popen(["sleep", "30"], stdout=subprocess.DEVNULL, close_fds=True)
sys.stdout.write("more\\n"); sys.stdout.flush()
sys.stdin.readline()
child.kill(); child.wait(); ended.set()
"""
READY = Footprint(processes=1, threads=2, files=10, resident=100 << 20)


def test_what_a_process_and_its_children_hold_is_added_up() -> None:
    """Threads, files, memory and processes are counted, those of a child among them; of one that has ended, nothing."""
    command = [sys.executable, "-c", HOLDS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        before = footprint(process.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        assert "more\n" == process.stdout.readline()
        after = footprint(process.pid)
        process.stdin.write("\n")
    assert before is not None
    assert after is not None
    assert (1, 2) == (before.processes, after.processes)
    assert before.threads + 3 + 1 == after.threads
    assert before.files + 5 <= after.files
    assert before.resident + (40 << 20) <= after.resident
    assert not after.holds_no_more_than(before, services=2)
    assert footprint(process.pid) is None


def test_this_process_holds_no_more_than_itself() -> None:
    """What has not changed is clean."""
    now = footprint(os.getpid())
    assert now is not None
    assert now.holds_no_more_than(now, services=0)


@pytest.mark.parametrize(
    ("more", "clean"),
    [
        ({}, True),
        ({"processes": 2}, False),
        ({"threads": 10}, True),
        ({"threads": 11}, False),
        ({"files": 15}, True),
        ({"files": 16}, False),
        ({"resident": 125 << 20}, True),
        ({"resident": 126 << 20}, False),
    ],
)
def test_a_first_request_may_leave_a_little(more: dict[str, int], clean: bool) -> None:  # noqa: FBT001 -- a table
    """A few threads, a connection for each service, and what modules take: more is what a scenario has left."""
    assert clean == replace(READY, **more).holds_no_more_than(READY, services=3)
