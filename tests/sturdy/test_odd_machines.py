"""Machines that are odd: the exit code says whose fault it is, one sentence what to do, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.sturdy.odd_machines import INTERRUPTED, MOST_SECONDS, PROVEN, ROOT, ROWS, Row, interrupted, outcome

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Boxes", "version": "1"},
    "paths": {
        "/boxes": {
            "post": {
                "operationId": "take",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["width"],
                                "additionalProperties": False,
                                "properties": {"width": {"type": "integer", "minimum": 1, "maximum": 100}},
                            }
                        }
                    },
                },
                "responses": {
                    "200": {"description": "Taken."},
                    "400": {"description": "No JSON.", "x-given": "malformed-body"},
                    "415": {"description": "Another type.", "x-given": "unsupported-media-type"},
                    "422": {"description": "No box.", "x-given": "invalid-body"},
                },
            }
        }
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a contract."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC))
    return tmp_path


def left(folder: Path) -> list[str]:
    """Return the processes that still work in a folder after a while: the system may be about to end them."""
    deadline = time.monotonic() + MOST_SECONDS
    while (found := processes(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def processes(folder: Path) -> list[str]:
    """Return the processes that work in a folder."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if each.readlink() == folder:
                found.append((each.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has ended, or is another user's
    return found


SHORT = {"cut: accept", "empty: explain", "binary: verify"}
"""Of the files that are damaged, `make test` has each damage once, and each command."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(one, marks=pytest.mark.long if row.damaged and one not in SHORT else ())
        for one, row in ROWS.items()
    ],
)
def test_an_odd_machine_is_told_in_a_sentence(name: str, folder: Path) -> None:
    """No traceback, no wrong blame, no process that is left."""
    row = ROWS[name]
    done = outcome(row, folder)
    said = done.stdout + done.stderr
    assert (row.code, True) == (done.returncode, row.says in said), said
    assert "Traceback" not in said
    assert "bothends failed" not in said
    assert [] == left(folder)


def test_there_are_as_many_as_were_attacked() -> None:
    """With the signals below."""
    assert len(ROWS) + len(MOMENTS) >= 40


MOMENTS = [(number, lines) for number in (signal.SIGINT, signal.SIGTERM) for lines in (0, 1, 10, 60, 200)]
"""A signal, and of how many events a run has told when it comes."""


@pytest.mark.parametrize(
    ("number", "lines"),
    [pytest.param(*one, marks=() if place % 3 == 0 else pytest.mark.long) for place, one in enumerate(MOMENTS)],
)
def test_a_signal_ends_a_run_at_any_moment(number: signal.Signals, lines: int, folder: Path) -> None:
    """What was found is kept, the exit code is that of an interrupted command, and nothing is left."""
    before = set(Path(tempfile.gettempdir()).glob("bothends*"))
    (folder / "bothends.toml").write_text(
        f'spec = "openapi.json"\n[target]\nready = "/"\ncommand = ["{sys.executable}", "-m", "tests.sturdy.boxes"]\n'
        f'env = {{PORT = "{{port}}", PYTHONPATH = "{ROOT}"}}\n'
    )
    code, said = interrupted(folder, number, lines)
    assert INTERRUPTED == code, said
    assert "Traceback" not in said
    assert [] == left(folder)
    files = set(Path(tempfile.gettempdir()).glob("bothends*")) - before
    assert not {file for file in files if str(folder) in file.name}


@pytest.mark.parametrize("told", [False, True], ids=["in its folder", "elsewhere"])
def test_what_a_target_leaves_behind_is_ended_or_named(folder: Path, *, told: bool) -> None:
    """A daemon of its that works in its folder ends with it; of one that works elsewhere a person is told."""
    env = {"DAEMON_IN": "/" if told else str(folder), "DAEMON_PID": str(folder / "pid")}
    done = outcome(Row(PROVEN, env=env), folder)
    pid = int((folder / "pid").read_text())
    try:
        assert PROVEN == done.returncode, done.stdout + done.stderr
        named = [line.partition(" (")[0] for line in done.stderr.splitlines() if "left" in line]
        assert ([f"note: The target has left process {pid}"] if told else []) == named
        assert [] == left(folder)
    finally:
        if told:
            os.kill(pid, signal.SIGKILL)
