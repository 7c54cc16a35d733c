"""`recovery`: an upstream that fails once and is then well. Whether to try again is the target's choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.expectations import UPSTREAM_FAMILIES
from bothends.cases.families.faults import fault_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "recovery"

_SENTENCES = {"fails-once": "the {upstream} fails once"}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, family, _SENTENCES, UPSTREAM_FAMILIES, recovers=True)
