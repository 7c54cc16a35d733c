"""Every command ends when a person wants it to, at once, and says so; nothing of it is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cli import by_hand
from bothends.cli.interrupts import ENDING
from tests.in_process import bothends
from tests.sturdy.odd_machines import BROKEN, INTERRUPTED, MOST_SECONDS, PROVEN, ROOT
from tests.sturdy.test_odd_machines import SPEC, left

if TYPE_CHECKING:
    from pathlib import Path

SOON = 1.0
"""Seconds from a signal until a person sees that it has come."""
AT_ONCE, WAITS = "Interrupted.\n", ENDING
BEGUN = "begun"
NEVER_READY = f"sh -c 'echo > {BEGUN}; exec sleep 600'"
OPERATIONS = 4_000
FINDING = "{finding}"
"""Stands for the ID of what is wrong under `narrow.toml`, which allows less than the target does."""


@dataclass(frozen=True, slots=True)
class Row:
    """One command.

    Attributes:
        words: Its arguments.
        says: What it prints when the signal comes; empty: nothing, for it does what it was asked to until then.
        cue: The signal comes half a second after it has printed this, or its target has begun; empty: as long after its
            start, or sooner where it has done its work by then.
        code: The exit code.
    """

    words: tuple[str, ...]
    says: str
    cue: str = ""
    code: int = INTERRUPTED


ROWS = {
    "verify": Row(("verify", "--seed", "1"), WAITS, "seed 1"),
    "verify in lanes": Row(("verify", "--seed", "1", "--lanes", "2"), WAITS, "seed 1"),
    "verify, the target starts": Row(("verify", "--command", NEVER_READY), WAITS, BEGUN),
    "verify, the spec is read": Row(("verify", "--config", "large.toml"), AT_ONCE),
    "replay, the target starts": Row(
        ("replay", FINDING, "--config", "narrow.toml", "--command", NEVER_READY), WAITS, BEGUN
    ),
    "replay by hand": Row(("replay", FINDING, "--config", "narrow.toml", "--by-hand"), "", "http://127.0.0.1", PROVEN),
    "watch": Row(("verify", "--watch", "--seed", "1"), WAITS, "watching"),
    "world": Row(("world",), "", "http://127.0.0.1", PROVEN),
    "mock": Row(("mock", "--spec", "openapi.json", "--port", "0"), "", "http://127.0.0.1", PROVEN),
    "mock, the spec is read": Row(("mock", "--spec", "large.json", "--port", "0"), AT_ONCE),
    "lint": Row(("lint", "--config", "large.toml"), AT_ONCE),
    "diff": Row(("diff", "large.json", "larger.json"), AT_ONCE),
    "init": Row(("init", "--from", "large.json", "--config", "new.toml"), AT_ONCE),
    "init, the target starts": Row(
        ("init", "--from", "openapi.json", "--config", "new.toml", "--command", NEVER_READY), AT_ONCE, BEGUN
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a contract, with two others that take seconds to be read, and one that the target breaks."""
    paths: Any = SPEC["paths"]
    boxes = paths["/boxes"]
    narrow = json.loads(json.dumps(paths).replace('"maximum": 100', '"maximum": 50'))
    for name, count in (("openapi", 0), ("large", OPERATIONS), ("larger", OPERATIONS + 1), ("narrow", 0)):
        many = {f"/boxes/{n}": {"post": {**boxes["post"], "operationId": f"take{n}"}} for n in range(count)}
        some = narrow if name == "narrow" else paths
        (tmp_path / f"{name}.json").write_text(json.dumps({**SPEC, "paths": many or some}))
        (tmp_path / f"{name.replace('openapi', 'bothends')}.toml").write_text(
            f'spec = "{name}.json"\n[target]\nready = "/"\ncommand = ["{sys.executable}", "-m", "tests.sturdy.boxes"]\n'
            f'env = {{PORT = "{{port}}", PYTHONPATH = "{ROOT}"}}\n'
        )
    return tmp_path


