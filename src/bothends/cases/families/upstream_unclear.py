"""`upstream-unclear`: faults that are neither clearly wrong answers nor clearly a lack of one.

A connection that is reset after the request was read, and the statuses that say "not now": any
answer that the spec declares for an upstream's fault is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.expectations import UPSTREAM_FAMILIES
from bothends.cases.families.faults import fault_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-unclear"

_SENTENCES = {
    "resets": "the {upstream} resets the connection",
    "answers-503": "the {upstream} answers 503",
    "answers-429": "the {upstream} answers 429",
}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each unclear fault, for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, family, _SENTENCES, UPSTREAM_FAMILIES)
