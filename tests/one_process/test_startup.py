"""A target that starts has the time that it is given, whatever this process does meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import TYPE_CHECKING

from bothends.cases.plan import Plan
from bothends.clock import Clock
from bothends.engine.run.drawing import Drawing
from bothends.launch.readiness import until_ready
from tests.one_process.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

LIMIT = 2
"""Seconds that a target has to start; to make the cases takes more."""


def test_time_in_which_the_loop_stands_still_is_nobodys_delay() -> None:
    """A target that listens while this process does something else for longer than its limit is found to be ready."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        begun, listens = threading.Event(), threading.Event()

        def serve() -> None:
            begun.wait()
            listening.listen()
            listens.set()

        def stand_still() -> None:
            begun.set()
            listens.wait()
            time.sleep(0.3)

        threading.Thread(target=serve).start()

        async def main() -> str:
            asyncio.get_running_loop().call_later(0.03, stand_still)
            return await until_ready(f"http://127.0.0.1:{port}", None, clock=Clock(), limit=0.1)

        assert "" == asyncio.run(main())


def test_a_target_that_never_listens_is_told_of_when_its_time_is_over() -> None:
    """That this process did not run meanwhile makes the wait longer, and not endless."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))

        async def main() -> str:
            asyncio.get_running_loop().call_later(0.03, time.sleep, 0.3)
            port = silent.getsockname()[1]
            return await until_ready(f"http://127.0.0.1:{port}", None, clock=Clock(), limit=0.1)

        assert "accepts no connection" in asyncio.run(main())


def test_the_loop_goes_on_while_a_case_is_drawn() -> None:
    """What is drawn may wait for what the loop does."""
    done = threading.Event()

    def items() -> Iterator[bool]:
        yield done.wait(60)

    async def main() -> list[tuple[bool] | None]:
        drawing, drawn = Drawing(), items()
        asyncio.get_running_loop().call_later(0.01, done.set)
        try:
            return [await drawing.next_of(drawn), await drawing.next_of(drawn)]
        finally:
            drawing.end()

    assert [(True,), None] == asyncio.run(main())


def test_to_make_the_cases_takes_a_target_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target is found to be ready while cases are made for longer than it may take to start."""
    prepare = Plan.prepare

    def slow(plan: Plan) -> None:
        time.sleep(LIMIT + 1)
        prepare(plan)

    monkeypatch.setattr(Plan, "prepare", slow)
    project = Project(tmp_path, target=f"start_within_s = {LIMIT}")
    right = project.verify("--profile", "quick", "--only", "success")
    assert 0 == right.returncode, right.stdout
    wrong = Project(tmp_path / "wrong", target=f"start_within_s = {LIMIT}", server="import time; time.sleep(60)")
    failed = wrong.verify("--profile", "quick", "--only", "success")
    assert (3, True) == (failed.returncode, f"not ready within {LIMIT} s" in failed.stdout), failed.stdout
