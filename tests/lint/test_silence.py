"""Lint says nothing where nothing is wrong: the project's own contract, and those of the examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from bothends.lint import lint

ROOT = Path(__file__).parents[2]
CONTRACTS = [
    ROOT / "bothends.toml",
    *sorted((ROOT / "examples").glob("*/*.toml")),
    *(ROOT / "examples").glob("*/*/*.toml"),
]
SETTINGS = [each for each in CONTRACTS if each.name != "known-findings.toml" and "node_modules" not in each.parts]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda each: str(each.relative_to(ROOT)))
def test_nothing_is_said_of_a_right_contract(settings: Path) -> None:
    """There is no error, no warning and no hint."""
    assert [] == lint(settings)
