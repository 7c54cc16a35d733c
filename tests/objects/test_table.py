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
    "removed-is-410-undeclared": (),
    "expires-at-once": (),
    "read-once": (),
    "room-for-three": (),
    "room-for-ten": (),
    "room-for-all": ("room-for-ten",),
    "shown-later": (),
    "made-later": (),
    "ids-with-a-sum-undeclared": (),
    "same-content-is-200": (),
    "made-if-none-is-there": ("made-twice",),
    "one-cart-each": (),
    "used-up-is-400": (),
    "moves": ("closed-from-any",),
    "steps-that-are-needed": ("never-ready",),
    "named-in-a-body": ("unknown-has-an-event",),
    "two-objects": (),
    "tag-is-of-the-content": (),
    "tag-stays-for-nothing": ("stale-is-taken",),
    "refuses-412-422-404-403-401": (),
    "tenants-are-named": (),
    "keys-of-an-operation-and-a-thing": ("key-any-path",),
}
"""What `make test` plays: rows whose right service is tried, each with the bugs that are."""

RIGHT = [pytest.param(row, id=row.name, marks=() if row.name in SAMPLE else pytest.mark.long) for row in ROWS.values()]
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
    assert {*SAMPLE} <= {*ROWS}
    assert [] == [name for name, bugs in SAMPLE.items() if not {*bugs} <= {wrong.bug for wrong in ROWS[name].wrong}]
    assert len(ROWS) >= 60


@pytest.mark.parametrize("row", RIGHT)
def test_a_right_service(tmp_path: Path, row: Row) -> None:
    """It breaks no law, each of its operations succeeds, and each answer is seen that the contract tells of."""
    report = verified(tmp_path, row)
    assert [] == differences(row, report), f"{row.says}\n{report.text}"


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
