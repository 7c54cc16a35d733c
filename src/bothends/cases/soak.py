"""`soak`: the same good request over and over, with one in ten turned away, for as long as a deep run goes on.

Nothing new is asked. What it shows needs time: an event lost once in ten thousand, memory that grows,
identities that come round again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.sessions import SIGNED_OUT
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract

SOAK = "soak"
_TURNED_AWAY = 10


def soak_cases(contract: Contract, count: int) -> Iterator[Case]:
    """Yield so many cases, shared between the operations that can be asked at all.

    Args:
        contract: The contract.
        count: Cases in all.
    """
    able = [operation for operation in contract.operations if not operation.security.unplayable]
    asked = [(o, request) for o in able if (request := bodies.admitted_request(o)) is not None]
    for number in range(count if asked else 0):
        operation, request = asked[number % len(asked)]
        turned_away = operation.security.demanded and number % _TURNED_AWAY == _TURNED_AWAY - 1
        yield Case(
            operation.id,
            SOAK,
            f"{number + 1:06}",
            request,
            given=(SIGNED_OUT,) if turned_away else (),
            expect=expectations.no_sign_in(operation) if turned_away else expectations.success(operation),
        )
