"""What the contract lets a case bring about, as an `Expectation`.

Where the spec says nothing of a family, some declared answer that is not a success is right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.records import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract.model import Operation

SIGNED_OUT = "signed-out"
UPSTREAM_FAMILIES = ("upstream-wrong", "upstream-unreachable", "upstream-timeout")
_FIRST_SERVER_ERROR = 500  # RFC 9110 section 15.6
_CLIENT_ERRORS = range(400, 500)  # RFC 9110 section 15.5


def success(operation: Operation) -> Expectation:
    """Return the expectation of a request that the contract admits, in a world where all is well."""
    why = f"{operation.pointer}/responses: what is not an error"
    return Expectation(statuses=operation.success_statuses, why=why, absent=operation.absent_statuses)


def refusal(operation: Operation, families: Iterable[str]) -> Expectation:
    """Return the expectation of a request that one or several families refuse.

    Args:
        operation: The operation.
        families: The families that apply at once: any of their answers is right.
    """
    names = sorted(families)
    statuses: set[int] = set()
    for name in names:
        statuses |= operation.statuses_of(name) or refusing_statuses(operation)
    # Who is signed out is told so, and not what there is.
    absent = frozenset[int]() if SIGNED_OUT in names else operation.absent_statuses
    return Expectation(statuses=frozenset(statuses), refused=True, why=_why(operation, names), absent=absent)


def fault(operation: Operation, families: Iterable[str], upstream: str) -> Expectation:
    """Return the expectation of a request during an upstream's fault.

    Args:
        operation: The operation.
        families: The families that the fault may be taken for.
        upstream: The faulty upstream's name, or `ingest`.
    """
    names = list(families)
    if operation.sends_to(upstream) and not operation.awaits(upstream):
        return _whatever_the_ingest(operation, upstream)
    statuses: frozenset[int] = frozenset().union(*(operation.statuses_of(name, upstream) for name in names))
    return Expectation(
        statuses=statuses or operation.error_statuses,
        server_error=True,
        why=_why(operation, names),
        absent=operation.absent_statuses,
    )


def _whatever_the_ingest(operation: Operation, ingest: str) -> Expectation:
    """Return the expectation during the fault of an ingest that no answer waits for."""
    return Expectation(
        statuses=operation.success_statuses | operation.error_statuses,
        server_error=True,
        why=f"{operation.pointer}/callbacks: no x-delivery has an answer wait for the {ingest}",
        absent=operation.absent_statuses,
    )


def recovery(operation: Operation, upstream: str) -> Expectation:
    """Return the expectation of a request whose first call fails: retried with success, or told so."""
    told = fault(operation, UPSTREAM_FAMILIES, upstream)
    return Expectation(
        statuses=told.statuses | operation.success_statuses,
        server_error=True,
        why=f"{told.why}; or a success, when the target tries again",
        absent=operation.absent_statuses,
    )


def anything_declared(operation: Operation) -> Expectation:
    """Return the expectation of a request of which the contract alone can't tell what is right.

    Any declared answer is, but for a server error, and for what is said to the signed out: whatever
    the request is, its caller has a session.
    """
    declared = (operation.success_statuses | operation.error_statuses) - operation.statuses_of(SIGNED_OUT)
    statuses = frozenset(status for status in declared if status < _FIRST_SERVER_ERROR)
    why = f"{operation.pointer}/responses: any that is no server error"
    return Expectation(statuses=statuses, why=why, absent=operation.absent_statuses)


def taken_or_refused(operation: Operation) -> Expectation:
    """Return the expectation of a request that a target may take as it is, or refuse in the words of its HTTP library.

    Any 4xx is right, declared or not; and a success, with the event that goes with it.
    """
    declared = operation.success_statuses | refusing_statuses(operation)
    why = f"{operation.pointer}/responses: a success, or any 4xx, which need not be the operation's own"
    return Expectation(statuses=declared, any_refusal=True, why=why)


def refused_somehow(operation: Operation, families: Iterable[str]) -> Expectation:
    """Return the expectation of a request that must be refused, and be it in the words of the HTTP library.

    Args:
        operation: The operation.
        families: The families that apply: their answers are right, and any other 4xx.
    """
    refused = refusal(operation, families)
    return replace(refused, any_refusal=True, why=f"{refused.why}; or another 4xx")


def doubtful_session(operation: Operation) -> Expectation:
    """Return the expectation of a session that was never issued, and that the session library takes all the same."""
    refused = refusal(operation, [SIGNED_OUT])
    why = f"{refused.why}; or a success, as the session library takes it"
    statuses = operation.success_statuses | refused.statuses
    return Expectation(statuses=statuses, why=why, absent=operation.absent_statuses)


def refusing_statuses(operation: Operation) -> frozenset[int]:
    """Return the declared statuses that are right when the spec says nothing of a refusal.

    A refusal is the caller's fault, so the declared 4xx; with none declared, any error is right.
    """
    return (
        frozenset(status for status in operation.error_statuses if status < _FIRST_SERVER_ERROR)
        or operation.error_statuses
    )


def served_where_promised(expect: Expectation, operation: Operation, promise: str) -> Expectation:
    """Return an expectation that leaves something open, with a promise that the request is served.

    A target that ran out of time on a busy machine may say so: what it promises is another thing.

    Args:
        expect: What is right of all targets.
        operation: The operation.
        promise: A key of `PROMISES`.
    """
    served = operation.success_statuses | operation.statuses_of("upstream-timeout")
    return replace(expect, promise=promise, promised=served)


def refused_where_promised(expect: Expectation, promise: str, statuses: Iterable[int] = _CLIENT_ERRORS) -> Expectation:
    """Return an expectation that leaves something open, with a promise that the request is refused, or told as failed.

    Args:
        expect: What is right of all targets.
        promise: A key of `PROMISES`.
        statuses: What says so; any 4xx, where nothing else is said.
    """
    return replace(expect, promise=promise, promised=frozenset(statuses))


def _why(operation: Operation, families: Iterable[str]) -> str:
    return f"{operation.pointer}/responses: x-given {' or '.join(families)}"


def odd(why: str, statuses: Iterable[int] = ()) -> Expectation:
    """Return the expectation of what is sent oddly: any answer or none, and an event just when it is a success.

    Args:
        why: What says so.
        statuses: What HTTP asks for; another one is a warning. Empty: HTTP leaves it open.
    """
    return Expectation(frozenset(statuses), any_answer=True, why=why)


def never(why: str, statuses: Iterable[int] = ()) -> Expectation:
    """Return the expectation of what must never be executed: no event, whatever the answer.

    Args:
        why: What says so.
        statuses: What HTTP asks for; another one is a warning. Empty: HTTP leaves it open.
    """
    return Expectation(frozenset(statuses), refused=True, any_answer=True, why=why)
