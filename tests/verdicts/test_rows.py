"""The table is as large as it has to be, and each of its rows has both sides."""

from __future__ import annotations

from tests.verdicts.rows import all_rows, files, trials


def test_there_are_fifty_contracts() -> None:
    """So many and more, and their names are unique."""
    rows = all_rows()
    assert len(set(rows)) == len(rows) >= 50


def test_each_row_has_a_right_target_and_a_broken_one() -> None:
    """A row that could not be red would say nothing."""
    for file in files():
        found = trials(file)
        for row in {trial.row for trial in found}:
            sides = [trial for trial in found if trial.row == row]
            assert "" == sides[0].breaks, row
            assert () == sides[0].laws, row
            assert any(side.laws or side.lines for side in sides[1:]), row
            assert len({side.name for side in sides}) == len(sides), row