def found(folder: Path) -> str:
    """Return the ID of a finding of a run."""
    words = ("verify", "--config", "narrow.toml", "--only", "invalid-body", "--json", "report.json")
    done = subprocess.run([sys.executable, "-m", "bothends", *words], cwd=folder, capture_output=True, check=False)
    assert BROKEN == done.returncode, done.stderr
    return str(json.loads((folder / "report.json").read_text("utf-8"))["findings"][0]["id"])


def test_what_stands_without_a_terminal_ends_by_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody presses Ctrl-C there, so that a script which replays findings by hand comes to its end."""
    monkeypatch.setattr(by_hand, "STANDS_ALONE_SECONDS", 0.2)
    done = bothends(folder, "replay", found(folder), "--config", "narrow.toml", "--by-hand")
    assert (PROVEN, "There is no terminal: this ends by itself after 0.2 s.\n") == (done.returncode, done.stderr)
    assert "curl -i -m 10 -X POST http://127.0.0.1:" in done.stdout


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, what it said after the signal, and the seconds until it said something."""

    code: int
    said: str
    seconds: float


def came(cue: str, folder: Path) -> bool:
    """Return whether a command is where its signal is to come."""
    return (folder / BEGUN).exists() if cue == BEGUN else cue in (folder / "output").read_text("utf-8")


def ended(row: Row, number: signal.Signals, folder: Path) -> Ended:
    """Send a signal to a command that does its work; return how it ended."""
    if FINDING in row.words:
        known = found(folder)
        row = replace(row, words=tuple(known if word == FINDING else word for word in row.words))
    tried = (_ended(row, number, folder, wait) for wait in (0.5, 0.25, 0.12, 0.06))
    return next(one for one in tried if one is not None)


def _ended(row: Row, number: signal.Signals, folder: Path, wait: float) -> Ended | None:
    """Send the signal after so many seconds; return None if the command was over by then."""
    output = folder / "output"
    with output.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "bothends", *row.words],
            cwd=folder,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "120"},
        )
    try:
        deadline = time.monotonic() + MOST_SECONDS
        while not came(row.cue, folder):
            assert process.poll() is None, output.read_text("utf-8")
            assert time.monotonic() < deadline, output.read_text("utf-8")
            time.sleep(0.01)
        time.sleep(wait)
        if process.poll() is not None:
            return None
        before = output.stat().st_size
        process.send_signal(number)
        began = time.monotonic()
        while process.poll() is None and output.stat().st_size == before and time.monotonic() < deadline:
            time.sleep(0.005)
        seconds = time.monotonic() - began
        code = process.wait(MOST_SECONDS)
    finally:
        process.kill()
        process.wait()
    return Ended(code, output.read_bytes()[before:].decode(), seconds)


SIGNALS = (signal.SIGINT, signal.SIGTERM)


DROPPED = """
import signal, sys, time, weakref
import bothends.__main__ as program
import bothends.cli.main as cli

class Thing:
    pass

def main():
    thing = Thing()
    kept = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
    del thing
    time.sleep(20)
    print("The wait was not ended.")
    return 0

cli.main = main
sys.exit(program.run())
"""


def test_a_signal_that_comes_while_an_object_is_let_go_of_is_not_lost() -> None:
    """CPython drops what is raised there, and goes on: the command ends all the same, whatever it waits for."""
    ended = subprocess.run([sys.executable, "-c", DROPPED], capture_output=True, text=True, check=False)
    assert (130, "", "Interrupted.\n") == (ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param(name, number, marks=() if number == SIGNALS[place % 2] else pytest.mark.long)
        for place, name in enumerate(ROWS)
        for number in SIGNALS
    ],
)
def test_a_command_ends_and_says_so(name: str, number: signal.Signals, folder: Path) -> None:
    """What it waits for, where it waits; else it has ended at once."""
    row = ROWS[name]
    seen = ended(row, number, folder)
    assert (row.code, True) == (seen.code, row.says in seen.said), seen.said
    assert "Traceback" not in seen.said
    assert [] == left(folder)


@pytest.mark.alone
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("name", ROWS)
def test_a_person_sees_it_soon(name: str, number: signal.Signals, folder: Path) -> None:
    """Within a second."""
    seen = ended(ROWS[name], number, folder)
    assert seen.seconds <= SOON
