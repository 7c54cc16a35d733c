"""`upstream-unreachable`: an upstream that no connection can be made to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.faults import fault_cases, taken_for
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-unreachable"

_STATES = {"unreachable": Condition.of("unreachable")}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each upstream, and one for the ingest."""
    yield from fault_cases(contract, operation, family, _STATES, taken_for(family))
