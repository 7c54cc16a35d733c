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
# The documents of the products, and of FastAPI, were made by them: they declare answers that no case brings about.
NOT_OURS = {"products", "fastapi", "node_modules"}
SETTINGS = [each for each in CONTRACTS if each.name != "known-findings.toml" and not NOT_OURS & set(each.parts)]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda each: str(each.relative_to(ROOT)))
def test_nothing_is_said_of_a_right_contract(settings: Path) -> None:
    """There is no error, no warning and no hint."""
    assert [] == lint(settings)
