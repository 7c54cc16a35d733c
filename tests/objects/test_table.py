"""The table: no right service has an error, and what is wrong is named where the contract says what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.objects.callers import ORDERS
from tests.objects.project import differences, verified
from tests.objects.table import ROWS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.objects.rows import Row, Wrong

SAMPLE = {
    "removed-again": ("again-crashes",),
    "room-for-all": ("room-for-ten",),
    "ids-have-slashes": ("unknown-is-400",),
    "made-if-none-is-there": ("made-twice",),
    "two-names": ("columns-are-one",),
    "moves": ("closed-from-any", "refused-closed-changes"),
    "steps-that-are-needed": ("never-ready",),
    "named-in-a-body": ("unknown-has-an-event",),
    "two-objects": ("any-shelf",),
    "changed-by-its-tag-undeclared": ("any-tag",),
    "tag-stays-for-nothing": ("stale-is-taken",),
    "theirs-is-hidden": ("theirs-is-there",),
    "keys-of-an-operation-and-a-thing": ("key-any-path",),
    "receipts-are-new": ("one-receipt",),
}
"""Of which rows `make test` plays bugs, and which."""

LEFT_OUT = {
    *("changed-by-its-tag-alone-undeclared", "expires-soon", "ids-are-slugs", "ids-are-uuids", "keys-of-all-things"),
    *("keys-with-a-body", "named-by-callers-is-200", "receipts-may-be-old", "refuses-401-403-404-422-412"),
    *("refuses-422-401-403-404-412", "removed-is-410", "room-for-twenty", "steps-and-moves", "tag-is-weak"),
    *("taken-names", "theirs-is-undeclared", "two-objects-undeclared", "used-up-is-422"),
}
"""The rows whose right services it does not play: others are much like them, and a minute of a processor is enough."""

RIGHT = [
    pytest.param(row, id=row.name, marks=pytest.mark.long if row.name in LEFT_OUT else ()) for row in ROWS.values()
]

WRONG = [
    pytest.param(
        row,
        wrong,
        id=f"{row.name} {wrong.bug}",
        marks=() if wrong.bug in SAMPLE.get(row.name, ()) else pytest.mark.long,
    )
    for row in ROWS.values()
    for wrong in row.wrong
]


def test_the_sample_is_of_the_table() -> None:
    """Each name of the sample is one of a row, and of a bug of that row; and there are sixty contracts."""
    assert {*SAMPLE} | LEFT_OUT <= {*ROWS}
    assert [] == [name for name, bugs in SAMPLE.items() if not {*bugs} <= {wrong.bug for wrong in ROWS[name].wrong}]
    assert len(ROWS) >= 60


@pytest.mark.parametrize("row", RIGHT)
def test_a_right_service(tmp_path: Path, row: Row) -> None:
    """It breaks no law, each of its operations succeeds, and each answer is seen that the contract tells of."""
    report = verified(tmp_path, row)
    assert [] == differences(row, report), f"{row.says}\n{report.text}"


@pytest.mark.parametrize("header", ["if-none-match-any-tag", "if-none-match-another-tag"])
def test_what_is_not_there_may_be_made(tmp_path: Path, header: str) -> None:
    """A case alone is about a name that no other request has put there: the condition is another one then."""
    row = ROWS["made-if-none-is-there"]
    report = verified(tmp_path, row, only=f"precondition-failed/putName.{header}")
    assert set() == report.errors, report.text


@pytest.mark.each_seed
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_right_service_with_other_seeds(tmp_path: Path, row: Row, seed: int) -> None:
    """Whatever the values are, it breaks no law."""
    report = verified(tmp_path, row, seed=seed)
    assert set() == report.errors, f"{row.says}\n{report.text}"


@pytest.mark.parametrize(("row", "wrong"), WRONG)
def test_a_broken_service(tmp_path: Path, row: Row, wrong: Wrong) -> None:
    """The law names what the contract says, and nobody is accused of what it does not say."""
    report = verified(tmp_path, row, wrong.bug)
    assert [] == differences(row, report, wrong), f"{row.says}\n{report.text}"


@pytest.mark.long
@pytest.mark.parametrize("row", ORDERS, ids=[row.name for row in ORDERS])
def test_refusals_in_any_order(tmp_path: Path, row: Row) -> None:
    """Whatever a service looks at first, it is right."""
    report = verified(tmp_path, row)
    assert set() == report.errors, f"{row.says}\n{report.text}"
