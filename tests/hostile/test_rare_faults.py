"""Faults that show once in a long run: each is found where it happens, and named by the law of the history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.in_process import bothends

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = "python tests/planted/rare/errs_once.py"

# Each fault, the request at which it is planted, and all the laws that are to speak of it.
FAULTS = {
    "lost": (100, {"event-for-success"}),
    "duplicated": (100, {"one-event"}),
    "mixed": (100, {"own-event"}),
    "phantom": (620, {"no-phantom"}),
    # Nobody's event is tied by its time to a request, which then has two, of which one is not its caller's.
    "nobody": (100, {"one-event", "provenance"}),
}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=() if fault in {"lost", "phantom"} else pytest.mark.long) for fault in FAULTS],
)
def test_a_fault_at_one_request_of_many_is_found(fault: str, tmp_path: Path) -> None:
    """It is counted once, and called flaky where it does not show again."""
    number, laws = FAULTS[fault]
    report = tmp_path / "report.json"
    words = ("--seed", "1", "--json", str(report), "--only", "soak", "--max-examples", str(number + 100))
    target = ("--command", f"{TARGET} {fault}={number}", "--env", f"PYTHONPATH={ROOT}")
    done = bothends(ROOT, "verify", *words, *target, measured=False)
    found = json.loads(report.read_text(encoding="utf-8"))["findings"]
    assert (1, laws) == (done.returncode, {f["law"] for f in found})
