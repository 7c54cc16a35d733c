"""A workbench accuses no target of what bothends itself has made late: it was stopped, or its loop was kept busy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from bothends.records import NoAnswer
from bothends.workbench import Workbench
from tests.workbench import patient
from tests.workbench.test_bench import late

ROOT = Path(__file__).resolve().parents[2]
STOPPED_SECONDS = 6.0
"""Longer than the target waits for its upstreams, and than its events have."""

MOST_TRIES = 5
"""A busy machine excuses whom it has kept waiting as well."""


def kept_busy(bench: Workbench, after: float) -> None:
    """Let nothing else run in the thread of the world and the client, some time from now."""

    async def busy() -> None:
        time.sleep(STOPPED_SECONDS)  # noqa: ASYNC251 -- that is the point

    threading.Timer(after, lambda: bench.opened.submit(busy())).start()


def test_an_upstream_that_was_stopped(tmp_path: Path) -> None:
    """The process that is the client and the upstream is stopped: that the target says so is right."""
    config = patient.settings(tmp_path, 2)
    command = [sys.executable, "-m", "tests.workbench.one_request", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert "begins\n" == process.stdout.readline()
        time.sleep(0.2)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(STOPPED_SECONDS)
        os.kill(process.pid, signal.SIGCONT)
        status, laws = json.loads(process.stdout.readline())
    assert [] == laws, status


def test_an_ingest_that_was_kept_busy(tmp_path: Path) -> None:
    """An event has come while it was, and is read when that is over."""
    with late(tmp_path, lost=0, seconds=1.0) as bench:
        exchange = bench.post()
        kept_busy(bench, 0.1)
        assert [] == bench.check(exchange)
        assert [] == bench.settle()


def test_a_target_that_is_late_of_its_own_is_accused(tmp_path: Path) -> None:
    """It waits for the ingest for ever, and nothing has kept it waiting but that."""
    config = patient.settings(tmp_path, 1)
    config.write_text(config.read_text("utf-8").replace("[target]\n", "[target]\ntime_limit_ms = 3000\n", 1), "utf-8")
    command = ("python", "tests/planted/no_timeout.py")
    with Workbench(config, command=command, env={"PYTHONPATH": str(ROOT)}) as bench, bench.given("the ingest hangs"):
        laws: list[str] = []
        for _ in range(MOST_TRIES):
            exchange = bench.post()
            assert isinstance(exchange.answer, NoAnswer)
            laws = [breach.law for breach in bench.check(exchange)]
            if laws:
                break
        assert ["answered-in-time"] == laws
