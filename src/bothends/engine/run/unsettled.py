"""Requests that are sent once more, alone, as their answer says nothing of what they are about.

- A valid one was refused, perhaps as a value in it was taken. It is sent with another value there.
- It was refused, perhaps for what others had done to its object. It is sent with an object of its own.
- What was answered may be due to the other requests that were under way (`disturbed.py`). It is sent as it was.
- It was refused before any of its operation had succeeded (`early.py`). It is sent as it was, when one has.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases import members, with_others
from bothends.engine.judge import FAILURES
from bothends.engine.play import SENT_ANEW, Batch
from bothends.records import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bothends.contract import Contract
    from bothends.engine.judge import Disturbed, Early
    from bothends.records import Case, Exchange, Request

MOST = 32
"""Requests of one operation that are sent once more, at most; of failures, `Disturbed` knows when it is enough.

One that succeeds with another value does not count: its case is judged, and says nothing of those that are left.
"""
_OF_A_STATE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})
"""What speaks of the state of an object: a number that is refused so may be its version, and any other one is wrong."""


class Unsettled:
    """Holds what is sent once more."""

    def __init__(self, contract: Contract, disturbed: Disturbed, early: Early) -> None:
        """Hold nothing.

        Args:
            contract: The contract.
            disturbed: Says what need not be sent once more, as it would not be answered.
            early: Says when a request of an operation has succeeded.
        """
        self._disturbed = disturbed
        self._early = early
        self._held: dict[str, dict[str, Case]] = {}
        self._operations = {operation.id: operation for operation in contract.operations}
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[str, bool]] = set()
        self._waiting: deque[tuple[Batch, bool, bool]] = deque()
        self._silent: set[str] = set()
        self._with_another: Case | None = None

    def note(self, exchanges: Iterable[Exchange]) -> None:
        """Note what is answered: what succeeds with another value leaves room for one more."""
        case = self._with_another
        if case is not None and any(one.succeeded and one.planned.request == case.request for one in exchanges):
            self._counts[case.operation] -= 1
            self._with_another = None

    def take_refused(self, exchange: Exchange, places: Collection[str], *, used_up: bool = False) -> None:
        """Take a valid request that was refused, perhaps as the values in some members of its body were taken.

        Args:
            exchange: The exchange.
            places: The members.
            used_up: Whether it may as well have been refused for what others had done to its object: so it is where no
                other value can be sent, or one was refused.
        """
        case, operation = exchange.case, self._operations[exchange.case.operation]
        state = isinstance(exchange.answer, Answer) and exchange.answer.status in _OF_A_STATE
        numbers = {name for name, value in members(case.request) if not isinstance(value, str)} if state else set()
        places = [place for place in places if place not in numbers]
        # A request that is written byte for byte has its texts in these, too: it would be the same one.
        changes = bool(places) and case.request.raw is None
        others = with_others(operation, case.request, places, exchange.number + SENT_ANEW) if changes else None
        if used_up and (others is None or (_label(case), False) in self._seen):
            self._once_more(case, case.request, anew=True)
        else:
            self._once_more(case, others)

    def take_used_up(self, exchange: Exchange, batch: Batch) -> None:
        """Take a valid request that was refused, perhaps for what others had done to its object; and its batch."""
        case = batch.as_sent(exchange.case)
        self._once_more(case, case.request, anew=True)

    def take_disturbed(self, exchange: Exchange, batch: Batch) -> None:
        """Take a request whose answer may be due to others, or that got none for that; and its batch."""
        case = batch.as_sent(exchange.case)
        if isinstance(exchange.answer, NoAnswer):
            self._silent.add(_label(case))
        # What is put down to others is judged only then, however many there are.
        failed = isinstance(exchange.answer, Answer) and exchange.answer.status in FAILURES
        self._once_more(case, case.request, always=failed)

    def take_early(self, exchange: Exchange, batch: Batch) -> None:
        """Take a valid request that was refused before any of its operation had succeeded; and its batch."""
        case = batch.as_sent(exchange.case)
        held = self._held.setdefault(case.operation, {})
        if len(held) < MOST:
            held.setdefault(_label(case), case)

    def _let_held(self) -> None:
        """Let those wait that were refused early, and of whose operation one has succeeded since."""
        for operation in [name for name in self._held if self._early.is_over(name)]:
            for case in self._held.pop(operation).values():
                batch = Batch(case.of_the_world, (case,), concurrency=1)
                self._waiting.append((batch, True, False))

    def _once_more(self, case: Case, request: Request | None, *, anew: bool = False, always: bool = False) -> None:
        """Let a case be played alone with a request in place of its own; None: there is none that may be sent.

        Played `anew`, it has an object that is made for it; `always`, it is played however many of its operation were.
        """
        once = _label(case), anew
        if once in self._seen:
            return
        self._seen.add(once)
        if request is not None:
            batch = Batch(case.of_the_world, (replace(case, request=request),), concurrency=1, anew=anew)
            self._waiting.append((batch, always, request != case.request))

    def next(self) -> Batch | None:
        """Return what is to be played now; None: nothing."""
        self._with_another = None
        self._let_held()
        while self._waiting:
            batch, always, another = self._waiting.popleft()
            (case,) = batch.cases
            if not always and self._counts[case.operation] == MOST:
                self._seen.discard((_label(case), batch.anew))  # it may be one that is always sent, later
            elif not (_label(case) in self._silent and self._disturbed.hangs(case)):
                self._counts[case.operation] += not always
                self._with_another = case if another and not always else None
                return batch
        return None


def _label(case: Case) -> str:
    return f"{case.operation} {case.label}"
