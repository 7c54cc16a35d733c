"""Faults that may hold a target come last in their family: where one does, less of the family is not played."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bothends.contract.settings import settings
from tests.judged.orders import orders

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("--profile", "quick", "--only", "redelivery", "--ndjson", "lines.ndjson")
TERMS = {"attempts": "until-acknowledged", "retry_within_ms": 3000}
SLOW = {"redelivery/hooks-fails-slowly", "redelivery/hooks-acknowledges-slowly"}


def played(folder: Path) -> list[str]:
    """Return the cases of the family that a run has played, in order."""
    lines = map(json.loads, (folder / "lines.ndjson").read_text("utf-8").splitlines())
    told = [one["case"] for one in lines if one["event"] == "exchange-judged"]
    return [*dict.fromkeys(case for case in told if case.startswith("redelivery/"))]


def test_a_slow_receiver_comes_behind_those_that_refuse(tmp_path: Path) -> None:
    """Whatever the order is in which the cases of a family are made."""
    project = orders(tmp_path, terms=TERMS, PAUSE="0.3")
    report = project.verified(*WORDS)
    assert set() == report.errors, report.text
    assert {*played(tmp_path)[-2:]} == SLOW
    assert len(played(tmp_path)) > 4


@pytest.mark.long
def test_what_a_slow_receiver_holds_has_met_those_that_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that answers nothing more after a slow one is found, and no other fault of the family is left out."""
    monkeypatch.setattr(settings, "LEAST_JUDGED_TIME_LIMIT_MS", 2000)
    orders(tmp_path, terms=TERMS, PAUSE="0.3").verified(*WORDS)
    every = set(played(tmp_path))
    held = orders(tmp_path, terms=TERMS, PAUSE="0.3", BUG="held")
    held.target_lines = "time_limit_ms = 2000"
    report = held.verified(*WORDS)
    assert "recovers" in report.errors, report.text
    assert every - SLOW <= set(played(tmp_path)), report.text
