"""What is learnt of operations that use up their object, and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.engine.counts import Counts
from bothends.engine.play.used_up import USED_UP, Change, UsedUp
from tests.engine.test_known_ids import case, contract, exchange

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Operation
    from bothends.records import Case, Exchange


def refused(one: Case, number: int = 9, status: int = 409) -> Exchange:
    """Return an exchange that was answered from second 9 to second 10."""
    return replace(exchange(number, one, status, known="addTask"), began=9.0, ended=10.0)


def change(operation: str, number: int = 1, began: float = 1.0) -> Change:
    """Return a success that took half a second."""
    return Change(operation, number, began, began + 0.5)


@pytest.fixture
def of_task(tmp_path: Path) -> tuple[UsedUp, Counts, Operation, Case]:
    """Return what learns, what it counts, the operation that changes a task, and a case of it."""
    read = contract(tmp_path, "resource")
    counts = Counts()
    return UsedUp(counts), counts, read.operation("changeTask"), case(read, "changeTask")


@pytest.mark.parametrize(
    ("changes", "status", "suspected"),
    [
        ([change("changeTask")], 409, True),
        ([change("changeTask")], 422, True),
        ([change("changeTask")], 401, False),
        ([change("changeTask")], 500, False),
        ([], 409, False),
        ([change("changeTask", number=9)], 409, False),
        ([change("changeTask", began=11.0)], 409, False),
    ],
    ids=["changed", "another status", "of its caller", "an error", "as it was made", "by itself", "later"],
)
def test_which_refusals_are_suspected(
    of_task: tuple[UsedUp, Counts, Operation, Case], changes: list[Change], status: int, *, suspected: bool
) -> None:
    """Those of an object that another request has changed before, with a status that may be about its state."""
    learns, _, operation, one = of_task
    assert suspected == learns.suspects(refused(one, status=status), operation, changes, "addTask")


@pytest.mark.parametrize(
    ("changes", "name", "sure"),
    [
        ([change("changeTask")], "changeTask", "sure"),
        ([change("changeTask"), change("end", 2, 2.0)], "end", ""),
        ([change("end")], "end", "sure"),
        ([change("start"), change("end", 2, 2.0)], "end", ""),
    ],
    ids=["by itself", "by another since", "by another", "by one of two"],
)
def test_what_was_the_last_to_change_it_uses_it_up(
    of_task: tuple[UsedUp, Counts, Operation, Case], changes: list[Change], name: str, sure: str
) -> None:
    """When the request succeeds with an object of its own; of several operations, it is not sure which one."""
    learns, counts, operation, one = of_task
    assert learns.suspects(refused(one), operation, changes, "addTask")
    assert name == learns.settle(refused(one, 10, 200))
    assert {name} == learns.operations
    assert {(name, "changeTask", "409", sure): 1} == counts.under(USED_UP)
    assert not learns.settle(refused(one, 11, 200))


def test_what_may_have_another_reason_teaches_nothing(of_task: tuple[UsedUp, Counts, Operation, Case]) -> None:
    """It may have been a value that was taken: with an object of its own, that is no longer so either."""
    learns, _, operation, one = of_task
    assert learns.suspects(refused(one), operation, [change("changeTask")], "addTask", teaches=False)
    assert not learns.settle(refused(one, 10, 200))
    assert not learns.operations


def test_what_is_refused_for_what_it_is(of_task: tuple[UsedUp, Counts, Operation, Case]) -> None:
    """It teaches nothing; after several of them, no other request of the operation is suspected."""
    learns, _, operation, one = of_task
    for number in range(8):
        assert learns.suspects(refused(one), operation, [change("changeTask")], "addTask")
        assert not learns.settle(refused(one, 20 + number))
    assert not learns.operations
    assert not learns.suspects(refused(one), operation, [change("changeTask")], "addTask")


def test_what_must_be_refused_is_not_suspected(of_task: tuple[UsedUp, Counts, Operation, Case]) -> None:
    """Nor is what may get any answer, or is sent as no good client does."""
    learns, _, operation, one = of_task
    for expect in (replace(one.expect, refused=True), replace(one.expect, any_answer=True)):
        other = replace(one, expect=expect)
        assert not learns.suspects(refused(other), operation, [change("changeTask")], "addTask")
