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
from bothends.cases.families.sessions import SIGNED_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "precedence"

_REFUSALS = (malformed_body, unsupported_media_type, body_too_large, invalid_body)
_STATES = ("no-session", "expired-1h")


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the first case of each refusal, signed out; none when the operation asks for no session."""
    if not any(True for _ in signed_out.cases(contract, operation)):
        return
    expect = expectations.refusal(operation, [signed_out.family])
    for refusal in _REFUSALS:
        first = next(refusal.cases(contract, operation), None)
        if first is None:
            continue
        for state in _STATES:
            name = f"{state}-and-{refusal.family}"
            yield replace(first, family=family, name=name, given=(SIGNED_OUT[state],), expect=expect)
