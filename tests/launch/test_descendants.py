"""Processes that a target has started and that left its group: those in the way end with it, others go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bothends.launch.descendants import VARIABLE, descendants, end_those_in_the_way, new_start
from tests.waiting import LONGEST, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SLEEPS = "import time; time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); {SLEEPS}"
LISTENS = (
    "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); "
    "time.sleep(600)"
)


@pytest.fixture
def begun() -> Iterator[Callable[[str, str, Path], subprocess.Popen[bytes]]]:
    """Start processes in sessions of their own; end them all."""
    made: list[subprocess.Popen[bytes]] = []

    def begin(start: str, code: str, folder: Path) -> subprocess.Popen[bytes]:
        environment = {**os.environ, VARIABLE: start}
        line = [sys.executable, "-c", code]
        process = subprocess.Popen(line, cwd=folder, env=environment, stdout=subprocess.PIPE, start_new_session=True)
        made.append(process)
        return process

    yield begin
    for process in made:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def until_known(start: str, count: int) -> None:
    """Wait until so many processes have begun: the system shows their environment a moment after that."""
    until(lambda: len(descendants(start)) >= count)


def test_one_that_works_in_the_folder_ends(
    begun: Callable[[str, str, Path], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Another one, elsewhere, goes on, and is named; so does one of another start."""
    for name in ("there", "elsewhere"):
        (tmp_path / name).mkdir()
    start = new_start()
    inside = begun(start, SLEEPS, tmp_path / "there")
    outside = begun(start, SLEEPS, tmp_path / "elsewhere")
    other = begun(new_start(), SLEEPS, tmp_path / "there")
    until_known(start, 2)
    [left] = end_those_in_the_way(start, 1, tmp_path / "there")
    assert left.startswith(f"process {outside.pid} (")
    assert -signal.SIGTERM == inside.wait(LONGEST)
    assert (None, None) == (outside.poll(), other.poll())


def test_one_that_holds_the_port_ends(
    begun: Callable[[str, str, Path], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """Wherever it works: the next start would not get the port."""
    start = new_start()
    (tmp_path / "there").mkdir()
    holder = begun(start, LISTENS, tmp_path)
    assert holder.stdout is not None
    port = int(holder.stdout.readline())
    assert [] == end_those_in_the_way(start, port, tmp_path / "there")
    assert -signal.SIGTERM == holder.wait(LONGEST)


def test_one_that_does_not_listen_is_killed(
    begun: Callable[[str, str, Path], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """It was asked first."""
    start = new_start()
    deaf = begun(start, DEAF, tmp_path)
    assert deaf.stdout is not None
    deaf.stdout.readline()
    assert [] == end_those_in_the_way(start, 1, tmp_path)
    assert -signal.SIGKILL == deaf.wait(LONGEST)
