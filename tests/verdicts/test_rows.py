"""The table is as large as it has to be, and each of its rows has both sides."""

from __future__ import annotations

from tests.verdicts.rows import TABLE, all_rows, trials


def test_there_are_fifty_contracts() -> None:
    """No row has the name of another."""
    rows = all_rows()
    assert len(set(rows)) == len(rows)
    assert len(rows) >= 50


def test_each_row_has_a_right_target_and_a_broken_one() -> None:
    """A row that could not be red would say nothing."""
    for path in TABLE.glob("*.yaml"):
        if path.stem == "base":
            continue
        found = trials(path.stem)
        for row in {trial.row for trial in found}:
            sides = [trial for trial in found if trial.row == row]
            assert "" == sides[0].breaks, row
            assert () == sides[0].laws, row
            assert any(side.laws or side.lines for side in sides[1:]), row
            assert len({side.name for side in sides}) == len(sides), row


def test_each_table_is_tested() -> None:
    """A file of the table without a test of its own would never be played."""
    tables = {path.stem for path in TABLE.glob("*.yaml")} - {"base"}
    tests = {path.stem.removeprefix("test_table_") for path in TABLE.parent.glob("test_table_*.py")}
    assert tables == tests
