"""Each row of the table, in both directions: the verdict, both lines, and a value that a second validator confirms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from bothends.diff import Options, Verdict, compare
from tests.diff.edits import EDITS
from tests.diff.table import READ, SENT, At, Edit, Keyword, contract, keyword_rows

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

    from bothends.diff import Change

ROWS = list(keyword_rows())
SCHEMA_RULES = {"presence", "null", "type", "choice", "limit", "pattern", "members", "combination"}


def write(folder: Path, old: Any, new: Any) -> tuple[str, str]:
    """Write two contracts, and return the names of their files."""
    files = (folder / "old.json", folder / "new.json")
    for file, value in zip(files, (old, new), strict=True):
        file.write_text(json.dumps(value, indent=1), "utf-8")
    return str(files[0]), str(files[1])


def breaks(folder: Path, old: Any, new: Any) -> list[Change]:
    """Return what breaks from one contract to another, which is undecided nowhere."""
    found = compare(*write(folder, old, new), Options(config=folder / "none.toml"))
    assert [] == [each for each in found.changes if each.verdict is Verdict.UNDECIDED]
    return list(found.breaks)


def confirmed(change: Change, made: Any, read: Any) -> None:
    """Check that a value is one of the schema by which it is made, and none of that by which it is read."""
    (value,) = change.witness
    assert Draft202012Validator(made).is_valid(value)
    assert not Draft202012Validator(read).is_valid(value)


FEW = {"request-property", "request-parameter", "event-property"}
"""Places at which each keyword is tried in each run; the others are much alike, and are tried in long ones."""


def _rows() -> list[ParameterSet]:
    return [
        pytest.param(place, keyword, id=name, marks=() if place.name in FEW else pytest.mark.long)
        for name, place, keyword in ROWS
    ]


@pytest.mark.parametrize(("place", "keyword"), _rows())
def test_a_keyword_breaks_in_one_direction(tmp_path: Path, place: At, keyword: Keyword) -> None:
    """What is sent breaks where it is narrowed, what is read where it is widened; the other step breaks nobody."""
    wide, narrow = contract(), contract()
    schemas = (place.whole(keyword.wide), place.whole(keyword.narrow))
    place.put(wide, schemas[0])
    place.put(narrow, schemas[1])
    broken, other = ((wide, narrow), (narrow, wide)) if place.way == SENT else ((narrow, wide), (wide, narrow))
    found = breaks(tmp_path, *broken)
    assert {keyword.rule} == {each.rule for each in found}
    assert {place.audience} == {str(each.audience) for each in found}
    for each in found:
        confirmed(each, *schemas)
        _has_both_lines(each)
    back = breaks(tmp_path, *other)
    assert ({keyword.rule} if keyword.both else set()) == {each.rule for each in back}
    for each in back:
        confirmed(each, *schemas[::-1])


@pytest.mark.parametrize("row", EDITS, ids=[row.name for row in EDITS])
def test_an_edit_breaks_what_the_row_says(tmp_path: Path, row: Edit) -> None:
    """In both directions; each break has both lines, and a value where it is one of a schema."""
    old, new = contract(), contract()
    row.change(new)
    for before, after, expected in ((old, new, row.breaks), (new, old, row.back)):
        found = breaks(tmp_path, before, after)
        assert sorted(expected) == sorted(each.rule for each in found)
        assert all(str(each.audience) in row.audience for each in found)
        for each in found:
            _has_both_lines(each)
            assert bool(each.witness) is (each.rule in SCHEMA_RULES)


def _has_both_lines(change: Change) -> None:
    for spot in (change.old, change.new):
        assert spot.where.line is not None
        assert spot.text


def test_both_ways_are_in_the_table() -> None:
    """Each keyword stands at places where values are sent and at places where they are read."""
    assert {SENT, READ} == {row[1].way for row in ROWS}
    assert len({row[0] for row in ROWS}) == len(ROWS)
