"""What fails is told as a message that says whose fault it is; a traceback goes to a file."""

from __future__ import annotations

import io
import os
import signal
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from bothends.cli import main as entry
from bothends.cli.terminal import Output, tell
from bothends.errors import ContractError, HarnessError, Location, TargetError

if TYPE_CHECKING:
    from typing import TextIO


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [
        (
            ContractError("no schema", where=Location(Path("openapi.yaml"), "/paths", 3), expected="one"),
            2,
            "bothends: the contract or the command line is wrong\nopenapi.yaml:3 /paths: no schema\n  expected: one\n",
        ),
        (TargetError("It died: \x1b[1m"), 3, "bothends: the target failed\nIt died: \\x1b[1m\n"),
        (HarnessError("No port.", advice="wait"), 5, "bothends: bothends failed\nNo port.\n  next: wait\n"),
    ],
)
def test_whose_fault_it_is(error: Exception, code: int, expected: str) -> None:
    """The first line says whose fault it is, and the code is that of the error's class."""
    stream = io.StringIO()
    assert code == tell(error, Path("bothends.toml"), Output(cast("TextIO", stream)))
    assert expected == stream.getvalue()


def test_a_bug_leaves_a_crash_file(tmp_path: Path) -> None:
    """One line says what happened and where the traceback is; it is not on the screen."""
    stream = io.StringIO()
    code = tell(KeyError("nothing"), tmp_path / "bothends.toml", Output(cast("TextIO", stream)))
    (crash,) = (tmp_path / ".bothends").glob("crash-*.txt")
    assert 5 == code
    assert f"KeyError: 'nothing'; its traceback is in {crash}" in stream.getvalue()
    assert "Traceback" not in stream.getvalue()
    assert "KeyError" in crash.read_text()


@pytest.mark.parametrize(
    ("raised", "code", "expected"),
    [
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (HarnessError("No."), 5, "bothends: bothends failed\nNo.\n"),
    ],
)
def test_the_entry_point_turns_failures_into_codes(
    raised: BaseException,
    code: int,
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A Ctrl-C before there is a run, and any error, end with their code and a message."""

    def run(*_: object) -> int:
        raise raised

    monkeypatch.setattr(entry, "parse", lambda _: Namespace(run=run, config=Path("bothends.toml"), state=None))
    assert code == entry.main([])
    assert expected == capsys.readouterr().err


def test_sigterm_is_taken_for_ctrl_c(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A process that is told to end while it still reads the contract ends as it does at Ctrl-C."""

    def run(*_: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return 0

    monkeypatch.setattr(entry, "parse", lambda _: Namespace(run=run, config=Path("bothends.toml"), state=None))
    before = signal.getsignal(signal.SIGTERM)
    assert 130 == entry.main([])
    assert "Interrupted.\n" == capsys.readouterr().err
    assert before == signal.getsignal(signal.SIGTERM)


def test_the_code_of_the_command_is_the_code_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command returns is passed on."""
    monkeypatch.setattr(sys, "argv", ["bothends", "states"])
    assert 0 == entry.main()
