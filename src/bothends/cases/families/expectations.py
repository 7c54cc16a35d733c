"""What the contract lets a case bring about, as an `Expectation`.

Where the spec says nothing of a family, some declared answer that is not a success is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.records import Expectation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bothends.contract.model import Operation

UPSTREAM_FAMILIES = ("upstream-wrong", "upstream-unreachable", "upstream-timeout")
_FIRST_SERVER_ERROR = 500  # RFC 9110 section 15.6


def success(operation: Operation) -> Expectation:
    """Return the expectation of a request that the contract admits, in a world where all is well."""
    return Expectation(statuses=operation.success_statuses, why=f"{operation.pointer}/responses: what is not an error")


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
    return Expectation(statuses=frozenset(statuses), refused=True, why=_why(operation, names))


def fault(operation: Operation, families: Iterable[str], upstream: str) -> Expectation:
    """Return the expectation of a request during an upstream's fault.

    Args:
        operation: The operation.
        families: The families that the fault may be taken for.
        upstream: The faulty upstream's name, or `ingest`.
    """
    names = list(families)
    statuses: frozenset[int] = frozenset().union(*(operation.statuses_of(name, upstream) for name in names))
    return Expectation(
        statuses=statuses or operation.error_statuses,
        server_error=True,
        why=_why(operation, names),
    )


def recovery(operation: Operation, upstream: str) -> Expectation:
    """Return the expectation of a request whose first call fails: retried with success, or told so."""
    told = fault(operation, UPSTREAM_FAMILIES, upstream)
    return Expectation(
        statuses=told.statuses | operation.success_statuses,
        server_error=True,
        why=f"{told.why}; or a success, when the target tries again",
    )


def anything_declared(operation: Operation) -> Expectation:
    """Return the expectation of a request of which the contract alone can't tell what is right.

    Any declared answer is, but for a server error, and for what is said to the signed out: whatever
    the request is, its caller has a session.
    """
    declared = (operation.success_statuses | operation.error_statuses) - operation.statuses_of("signed-out")
    statuses = frozenset(status for status in declared if status < _FIRST_SERVER_ERROR)
    return Expectation(statuses=statuses, why=f"{operation.pointer}/responses: any that is no server error")


def refusing_statuses(operation: Operation) -> frozenset[int]:
    """Return the declared statuses that are right when the spec says nothing of a refusal.

    A refusal is the caller's fault, so the declared 4xx; with none declared, any error is right.
    """
    return (
        frozenset(status for status in operation.error_statuses if status < _FIRST_SERVER_ERROR)
        or operation.error_statuses
    )


def _why(operation: Operation, families: Iterable[str]) -> str:
    return f"{operation.pointer}/responses: x-given {' or '.join(families)}"
