"""The table is as large as it has to be, and each of its rows has both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verdicts.rows import TABLE, all_rows, asked, trials

if TYPE_CHECKING:
    import pytest


def tables() -> set[str]:
    """Return the names of the table's files."""
    return {path.stem for path in TABLE.glob("*.yaml")} - {"base"}


def test_there_are_fifty_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many are no mere variants, and each is played by a right target and by a broken one; names are unique."""
    rows = all_rows()
    assert len(set(rows)) == len(rows)
    monkeypatch.delenv("VERDICTS", raising=False)
    played = {trial.row for file in tables() for trial in asked(file)}
    assert played < set(rows)
    assert len(played) >= 50


def test_each_row_has_a_right_target_and_a_broken_one() -> None:
    """A row that could not be red would say nothing."""
    for file in tables():
        found = trials(file)
        for row in {trial.row for trial in found}:
            sides = [trial for trial in found if trial.row == row]
            assert "" == sides[0].breaks, row
            assert () == sides[0].laws, row
            assert any(side.laws or side.lines for side in sides[1:]), row
            assert len({side.name for side in sides}) == len(sides), row


def test_each_table_is_tested() -> None:
    """A file of the table without a test of its own would never be played."""
    tests = {path.stem.removeprefix("test_table_") for path in TABLE.parent.glob("test_table_*.py")}
    assert tables() == tests
