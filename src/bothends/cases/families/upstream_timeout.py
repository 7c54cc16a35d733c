"""`upstream-timeout`: an upstream that takes the request and never answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.faults import fault_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-timeout"

_SENTENCES = {"hangs": "the {upstream} hangs"}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each upstream, and one for the ingest."""
    yield from fault_cases(contract, operation, family, _SENTENCES, [family])
