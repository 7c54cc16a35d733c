"""Tells which requests may have been refused for the state of the account that they are of: it has no room for more.

A run makes many objects, and some accounts have room for few. A service says so by 403 or 409, by 402, by 422, or by
whatever it declares. No schema tells how many there may be, so the request is valid. What is declared may come; and
where requests of its operation have succeeded before, it may be what these have led to. So such an answer accuses
nobody until it is tried (`engine/run/trials.py`). Where an answer has an `x-given`, nothing else leads to it: that has
to name `quota`, then.

What is refused before any request of its operation has succeeded is refused for what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from bothends.contract.terms import QUOTA
from bothends.laws import FAMILY as RECOVERED
from bothends.records import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bothends.contract import Contract
    from bothends.records import Case, Exchange

_OF_AN_ACCOUNT = frozenset(
    (
        *(HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
        *(HTTPStatus.LOCKED, HTTPStatus.TOO_MANY_REQUESTS),
    )
)
"""What may be said of an account before a request is read (RFC 9110, section 15.5; RFC 4918, section 11; RFC 6585)."""
_OF_VALID_REQUESTS = _OF_AN_ACCOUNT | {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
"""What may be said of it to a request that is valid. Others speak of a credential, a media type, a size, an object."""


_CERTAIN = 4
"""Cases of an operation that were refused for what they are, after which that is believed of all others: each was tried
while there was room, and so it was never seen that there was none.
"""


class Success(NamedTuple):
    """A request that has succeeded, and may be sent again by itself.

    Attributes:
        number: Its exchange's.
        case: What was sent.
        caller: Who has sent it; 0: a user of its own, or nobody.
    """

    number: int
    case: Case
    caller: int


@dataclass(slots=True)
class _Operation:
    """What is known of the requests of one operation.

    Attributes:
        began: When the first one began that has succeeded; None: none has.
        last: When the last one of each caller began that has succeeded.
        usual: One of each caller's that has succeeded, and may be sent again.
        names: By each caller, what the cases are called of which one has succeeded.
        full: By each caller and status, when a usual one was refused so that had succeeded before.
        for_themselves: By each status, what the cases are called that are refused so for what they are.
    """

    began: float | None = None
    last: dict[int, float] = field(default_factory=dict)
    usual: dict[int, Success] = field(default_factory=dict)
    names: dict[int, set[str]] = field(default_factory=dict)
    full: dict[tuple[int, int], float] = field(default_factory=dict)
    for_themselves: dict[int, set[str]] = field(default_factory=dict)


class NoRoom:
    """Remembers which requests have succeeded, and which are refused for what they are."""

    def __init__(self, contract: Contract) -> None:
        """Begin with none."""
        self._contract = {operation.id: operation for operation in contract.operations}
        self._operations = {operation.id: _Operation() for operation in contract.operations}

    def note(self, exchanges: Iterable[Exchange]) -> None:
        """Note which requests have succeeded, as soon as they are answered: their events may come later."""
        for exchange in exchanges:
            known = self._operations.get(exchange.case.operation)
            if known is None or not exchange.succeeded or exchange.repeated:
                continue
            caller, case = caller_of(exchange), exchange.planned
            known.began = exchange.began if known.began is None else min(known.began, exchange.began)
            known.last[caller] = max(known.last.get(caller, exchange.began), exchange.began)
            known.names.setdefault(caller, set()).add(case.label)
            if caller not in known.usual and self._is_usual(exchange):
                known.usual[caller] = Success(exchange.number, case, caller)

    def _is_usual(self, exchange: Exchange) -> bool:
        """Whether a request that has succeeded is one that may be sent again by itself, with other values."""
        case = exchange.case
        if (
            exchange.first is not None
            or case.again
            or case.after
            or case.look
            or case.registering
            or case.rounds
            or case.made_by
        ):
            return False
        plain = not (case.given or case.behaviour or case.following) and case.family != RECOVERED
        return plain and case.request.raw is None and self._is_valid(exchange)

    def _is_valid(self, exchange: Exchange) -> bool:
        expect, operation = exchange.case.expect, self._contract[exchange.case.operation]
        success = bool(expect.statuses) and expect.statuses <= operation.success_statuses
        return success and not (expect.any_answer or expect.refused)

    def among(self, exchanges: Sequence[Exchange], explained: Collection[int] = ()) -> frozenset[int]:
        """Return the numbers of those that may have been refused for their account, and for nothing else so far."""
        return frozenset(one.number for one in exchanges if one.number not in explained and self._suspects(one))

    def _suspects(self, exchange: Exchange) -> bool:
        answer, known = exchange.answer, self._operations.get(exchange.case.operation)
        if known is None or known.began is None or known.began >= exchange.ended or not isinstance(answer, Answer):
            return False
        case = exchange.case
        if case.following is not None or case.request.raw is not None:
            # What is refused behind another request on its connection is tried by none: the account has to be full.
            return any(status == answer.status for _, status in known.full)
        own = known.for_themselves.get(answer.status, ())
        sure = len(own) >= _CERTAIN and not any(status == answer.status for _, status in known.full)
        return not sure and case.label not in own and self._may_be_said(exchange, answer.status)

    def _may_be_said(self, exchange: Exchange, status: int) -> bool:
        """Whether a status is not what is right for a request, and may be what is said of an account."""
        case, credential, operation = exchange.case, exchange.credential, self._contract[exchange.case.operation]
        if not case.expect.statuses or case.expect.allows(status) or case.request.method != operation.method:
            return False
        if credential is not None and (credential.right is False or credential.forbidden):
            return False
        declared = operation.answer_for(status)
        may_succeed = bool(case.expect.statuses & operation.success_statuses) or bool(case.of_the_world)
        valid = may_succeed and not (case.expect.refused or case.expect.any_answer)
        said = status in (_OF_VALID_REQUESTS if valid else _OF_AN_ACCOUNT)
        return said and declared is not None and (not declared.families or QUOTA in declared.families)

    # What is tried.

    def is_known(self, exchange: Exchange, status: int) -> bool:
        """Return whether nothing need be tried: there was no room, and its caller has not succeeded since.

        A request that is refused, and the very same has succeeded before, has tried it itself.
        """
        known, caller = self._operations[exchange.case.operation], caller_of(exchange)
        if exchange.planned.label in known.names.get(caller, ()):
            return True
        full = known.full.get((caller, status))
        return full is not None and known.last.get(caller, full) <= full

    def usual(self, exchange: Exchange) -> Success | None:
        """Return a request of the same operation that has succeeded, the same caller's before another's."""
        known = self._operations[exchange.case.operation].usual
        return known.get(caller_of(exchange)) or next(iter(known.values()), None)

    def fill(self, exchange: Exchange, status: int) -> None:
        """Know that there was no room: a usual request that had succeeded before was refused with a status."""
        known = self._operations[exchange.case.operation]
        known.full[caller_of(exchange), status] = exchange.began

    def refuse_itself(self, case: Case, status: int) -> None:
        """Know that a case is refused with a status for what it is: there was room."""
        self._operations[case.operation].for_themselves.setdefault(status, set()).add(case.label)


def caller_of(exchange: Exchange) -> int:
    """Return which of the callers in the settings has sent a request; 0: a user of its own, or nobody."""
    return 0 if exchange.credential is None else exchange.credential.caller
