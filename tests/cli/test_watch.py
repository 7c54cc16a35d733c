"""`bothends verify --watch` in a real terminal: edits, what failed last, the rest, and Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import ROOT
from tests.processes import alive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Project

LONGEST_WAIT = 240.0
"""Of a part of a round, on a machine that is busy; it is as short as the machine lets it be."""
CONTROLLED = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "bothends", *sys.argv[1:]])
"""
"""Makes the terminal the one of its session, so that Ctrl-C in it is a signal."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A watched run in a pseudo-terminal, with a process group of its own."""

    def __init__(self, project: Project, *arguments: str) -> None:
        """Start it."""
        self.master, slave = pty.openpty()
        environment = {name: value for name, value in project.environment().items() if name != "NO_COLOR"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLED, "verify", "--watch", *arguments],
            cwd=project.folder,
            env={**environment, "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.written = ""

    def until(self, pattern: str) -> str:
        """Read until a painted screen has a pattern; return that screen."""
        deadline = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < deadline:
            if re.search(pattern, self.screen):
                return self.screen
            if not select.select([self.master], [], [], 1.0)[0]:
                continue
            try:
                self.written += os.read(self.master, 65536).decode(errors="replace")
            except OSError:  # how Linux tells that the other side is closed
                break
        raise AssertionError(f"{pattern} was not shown:\n{self.screen}\n{self.process.poll()}")

    @property
    def screen(self) -> str:
        """The last painting that is whole: each begins at the top and ends by clearing what is below it."""
        whole = self.written.rpartition("\x1b[J")[0]
        return _ESCAPES.sub("", whole.rpartition("\x1b[H")[2])

    def end(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        os.write(self.master, b"\x03")
        deadline = time.monotonic() + LONGEST_WAIT
        while self.process.poll() is None and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.written += os.read(self.master, 65536).decode(errors="replace")
        return self.process.wait(1)


@contextlib.contextmanager
def watching(project: Project, *arguments: str) -> Iterator[Terminal]:
    """Watch while the body runs; whatever is left of it is killed."""
    terminal = Terminal(project, *arguments)
    try:
        yield terminal
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait()
        os.close(terminal.master)


def below(root: int) -> dict[int, str]:
    """Return the processes below one, whatever groups and sessions they have made, and the command of each."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 3) for line in listed.splitlines()]
    children: dict[int, list[int]] = {}
    for pid, parent, state, _ in rows:
        if not state.startswith("Z"):
            children.setdefault(int(parent), []).append(int(pid))
    commands = {int(row[0]): row[3] for row in rows}
    found, pending = {}, [root]
    while pending:
        for child in children.get(pending.pop(), []):
            found[child] = commands[child]
            pending.append(child)
    return found


def following(project: Project) -> None:
    """Let the reference read the spec of the folder, and be watched."""
    spec = project.folder / "openapi.yaml"
    project.replace("bothends.toml", "[target.env]\n", f'[target.env]\nOPENAPI_FILE = "{spec}"\n')
    project.replace("bothends.toml", "[target]\n", f'[target]\nwatch = ["{ROOT}/reference"]\n')


@pytest.mark.measured
def test_edit_verdict_fix_verdict_and_ctrl_c(project: Project) -> None:
    """What breaks is told, what failed last goes first when it is fixed, and Ctrl-C leaves nothing running."""
    # The target keeps to the contract of the beginning: an edit of the other one breaks it, and undone fixes it.
    (project.folder / "kept.yaml").write_text((project.folder / "openapi.yaml").read_text())
    following(project)
    project.replace("bothends.toml", f"{project.folder}/openapi.yaml", f"{project.folder}/kept.yaml")
    with watching(project, "--only", "success/usual") as terminal:
        first = terminal.until(r"waiting for a change")
        assert "all          PROVEN" in first.replace("\r", "")
        assert "failed last" not in first
        project.replace("openapi.yaml", "const: app/route.requested", "const: app/route.asked")
        broken = terminal.until(r"changed: openapi\.yaml[\s\S]*waiting for a change")
        assert re.search(r"all +BROKEN: event-schema", broken)
        assert re.search(r"stands, 1:\s+[0-9a-f]{10}  event-schema \(success/usual\): The event ", broken)
        project.replace("openapi.yaml", "const: app/route.asked", "const: app/route.requested")
        fixed = terminal.until(r"round 3[\s\S]*waiting for a change")
        assert re.search(r"failed last +none of 1 there any more, [\d.]+ s\s+all +PROVEN", fixed)
        assert re.search(r"fixed, 1:\s+[0-9a-f]{10}  event-schema", fixed)
        assert {} == below(terminal.process.pid)
        assert 0 == terminal.end()


def test_ctrl_c_in_the_middle_of_a_round_leaves_nothing_running(project: Project) -> None:
    """The target of the round is ended too, and the exit code says that the round was not complete."""
    following(project)
    with watching(project) as terminal:
        terminal.until(r"running, [\d,]+ of")
        processes = below(terminal.process.pid)
        assert any("reference" in command for command in processes.values())
        assert 130 == terminal.end()
        assert [] == [process for process in processes if alive(process)]


def test_a_watched_run_writes_no_report(project: Project) -> None:
    """It would be another one each time; what to run is said."""
    result = project.call("verify", "--watch", "--json", "-")
    assert 2 == result.code
    assert "--watch has one screen, and writes no report" in result.err
    assert "bothends verify --json FILE" in result.err


@pytest.mark.measured
def test_without_a_terminal_a_wrong_contract_is_told_and_waited_out(project: Project) -> None:
    """The lines of the error are those of any run, and Ctrl-C ends with its code."""
    project.replace("openapi.yaml", "openapi: 3.1.0", "openapi: [3.1.0")
    process = project.start("verify", "--watch")
    assert process.stdout is not None
    told = ""
    while (line := process.stdout.readline()) and not line.startswith("waiting"):
        told += line
    process.send_signal(signal.SIGINT)
    told += line + process.communicate(timeout=LONGEST_WAIT)[0]
    assert "round 1: begins\nthe contract or the command line is wrong\n" in told
    assert "The spec can't be read as YAML" in told
    assert told.endswith("waiting for a change; Ctrl-C ends\n")
    assert 2 == process.returncode
