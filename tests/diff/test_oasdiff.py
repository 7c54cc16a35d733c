"""Each rule of oasdiff that can break is a row of our table, or has a reason why not."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.diff.edits import EDITS
from tests.diff.table import keyword_rows

RULES = tomllib.loads((Path(__file__).parent / "oasdiff_rules.toml").read_text("utf-8"))
COUNT = 243


def test_each_rule_is_a_row_or_has_a_reason() -> None:
    """Each of the 243 once, and each row that is named is one."""
    rows, reasons = RULES["rows"], RULES["reasons"]
    assert COUNT == len(rows) + len(reasons)
    assert set() == rows.keys() & reasons.keys()
    assert set() == set(rows.values()) - {name for name, _, _ in keyword_rows()} - {edit.name for edit in EDITS}
    assert all(reasons.values())


def test_a_row_that_a_rule_is_mapped_to_breaks() -> None:
    """A row of which nothing breaks in any direction shows no rule."""
    silent = {edit.name for edit in EDITS if not edit.breaks and not edit.back}
    assert set() == silent & set(RULES["rows"].values())


def test_reasons_are_few() -> None:
    """Most rules are rows: what has a reason is no part of any message, or changes none."""
    assert len(RULES["reasons"]) < COUNT / 5
