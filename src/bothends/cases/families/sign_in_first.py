"""`precedence`: a request without a valid session that is refused for another reason too. The session comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, sessions, wrong_bodies
from bothends.cases.families.family import Family, register
from bothends.cases.families.sessions import EXPIRED, NO_SESSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Case

PRECEDENCE_NAME = "precedence"

_REFUSALS = (
    wrong_bodies.MALFORMED_BODY_FAMILY,
    wrong_bodies.UNSUPPORTED_MEDIA_TYPE_FAMILY,
    wrong_bodies.BODY_TOO_LARGE_FAMILY,
    wrong_bodies.INVALID_BODY_FAMILY,
)
_STATES = (NO_SESSION, EXPIRED)


def precedence_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the first case of each refusal, signed out; none when the operation asks for no session.

    That the session comes first is asked where its kind says so; of others, either refusal is right.
    """
    security = operation.security
    if not security.demanded or not any(True for _ in sessions.signed_out_cases(contract, operation)):
        return
    minted = security.minted
    first_of_all = minted is not None and minted.checked_first
    owned = sessions.owners(security)
    states = [state for state in _STATES if state == NO_SESSION or state.name in owned]
    for refusal in _REFUSALS:
        first = next(refusal.cases(contract, operation), None)
        if first is None:
            continue
        told = expectations.no_sign_in(operation)
        expect = told if first_of_all else expectations.no_sign_in_or(operation, [refusal.family])
        for state in states:
            name = f"{state.name}-and-{refusal.family}"
            yield replace(first, family=PRECEDENCE_NAME, name=name, given=(state,), expect=expect)


PRECEDENCE_FAMILY = register(
    Family(
        PRECEDENCE_NAME,
        precedence_cases,
        "a request without a valid session that is refused for another reason too. The session is checked first.",
        after="content-codings",
    )
)
