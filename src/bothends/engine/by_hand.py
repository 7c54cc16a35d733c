"""Cases that a person makes: what the contract expects of a request in a state of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations
from bothends.contract import admission
from bothends.records import Case, Expectation
from bothends.world import parse_states

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bothends.contract import Operation
    from bothends.records import Request
    from bothends.world.faults import Fault

FAMILY = "by-hand"


def case_by_hand(operation: Operation, request: Request, given: Sequence[str], upstreams: Collection[str]) -> Case:
    """Return the case of a request in a state of the world, with what the contract expects of it.

    Args:
        operation: The operation that the request is of.
        request: What is sent.
        given: States of the world and of the session, as sentences.
        upstreams: Names of the upstreams that there are, `ingest` among them.

    Raises:
        ContractError: A sentence is unknown, or two are about the same thing.
    """
    session, faults = parse_states(given, upstreams)
    return Case(
        operation=operation.id,
        family=FAMILY,
        name=", ".join(given) or "all is well",
        request=request,
        given=tuple(given),
        expect=_expected(
            operation, request, "" if session is None else session.family, [f for _, f in faults.values()]
        ),
        alone=True,
    )


def _expected(operation: Operation, request: Request, session: str, faults: Sequence[Fault]) -> Expectation:
    if request.method != operation.method:
        return Expectation(refused=True, why=f"{operation.path} does not declare {request.method}")
    verdict = admission(operation, request)
    if session:
        return expectations.refusal(operation, [session])
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
    )


def _faulty(operation: Operation, fault: Fault) -> Expectation:
    if fault.recovers:
        return expectations.recovery(operation, fault.upstream)
    families = expectations.UPSTREAM_FAMILIES if fault.family.endswith("*") else (fault.family,)
    return expectations.fault(operation, families, fault.upstream)
