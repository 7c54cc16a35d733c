"""`upstream-wrong`: an upstream that answers in full, and wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.faults import fault_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-wrong"

_SENTENCES = {
    "answers-500": "the {upstream} answers 500",
    "answers-404": "the {upstream} answers 404",
    "answers-garbage": "the {upstream} answers garbage",
}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each wrong answer, for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, family, _SENTENCES, [family])
