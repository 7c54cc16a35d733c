"""A warm process is to its caller what one of its own would be."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.warm.start import command

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import os, sys, time
print(sys.argv, __name__, os.getcwd(), os.environ["MARK"], sys.stdin.read(), os.getpid(), flush=True)
sys.stderr.write("err")
if sys.argv[1] == "waits":
    time.sleep(60)
raise SystemExit(7)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a script."""
    (tmp_path / "script.py").write_text(SCRIPT, "utf-8")
    return tmp_path


def start(folder: Path, word: str) -> subprocess.Popen[str]:
    """Start the script."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "MARK": "mark"}
    words = [*command("script"), "script.py", word]
    return subprocess.Popen(words, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def is_there(pid: int) -> bool:
    """Whether a process has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_streams_folder_environment_and_exit_code_are_its_own(folder: Path) -> None:
    """They are those that its caller gave it, and its code is the caller's to read."""
    process = start(folder, "ends")
    out, err = process.communicate("in", timeout=60)
    assert f"['script.py', 'ends'] __main__ {folder} mark in " == out.rpartition(" ")[0] + " "
    assert ("err", 7) == (err, process.returncode)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it(folder: Path, number: signal.Signals) -> None:
    """SIGTERM is passed on; and it does not outlive the process that stands for it."""
    process = start(folder, "waits")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    pid = int(process.stdout.readline().rpartition(" ")[2])
    process.send_signal(number)
    assert -number == process.wait(60)
    deadline = time.monotonic() + 60
    while is_there(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_a_process_that_measures_its_lines_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to begin to before it loads anything."""
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "x")
    assert ["-m", "bothends"] == command()[1:]
