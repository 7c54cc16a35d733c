"""`precedence`: a request with no valid session that would be refused anyway. The session comes first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import (
    body_too_large,
    expectations,
    invalid_body,
    malformed_body,
    signed_out,
    unsupported_media_type,
)
from bothends.cases.families.sessions import EXPIRED, SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "precedence"

_REFUSALS = (malformed_body, unsupported_media_type, body_too_large, invalid_body)
_STATES = (SIGNED_OUT, EXPIRED)


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the first case of each refusal, signed out; none when the operation asks for no session.

    That the session comes first is asked of sessions that the target opens itself; of others, either refusal is right.
    """
    security = operation.security
    if not security.demanded or not any(True for _ in signed_out.cases(contract, operation)):
        return
    states = _STATES if security.minted is not None else _STATES[:1]
    for refusal in _REFUSALS:
        first = next(refusal.cases(contract, operation), None)
        if first is None:
            continue
        told = expectations.no_sign_in(operation)
        expect = told if security.minted is not None else expectations.no_sign_in_or(operation, [refusal.family])
        for state in states:
            name = f"{state.name}-and-{refusal.family}"
            yield replace(first, family=family, name=name, given=(state,), expect=expect)
