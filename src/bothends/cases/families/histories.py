"""`history`: what several requests do to one object, and what events and readings then show of it.

Only where the contract promises something of it: `x-state` on an event, `x-consistency` on a reading. An object is made
for each case. It is read, changed twice by each operation alone, which shows how what is sent is read, and then changed
as the shape of the case has it. The request of the case reads it when all is quiet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families.family import Family, register
from bothends.cases.families.objects import object_place, removes_object
from bothends.cases.families.preconditions import without_preconditions
from bothends.cases.families.transitions import usual
from bothends.cases.unique_values import with_new_values
from bothends.contract.requests import SAFE
from bothends.records import Case, Expectation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, EventContract, Operation

HISTORY_NAME = "history"
MOST_WRITERS = 4
"""Operations of which the objects of one reading are changed: a document may have dozens."""
_LOOKS = 4
"""Readings, one after the other, beside changes that are sent at once."""
ANYTHING = Expectation(any_answer=True, why="other requests about its object were under way, or before it")

Round = tuple[Case, ...]


def history_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield a reading for each way in which its object is changed before."""
    place, reading = object_place(operation), usual(contract, operation)
    if operation.method not in SAFE or place is None or reading is None or not _is_promised(contract, operation):
        return
    others = [each for each in changing(contract, operation) if not each.security.unplayable]
    writers = [each for each in others if each.method != "DELETE"][:MOST_WRITERS]
    removers = ((each, usual(contract, each)) for each in others if removes_object(each))
    remover = next((without_preconditions(each, step) for each, step in removers if step is not None), None)
    read = (in_a_history(reading),)
    free = [Writer(each, step) for each in writers if (step := usual(contract, each)) and is_free(each, step)]
    for first in free:
        for second in free[free.index(first) :]:
            rounds = alone(read, [first] if first is second else [first, second])
            # What is read meanwhile may be half of a change.
            both = (first.numbered(5), second.numbered(6), *read * _LOOKS)
            name = (
                f"{first.operation.id}-twice" if first is second else f"{first.operation.id}-and-{second.operation.id}"
            )
            yield _case(operation, reading, f"{name}-at-once", (*rounds, both))
            yield _case(operation, reading, f"{name}-in-turn", (*rounds, both[:1], read, both[1:2]))
        if remover is not None:
            rounds = alone(read, [first])
            gone = in_a_history(remover)
            # It is removed once more, and changed: that tells whether a change makes anew what is gone.
            ends: tuple[Round, ...] = ((first.numbered(5), gone), read, (gone,), read, (first.numbered(6),))
            yield _case(operation, reading, f"{first.operation.id}-and-removed", (*rounds, *ends))
        for last in writers:
            step = usual(contract, last)
            if step is not None and _ends_changes(last, first.operation):
                end: tuple[Round, ...] = ((in_a_history(step),), read, (first.numbered(5),))
                name = f"{first.operation.id}-after-{last.id}"
                yield _case(operation, reading, name, (*alone(read, [first]), *end))


def _ends_changes(operation: Operation, other: Operation) -> bool:
    """Whether an operation leads to states in which another one is refused, as `x-transitions` says."""
    own, before = operation.transitions, None if other.transitions is None else other.transitions.before
    return own is not None and before is not None and bool(own.after) and not any(one in before for one in own.after)


class Writer:
    """An operation that changes an object, with a request of it that has texts of its own."""

    def __init__(self, operation: Operation, case: Case) -> None:
        self.operation = operation
        self._case = case

    def numbered(self, number: int) -> Case:
        """Return its request with the texts of a number."""
        request = with_new_values(self.operation, self._case.request, number) or self._case.request
        return in_a_history(replace(self._case, name=f"{self._case.name}-{number}", request=request))


def alone(read: Round, writers: Sequence[Writer]) -> tuple[Round, ...]:
    """Return the rounds in which each of several changes the object twice, with readings between them."""
    rounds: list[Round] = [read]
    for place, writer in enumerate(writers):
        for number in (1, 2):
            rounds += [(writer.numbered(2 * place + number),), read]
    return tuple(rounds)


def _case(operation: Operation, reading: Case, name: str, rounds: tuple[Round, ...]) -> Case:
    return Case(operation.id, HISTORY_NAME, name, reading.request, expect=ANYTHING, exclusive=True, rounds=rounds)


def in_a_history(case: Case) -> Case:
    """Return a request of which any answer is right: another one may have changed or removed its object."""
    name = f"{case.operation}-{case.name}"
    return replace(case, family=HISTORY_NAME, name=name, expect=ANYTHING, exclusive=False)


def is_free(operation: Operation, case: Case) -> bool:
    """Whether a request may have other texts, by which what is read tells which request it is of."""
    return with_new_values(operation, case.request, 1) is not None


def _are_about_one(operation: Operation, other: Operation) -> bool:
    """Whether two operations are about the same objects."""
    own, place = object_place(operation), object_place(other)
    return own is not None and place is not None and own.leads == place.leads


def changing(contract: Contract, reader: Operation) -> list[Operation]:
    """Return the operations that change what one reads."""
    return [each for each in contract.operations if each.method not in SAFE and _are_about_one(each, reader)]


def _is_promised(contract: Contract, reader: Operation) -> bool:
    """Whether the contract promises something of what is read, or of events about it."""
    if reader.shared:
        return False  # others may change it, of whom nothing is known
    return reader.consistency is not None or any(events_about(contract, reader))


def events_about(contract: Contract, reader: Operation) -> Iterator[EventContract]:
    """Yield the events that are about the objects which an operation reads, as `x-state` says."""
    for operation in contract.operations:
        same = _are_about_one(operation, reader)
        for event in operation.events:
            if event.state is not None and (event.state.of == reader.id or (not event.state.of and same)):
                yield event


HISTORY_FAMILY = register(
    Family(
        HISTORY_NAME,
        history_cases,
        "a reading of an object that several requests have changed before it, one after the other and at once, where "
        "`x-state` or `x-consistency` promises something of that.\n\nAll that was answered, read and sent of the "
        "object is recorded, and judged as a whole.",
        after="registrations",
        quick=("*-at-once", "*-removed", "*-after-*"),
    )
)
