"""What is owed and has not come is waited for, as long as that is not in vain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.engine.overdue import IN_ALL, Overdue
from tests.in_words import conditions
from tests.laws import kept

if TYPE_CHECKING:
    from bothends.records import Exchange

NONE = kept.exchange(deliveries=())


def overdue() -> Overdue:
    """Return what tells of the project's own operation."""
    return Overdue({kept.operation().id: kept.operation()}, "127.0.0.1")


@pytest.mark.parametrize(
    ("exchange", "lacks"),
    [
        (kept.exchange(), False),
        (NONE, True),
        (kept.exchange(deliveries=(), answer=kept.answer(422)), False),
        (replace(NONE, case=replace(NONE.case, given=conditions("the ingest hangs"))), False),
    ],
    ids=["it came", "it is owed", "a refusal owes none", "the ingest is not well"],
)
def test_what_is_lacking(exchange: Exchange, lacks: bool) -> None:  # noqa: FBT001 -- a column
    """An answer that owes an event lacks it until it is there; a faulty ingest owes nobody one."""
    assert lacks is overdue().lacks([exchange])


def test_waiting_in_vain_comes_to_an_end() -> None:
    """After a few batches that lack events for good, and after so many seconds in all."""
    in_vain, long = overdue(), overdue()
    for _ in range(4):
        assert in_vain.worth_it
        in_vain.note(0.1, lacking=True)
    long.note(IN_ALL, lacking=False)
    assert (False, False) == (in_vain.worth_it, long.worth_it)
