"""Learns which operations use up their object: after a success, no valid request finds the object as it was.

A contract does not say so: `POST /checkouts/{id}/complete` succeeds once for each checkout. So where a request that may
succeed is refused about an object that others share, and that a request has changed before, the refusal accuses nobody.
Its case is played once more with an object of its own. If it succeeds there, it was the change: the operation that was
the last to change the first object has an object of its own for each request from then on. If it is refused there as
well, it is refused for what it is, and judged for that.

What is learnt chooses objects, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.contract.terms import WRONG_STATE
from bothends.engine.counts import Counts, counted
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract import Operation
    from bothends.records import Exchange

USED_UP = counted("operations that use up their object", "operation", "refused", "status", "sure")
MAKERS = counted("operations whose objects were used up", "operation", "by")

_REFUSALS = frozenset(range(400, 500)) - {401, 413, 414, 415, 423, 429, 431}
"""What may be said of the state of an object. Others speak of a caller, a size, a type (RFC 9110, 15.5), or a lock.

What the contract names for it (`x-given: wrong-state`) is said of it, too, and may be a 5xx.
"""
_IN_VAIN = 8
"""Requests of an operation that were refused for what they are, after which that is believed of its others."""


@dataclass(frozen=True, slots=True)
class Change:
    """A success that changed an object, or may have.

    Attributes:
        operation: The operation's ID.
        number: The exchange's.
        began: When it began; by the clock, seconds.
        ended: When it was answered.
    """

    operation: str
    number: int
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """What may be why a request was refused.

    Attributes:
        operation: The operation that was the last to change the object.
        sure: Whether no other one can have been it.
        status: What was answered.
        by: The operation that made the object.
        teaches: Whether there is no other reason that is known.
    """

    operation: str
    sure: bool
    status: int
    by: str
    teaches: bool


class UsedUp:
    """What was learnt of one target.

    Attributes:
        operations: The operations that use up their object, as far as that was seen.
    """

    def __init__(self, counts: Counts) -> None:
        """Have learnt nothing; what comes of it is counted."""
        self.operations: set[str] = set()
        self._counts = counts
        self._suspicions: dict[tuple[str, str], _Suspicion] = {}
        self._vain: Counter[str] = Counter()

    def suspects(
        self, exchange: Exchange, operation: Operation, changes: Sequence[Change], by: str, *, teaches: bool = True
    ) -> bool:
        """Return whether a request may have been refused for what others had done to its object.

        Args:
            exchange: The exchange.
            operation: Its operation.
            changes: What had changed its object, in the order of the answers.
            by: The operation that made the object.
            teaches: Whether no other reason is known: else its success with an object of its own teaches nothing.
        """
        answer, expect = exchange.answer, exchange.case.expect
        if not isinstance(answer, Answer) or self._vain[operation.id] >= _IN_VAIN:
            return False
        if answer.status not in _REFUSALS | operation.statuses_of(WRONG_STATE):
            return False
        if answer.status in expect.statuses:
            return False  # it was asked for that
        before = [one for one in changes if one.number != exchange.number and one.began < exchange.ended]
        if not before or not _may_succeed(exchange, operation):
            return False
        own = [place for place, one in enumerate(before) if one.operation == operation.id]
        # Who has found the object as it should be after a change knows that this was not it.
        since = before[own[-1] :] if own else before
        names = {one.operation for one in since}
        # What meets a change that is under way may be refused for that alone.
        teaches = teaches and any(one.ended <= exchange.began for one in before)
        key = operation.id, exchange.case.label
        self._suspicions[key] = _Suspicion(since[-1].operation, len(names) == 1, answer.status, by, teaches)
        return True

    def settle(self, exchange: Exchange) -> str:
        """Take what was answered to a request that had an object of its own.

        Returns:
            The operation of which that has shown that it uses up its object; empty: it has shown nothing.
        """
        name = exchange.case.operation
        suspicion = self._suspicions.pop((name, exchange.case.label), None)
        if suspicion is None:
            return ""
        if not exchange.succeeded:
            self._vain[name] += 1
            return ""
        if not suspicion.teaches:
            return ""
        self._vain[name] = 0
        self.operations.add(suspicion.operation)
        sure = "sure" if suspicion.sure else ""
        self._counts.add(USED_UP, suspicion.operation, name, str(suspicion.status), sure)
        self._counts.add(MAKERS, suspicion.operation, suspicion.by)
        return suspicion.operation


def _may_succeed(exchange: Exchange, operation: Operation) -> bool:
    """Return whether a success is right, as far as the contract knows, or a service has a fault."""
    case, credential = exchange.case, exchange.credential
    if case.request.method != operation.method or case.behaviour or case.expect.refused or case.expect.any_answer:
        return False
    good = bool(case.expect.statuses & operation.success_statuses)
    return (good or bool(case.of_the_world)) and not (credential is not None and credential.right is False)
