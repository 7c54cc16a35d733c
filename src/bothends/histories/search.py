"""Any object: whether some order explains what was seen, found by trying orders.

The method is that of J. M. Wing and C. Gong ("Testing and verifying concurrent objects", 1993), with the memory of
G. Lowe ("Testing for linearizability", 2017): the next operation is one that began before all others ended; if nothing
can be next, the last choice is taken back; what was tried, which operations are done and the state they left, is not
tried again. Two things make it fast where values are unique: what shows the state of now and changes nothing is done at
once; and a value that is still to be seen is not overwritten.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bothends.histories.judged import INITIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.histories.problem import Operation

_State = tuple[str, ...] | None
"""The write that gave each register its value; None: the object is not there."""


class BudgetError(Exception):
    """The budget is used up."""


class _Choice(NamedTuple):
    """A point of the search: what was done since, and what else could have been next there.

    Attributes:
        done: How many operations were done before.
        state: The state before.
        others: What is still to be tried next.
    """

    done: int
    state: _State
    others: list[int]


class Search:
    """One search for an order."""

    def __init__(
        self,
        operations: Sequence[Operation],
        registers: Sequence[str],
        *,
        there: bool,
        budget: int,
        earlier: Sequence[Sequence[int]] | None = None,
    ) -> None:
        """Take what an order is to be found of.

        Args:
            operations: In the order in which they began.
            registers: What they set.
            there: Whether the object was there before.
            budget: How many steps may be tried.
            earlier: What must be before each of them, beside what ended before it began.
        """
        self._operations = operations
        self._place = {register: place for place, register in enumerate(registers)}
        self._budget = budget
        self._earlier = earlier
        self._done = [False] * len(self._operations)
        self._order: list[tuple[int, bool]] = []
        self._first = 0
        self._ahead = 0
        self._unseen: defaultdict[tuple[str, str], int] = defaultdict(int)
        for each in self._operations:
            for register, writer in each.sees.items():
                if each.must:
                    self._unseen[register, writer] += 1
        self._state: _State = tuple(INITIAL for _ in registers) if there else None
        self._musts = sum(each.must for each in self._operations)
        self._optional = [number for number, each in enumerate(self._operations) if not each.must]
        self._tried: set[tuple[int, int, int, _State]] = set()

    def find(self) -> list[str] | None:
        """Return an order, None if there is none.

        Raises:
            BudgetError: The budget is used up.
        """
        choices: list[_Choice] = []
        while True:
            candidates = self._candidates()
            candidates = self._do_what_changes_nothing(candidates)
            if not self._musts:
                return [self._operations[number].id for number, _ in self._order]
            key = self._key()
            usable: list[int] = []
            if key not in self._tried:
                self._tried.add(key)
                usable = [number for number in candidates if self._can_be_next(number)]
                usable.sort(key=lambda number: self._operations[number].end, reverse=True)
            choices.append(_Choice(len(self._order), self._state, usable))
            while choices and not choices[-1].others:
                choices.pop()
            if not choices:
                return None
            self._budget -= 1
            if self._budget < 0:
                raise BudgetError
            done, state, others = choices[-1]
            self._undo(done)
            self._state = state
            self._do(others.pop())

    def _candidates(self) -> list[int]:
        """Return the operations that may be next: nothing that is left ended before they began."""
        while self._first < len(self._operations) and (
            self._done[self._first] or not self._operations[self._first].must
        ):
            self._first += 1
        candidates, ended, self._ahead = [], math.inf, 0
        for number in range(self._first, len(self._operations)):
            each = self._operations[number]
            if each.begin > ended:
                break
            if self._done[number]:
                self._ahead |= 1 << (number - self._first)
            elif each.must:
                candidates.append(number)
                ended = min(ended, each.end)
        candidates = [number for number in candidates if self._operations[number].begin <= ended]
        candidates += [
            number for number in self._optional if not self._done[number] and self._operations[number].begin <= ended
        ]
        if self._earlier is None:
            return candidates
        earlier = self._earlier
        return [number for number in candidates if all(self._done[one] for one in earlier[number])]

    def _key(self) -> tuple[int, int, int, _State]:
        """Return what is done, without what was done long ago, and the state."""
        optional = sum(1 << place for place, number in enumerate(self._optional) if self._done[number])
        return self._first, self._ahead, optional, self._state

    def _do_what_changes_nothing(self, candidates: list[int]) -> list[int]:
        while True:
            same = [number for number in candidates if self._operations[number].must and self._is_idle(number)]
            if not same:
                return candidates
            for number in same:
                self._do(number)
            candidates = self._candidates()

    def _is_idle(self, number: int) -> bool:
        """Whether an operation meets what it needs and changes nothing: whatever order there is, it may be now.

        What removes or makes the object may be needed later, to explain why it is there or not.
        """
        each = self._operations[number]
        if each.removes or each.makes or not self._meets(each):
            return False
        unchanged = not each.sets or self._state is None
        return unchanged and not any(self._unseen[register, each.id] for register in each.sets)

    def _meets(self, each: Operation) -> bool:
        state = self._state
        if each.there is not None and each.there != (state is not None):
            return False
        if state is None:
            return not each.sees
        return all(state[self._place[register]] == writer for register, writer in each.sees.items())

    def _after(self, each: Operation) -> _State:
        if each.removes:
            return None
        state = self._state
        if state is None:
            if not each.makes:
                return None
            state = tuple(INITIAL for _ in self._place)
        new = list(state)
        for register in each.sets:
            new[self._place[register]] = each.id
        return tuple(new)

    def _can_be_next(self, number: int) -> bool:
        each = self._operations[number]
        if not each.writes or not self._meets(each):
            return False
        after = self._after(each)
        for register, place in self._place.items():
            now = None if self._state is None else self._state[place]
            then = None if after is None else after[place]
            if now is not None and now != then:
                seeing = each.must and each.sees.get(register) == now
                if self._unseen[register, now] > seeing:
                    return False
            if register in each.sets and then != each.id and self._unseen[register, each.id]:
                return False
        return True

    def _do(self, number: int) -> None:
        each = self._operations[number]
        changed = self._after(each) if each.writes else self._state
        self._done[number] = True
        self._order.append((number, each.must))
        if each.must:
            self._musts -= 1
            for register, writer in each.sees.items():
                self._unseen[register, writer] -= 1
        self._state = changed

    def _undo(self, done: int) -> None:
        while len(self._order) > done:
            number, must = self._order.pop()
            self._done[number] = False
            self._first = min(self._first, number)
            if must:
                self._musts += 1
                for register, writer in self._operations[number].sees.items():
                    self._unseen[register, writer] += 1
