"""`signed-in`: right requests with valid sessions that naive code refuses, or takes for another's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.faults import is_ingest, upstreams_of
from bothends.cases.families.sessions import ONE_PERSON, signed_in_by
from bothends.conditions import session_conditions
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "signed-in"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each alternative and session state, and one of the same user twice: these are two events."""
    request = bodies.admitted_request(operation)
    security = operation.security
    if request is None:
        return
    expect = expectations.success(operation)
    for requirement in security.played:
        if requirement != security.usual or not requirement.mints:
            names = " and ".join(requirement.schemes)
            name = f"by-{names.replace(' ', '-')}"
            yield Case(operation.id, family, name, request, (signed_in_by(requirement.schemes),), expect)
    if security.minted is None:
        return
    for condition in session_conditions(""):
        yield Case(operation.id, family, condition.name, request, (condition,), expect)
    twice = Case(operation.id, family, "same-user-twice", request, (ONE_PERSON,), expect, alone=True, crowd=2)
    yield twice
    for upstream in upstreams_of(contract, operation):
        if not is_ingest(contract, upstream):
            # Nothing but the time tells the two events apart, as it is when nobody has edited the settings meanwhile.
            given = (ONE_PERSON, Condition.of("answers-the-same", upstream))
            yield replace(twice, name=f"same-user-and-{upstream}", given=given)
