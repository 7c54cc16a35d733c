"""The checker: whether some order of all writes and readings of an object explains what all saw.

An order of one object does not depend on others (M. Herlihy, J. Wing, "Linearizability", 1990, theorem 1), so each is
judged by itself.

    no removal, one register       zones decide, in O(n log n)
    no removal, several registers  zones refute each; saturation refutes what is left; a search decides, with a budget
    removal, or made anew          a search decides, with a budget

Beyond the budget it is *undecided*, never broken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bothends.histories.judged import INITIAL
from bothends.histories.problem import Problem, problem_of
from bothends.histories.reduce import reduced
from bothends.histories.saturation import Drawing, TooManyError
from bothends.histories.search import BudgetError, Search
from bothends.histories.zones import NoOrderError, chains_of, check_zones

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from bothends.histories.history import Read, Write
    from bothends.histories.judged import ObjectRecord
    from bothends.histories.problem import Operation

BUDGET = 100_000
"""How many steps a search may try: some seconds."""
_SMALL = 2_000
"""The same at least, for each of the many searches that make what was found smaller."""
_MOST_TRIES = 2_000
"""How often what was found is tried with less; after that, it is left as it is."""
_WIDENED = 6
"""How often the time around what is suspected is doubled, before all is taken."""


class Decision(StrEnum):
    """What is known of an order."""

    RIGHT = "right"
    BROKEN = "broken"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """Whether there is an order.

    Attributes:
        decision: What is known.
        operations: If there is none: the operations that no order explains, of which none can be left out.
        why: In one clause, why there is none, or why that is not decided.
    """

    decision: Decision
    operations: tuple[str, ...] = ()
    why: str = ""


_RIGHT = OrderVerdict(Decision.RIGHT)


def order_of(record: ObjectRecord, *, preconditions: bool = False, budget: int = BUDGET) -> OrderVerdict:
    """Return whether some order of all writes and readings of an object explains what all saw.

    Args:
        record: What the history has of the object.
        preconditions: Whether a success under `If-Match` or `If-None-Match: *` shows the state just before it.
        budget: How many steps a search may try.
    """
    if record.thing.shared:
        return OrderVerdict(Decision.UNDECIDED, why="others may change the object")
    problem = problem_of(record, preconditions=preconditions)
    if problem.torn is not None:
        operations, why = problem.torn
        return OrderVerdict(Decision.BROKEN, _in_order(operations, record), why)
    verdict, suspects = _decide(problem, budget)
    if verdict.decision is not Decision.BROKEN:
        return verdict
    return OrderVerdict(Decision.BROKEN, _in_order(_smallest(problem, suspects), record), verdict.why)


def _decide(problem: Problem, budget: int) -> tuple[OrderVerdict, AbstractSet[str]]:
    """Return the verdict; if it is broken, also operations that are likely to show it."""
    certain = _without_removal(problem)
    suspects: AbstractSet[str] = frozenset()
    if certain is not None:
        try:
            verdict = _decide_registers(problem, certain, budget)
        except NoOrderError as error:
            verdict, suspects = OrderVerdict(Decision.BROKEN, why=str(error)), error.operations
        # A removal that is in doubt, and unseen, may be why.
        if verdict.decision is Decision.RIGHT or not any(each.removes for each in problem.operations):
            return verdict, suspects
    search = Search(problem.operations, problem.registers, there=problem.there, budget=budget)
    return _searched(search), suspects


def _searched(search: Search) -> OrderVerdict:
    try:
        order = search.find()
    except BudgetError:
        return OrderVerdict(Decision.UNDECIDED, why="too many operations overlap")
    if order is None:
        return OrderVerdict(Decision.BROKEN, why="no order explains all that was seen")
    return _RIGHT


def _without_removal(problem: Problem) -> tuple[Operation, ...] | None:
    """Return the operations that certainly took effect, as operations on registers; None: the object came and went.

    An object that is not there yet is one whose registers have a value of their own, which the first write ends: if no
    write that does not make it can have come before.
    """
    certain = tuple(each for each in problem.operations if each.must)
    if any(each.removes for each in certain):
        return None
    if problem.there:
        return None if any(each.there is False for each in certain) else certain
    makers = [each for each in certain if each.makes]
    made = min((each.end for each in makers), default=None)
    for each in certain:
        if each.writes and not each.makes and (made is None or each.begin <= made):
            return None
        if each.there and not each.sees and (made is None or each.begin <= made):
            return None
    absent = dict.fromkeys(problem.registers, INITIAL)
    if not absent and any(each.there is False for each in certain):
        return None
    return tuple(replace(each, sees=absent) if each.there is False else each for each in certain)


def _decide_registers(problem: Problem, operations: tuple[Operation, ...], budget: int) -> OrderVerdict:
    """Return whether there is an order of operations on registers.

    Raises:
        NoOrderError: There is none.
    """
    chains = {register: chains_of(register, operations) for register in problem.registers}
    for of_register in chains.values():
        check_zones(of_register)
    if len(chains) <= 1:
        return _RIGHT
    try:
        drawing = Drawing(operations, chains)
    except TooManyError:
        return OrderVerdict(Decision.UNDECIDED, why="too many operations overlap")
    drawing.saturate()
    # To a search of registers, what is not there yet has values of its own.
    registers = [replace(each, there=None) for each in operations]
    return _searched(Search(registers, problem.registers, there=True, budget=budget, earlier=drawing.before()))


def _smallest(problem: Problem, suspects: AbstractSet[str]) -> AbstractSet[str]:
    """Return operations that no order explains, of which none can be left out.

    What is left of an order without some readings, or without a write and all that shows it, is an order. Without a
    write that removes the object, or makes it, it need not be one: those stay, where anything depends on them.
    """
    comes_and_goes = _without_removal(problem) is None or (
        not problem.there and any(not each.sees and not each.makes for each in problem.operations)
    )
    kept = frozenset(each.id for each in problem.operations if comes_and_goes and (each.removes or each.makes))
    budget = _SMALL + 4 * len(problem.operations)

    def is_broken(wanted: Sequence[str]) -> bool:
        return _decide(problem.only(kept.union(wanted)), budget)[0].decision is Decision.BROKEN

    start = next(filter(is_broken, _near(problem, suspects)), [])
    start = [each for each in start if each not in kept]
    found = reduced(start, is_broken, most=_MOST_TRIES)
    return {each.id for each in problem.only(kept.union(found)).operations}


def _near(problem: Problem, suspects: AbstractSet[str]) -> Iterator[list[str]]:
    """Yield operations around those that are suspected, more and more of them, at last all."""
    if suspects:
        yield sorted(_closed(problem, suspects))
        near = [each for each in problem.operations if each.id in suspects]
        begin, end = min(each.begin for each in near), max(each.begin for each in near)
        width = max(end - begin, *(each.end - each.begin for each in near if each.end < math.inf), 0.0)
        for _ in range(_WIDENED):
            around = {each.id for each in problem.operations if each.begin <= end and each.end >= begin}
            yield sorted(_closed(problem, around))
            begin, end, width = begin - width, end + width, 2 * width
    yield [each.id for each in problem.operations]


def _closed(problem: Problem, operations: AbstractSet[str]) -> frozenset[str]:
    """Return operations with all that they rest on."""
    known = {each.id: each for each in problem.recorded}
    closed, pending = set[str](), list(operations)
    while pending:
        each = pending.pop()
        if each in known and each not in closed:
            closed.add(each)
            pending.extend(known[each].rests_on)
    return frozenset(closed)


def _in_order(operations: AbstractSet[str], record: ObjectRecord) -> tuple[str, ...]:
    requests: tuple[Write | Read, ...] = (*record.writes, *record.reads)
    begins = {each.id: each.begin for each in requests}
    return tuple(sorted(operations, key=lambda each: (begins[each], each)))
