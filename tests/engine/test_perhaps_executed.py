"""What may or may not have been executed is demanded nothing of, and nobody's request is sent twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
CUT_OFF = ROOT / "tests" / "correct_targets" / "cut_off" / "bothends.toml"


def verify(folder: Path, *arguments: str) -> dict[str, Any]:
    """Return the report of a run of the command."""
    report = folder / "report.json"
    bothends(ROOT, "verify", "--seed", "1", "--json", str(report), *arguments)
    told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return told


def laws(told: dict[str, Any]) -> Sequence[str]:
    """Return the laws that a report says are broken, errors alone."""
    return [finding["law"] for finding in told["findings"] if finding["severity"] == "error"]


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here")
def test_no_second_request_is_written_behind_one_that_may_end_the_connection(tmp_path: Path) -> None:
    """A target that answers 413 and ends the connection is not told of the next request by then: it has one event."""
    told = verify(tmp_path, "--config", str(CUT_OFF), "--only", "sizes/late-body-too-large")
    assert ("PROVEN", []) == (told["verdict"].upper(), laws(told))


def test_a_kept_connection_that_ends_is_no_fault(tmp_path: Path) -> None:
    """The request over it may have been executed: its event is allowed, and another caller asks once more."""
    target = ROOT / "tests" / "engine" / "targets" / "ends_kept_connections.py"
    told = verify(tmp_path, "--command", f"python {target}", "--env", f"PYTHONPATH={ROOT}", "--only", "success")
    assert ("PROVEN", []) == (told["verdict"].upper(), laws(told))
