"""A warm process is to its caller what one of its own would be."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import coverage
import pytest

from bothends.launch.process import ProcessGroup
from tests.waiting import LONGEST
from tests.warm.start import command
from tests.warm.targets import WarmProcess

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


def start(folder: Path, word: str, **more: str) -> subprocess.Popen[str]:
    """Start the script."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "MARK": "mark", **more}
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
    out, err = process.communicate("in", timeout=LONGEST)
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
    assert -number == process.wait(LONGEST)
    deadline = time.monotonic() + 60
    while is_there(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_a_process_measures_its_lines(folder: Path, tmp_path: Path) -> None:
    """One whose environment says so: from its start, though it was none of its own before."""
    # Made in a process of its own: who makes a `Coverage` beside the one that measures, takes it that one's data are
    # not to be saved.
    measured = f"coverage.Coverage(data_file={str(tmp_path / 'lines')!r}, config_file=False, source=[{str(folder)!r}])"
    code = f"import coverage; made = {measured}; made.config.parallel = True; print(made.config.serialize())"
    config = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    more = {"COVERAGE_PROCESS_CONFIG": config}
    process = start(folder, "ends", **more)
    process.communicate("in", timeout=LONGEST)
    [file] = tmp_path.glob("lines.*")
    data = coverage.CoverageData(str(file))
    data.read()
    assert [2, 3, 4, 5, 7] == sorted(data.lines(str(folder / "script.py")) or ())


TARGET = """
import os, signal, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
def said(*what): print(*what, flush=True)
said(sys.argv[1:], __name__, Path(__file__).is_absolute(), sys.path[0], os.getcwd(), os.environ.get("MARK"))
said(os.getpid() == os.getpgrp() == os.getsid(0), "sanic" in sys.modules, "bothends" in sys.modules, sys.stdin.read())
time.sleep(60 if sys.argv[1] == "waits" else 0)
sys.exit("the end")
"""


def launched(folder: Path, *words: str, **more: str) -> ProcessGroup:
    """Launch a target of this interpreter."""
    (folder / "target.py").write_text(TARGET, "utf-8")
    group = ProcessGroup([sys.executable, *words], cwd=folder, environment={**os.environ, "MARK": "mark", **more})
    os.set_blocking(group.output, True)
    return group


def ended(group: ProcessGroup) -> tuple[int, bool]:
    """Wait until a target has ended by itself."""
    deadline = time.monotonic() + 60
    while group.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return group.end()


@pytest.mark.parametrize("words", [("target.py",), ("-m", "target")])
def test_a_target_is_a_process_of_its_own(folder: Path, words: tuple[str, ...]) -> None:
    """Its path, its folder, its environment, its group and its exit code are those that it has when it is launched."""
    group = launched(folder, *words, "ends")
    with os.fdopen(group.output) as output:
        text = output.read()
    assert (1, False) == ended(group)
    first = f"['ends'] __main__ True {folder} {folder} mark"
    assert [first, "True True False ", "the end"] == text.splitlines()


def test_the_end_of_a_target_may_be_told_with_its_number(folder: Path) -> None:
    """Of one that has ended before its number is read, both are there at once."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "server"))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                size, streams, _, _ = socket.recv_fds(connection, 8, 3)
                connection.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
                connection.sendall(b"4711\n7\n")
            for stream in streams:
                os.close(stream)

        serving = threading.Thread(target=serve)
        serving.start()
        process = WarmProcess(str(folder / "server"), {}, (0, 1, 2))
        serving.join()
    assert (4711, 7, 7) == (process.pid, process.poll(), process.wait())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 7), (signal.SIGKILL, -9)])
def test_a_target_gets_its_signals(folder: Path, number: signal.Signals, code: int) -> None:
    """It may heed them, and what kills it is known."""
    group = launched(folder, "target.py", "waits")
    with os.fdopen(group.output) as output:
        output.readline()
        output.readline()
        assert group.poll() is None
        group.signal(number)
        assert output.read() == ""
    assert (code, False) == ended(group)
    assert code == group.poll()


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (("nowhere.py",), {}),
        (("-m", "nowhere"), {}),
        (("-X", "dev", "target.py", "ends"), {}),
        (("target.py", "ends"), {"PYTHONUTF8": "1"}),
    ],
)
def test_what_needs_an_interpreter_of_its_own_has_one(
    folder: Path, words: tuple[str, ...], more: dict[str, str]
) -> None:
    """One that is given options, or variables that it reads at its start, or that can't find what it is to run."""
    group = launched(folder, *words, **more)
    with os.fdopen(group.output) as output:
        text = output.read()
    assert ended(group)[0] != 0
    assert "True True" not in text
