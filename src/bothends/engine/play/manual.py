"""Cases that a person makes: what the contract expects of a request in a state of the world."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases import expectations
from bothends.conditions import sentences
from bothends.contract import admission
from bothends.contract.messages import fits
from bothends.contract.terms import FORBIDDEN, SIGNED_OUT
from bothends.errors import ContractError, one_of
from bothends.records import Case, Expectation
from bothends.world import made_together

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bothends.contract import Contract, Operation
    from bothends.records import Condition, Request
    from bothends.world import Fault, SessionState

FAMILY = "by-hand"
# What every client adds: no part of what was to be asked.
_ADDED = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "transfer-encoding", "user-agent"}
)


def asked(request: Request, *, session: str = "") -> Request:
    """Return a request without what every client adds, and without the header that its session is in, if any."""
    added = _ADDED | {session.lower()}
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in added)
    return replace(request, headers=headers)


def operation_for(contract: Contract, method: str, target: str) -> Operation | None:
    """Return the operation that a request is of: by its path and method, else by its path; None: by neither."""
    fitting = [operation for operation in contract.operations if fits(operation.path, target)]
    # A path without parameters comes before one with them (OpenAPI 3.1.0, Paths Object).
    fitting.sort(key=lambda operation: operation.path.count("{"))
    return next((operation for operation in fitting if operation.method == method), next(iter(fitting), None))


def case_of_no_operation(request: Request, given: Sequence[Condition]) -> Case:
    """Return the case of a request of which the contract says nothing."""
    expect = Expectation(any_answer=True, why=f"the contract does not have the path {request.target.partition('?')[0]}")
    name = ", ".join(sentences(given)) or "all is well"
    return Case("", FAMILY, name, request, tuple(given), expect, exclusive=True)


def of_no_operation(request: Request, contract: Contract) -> ContractError:
    """Return the error that no law is about a request."""
    return ContractError(
        f"{request.method} {request.target} belongs to no operation of the contract, so no law applies",
        expected=one_of(f"{operation.method} {operation.path}" for operation in contract.operations),
    )


def manual_case(operation: Operation, request: Request, given: Sequence[Condition], upstreams: Collection[str]) -> Case:
    """Return the case of a request in a state of the world, with what the contract expects of it.

    Raises:
        ContractError: A state is of none of the upstreams (`ingest` among them), or two are about the same thing.
    """
    session, faults = made_together(given, upstreams)
    return Case(
        operation=operation.id,
        family=FAMILY,
        name=", ".join(sentences(given)) or "all is well",
        request=request,
        given=tuple(given),
        expect=_expected(operation, request, session, [f for _, f in faults.values()]),
        exclusive=True,
    )


def _expected(
    operation: Operation, request: Request, session: SessionState | None, faults: Sequence[Fault]
) -> Expectation:
    if request.method != operation.method:
        return Expectation(refused=True, why=f"{operation.path} does not declare {request.method}")
    verdict = admission(operation, request)
    if session is not None and session.family and _asked(operation):
        return _without_session(operation, request, session, faults)
    if not verdict.certain:
        return expectations.anything_declared(operation)
    if verdict.refusals:
        return expectations.refusal(operation, verdict.refusals)
    about = [_faulty(operation, fault) for fault in faults if fault.family]
    if not about:
        return expectations.success(operation)
    return Expectation(
        statuses=frozenset().union(*(e.statuses for e in about)),
        server_error=True,
        why="; ".join(e.why for e in about),
        absent=operation.absent_statuses,
    )


def _asked(operation: Operation) -> bool:
    """Whether it matters who calls."""
    return bool(operation.security.alternatives or operation.statuses_of(SIGNED_OUT))


def _without_session(
    operation: Operation, request: Request, session: SessionState, faults: Sequence[Fault]
) -> Expectation:
    if session.family == FORBIDDEN:
        return expectations.refusal(operation, [FORBIDDEN])
    refused = expectations.no_sign_in(operation)
    if operation.security.optional:
        return expectations.open_to_all(operation)
    if not session.doubtful:
        return refused
    # A target that accepts the session goes on as with any other.
    taken = _expected(operation, request, None, faults)
    return replace(
        taken,
        statuses=taken.statuses | refused.statuses,
        why=f"{refused.why}; or, if the session library accepts it, {taken.why}",
    )


def _faulty(operation: Operation, fault: Fault) -> Expectation:
    if fault.recovers:
        return expectations.recovery(operation, fault.upstream)
    families = expectations.UPSTREAM_FAMILIES if fault.family.endswith("*") else (fault.family,)
    return expectations.fault(operation, families, fault.upstream)
