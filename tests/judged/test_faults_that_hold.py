"""Faults that may hold a target come last in their family: where one does, less of the family is not played."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.judged.orders import orders

if TYPE_CHECKING:
    from pathlib import Path

TERMS = {"attempts": "until-acknowledged", "retry_within_ms": 3000}


def test_a_slow_receiver_comes_behind_those_that_refuse(tmp_path: Path) -> None:
    """Whatever the order is in which the cases of a family are made."""
    lines = tmp_path / "lines.ndjson"
    project = orders(tmp_path, terms=TERMS, PAUSE="0.3")
    report = project.verified("--profile", "quick", "--only", "redelivery", "--ndjson", str(lines))
    told = [one for one in map(json.loads, lines.read_text("utf-8").splitlines()) if one["event"] == "exchange-judged"]
    played = [*dict.fromkeys(one["case"] for one in told if one["case"].startswith("redelivery/"))]
    assert set() == report.errors, report.text
    assert {"redelivery/hooks-fails-slowly", "redelivery/hooks-acknowledges-slowly"} == {*played[-2:]}
    assert len(played) > 4
