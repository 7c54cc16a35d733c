"""A finding that was not retried says why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.judged.things import shelf

if TYPE_CHECKING:
    from pathlib import Path


def test_what_takes_longer_than_there_is_time_for_says_so(tmp_path: Path) -> None:
    """Two requests get no answer, each in ten seconds: a finding has three to be retried."""
    cases = ("--only", "success/make.surrogate-pair", "--only", "success/make.code-shortest")
    report = replace(shelf(tmp_path, "mute"), target_lines="time_limit_ms = 1000").verified(*cases)
    assert {"answered-in-time"} == report.errors, report.text
    assert "1. error, not retried: answered-in-time: " in report.text
    assert "2 times; not retried: no time left" in report.text, report.text
