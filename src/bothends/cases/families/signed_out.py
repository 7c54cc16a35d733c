"""`signed-out`: a right request by a caller who has no valid session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.sessions import SIGNED_OUT
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "signed-out"


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each session state; none when the operation asks for no session."""
    request = bodies.admitted_request(operation)
    if operation.session_cookie is None or contract.settings.world.session is None or request is None:
        return
    expect = expectations.refusal(operation, [family])
    for name, sentence in SIGNED_OUT.items():
        yield Case(operation.id, family, name, request, (sentence,), expect)
