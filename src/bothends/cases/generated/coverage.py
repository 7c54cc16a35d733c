"""`coverage`: the cases of Schemathesis' coverage phase, one for each boundary that the schema has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.generated.digests import digest
from bothends.cases.generated.judging import judged
from bothends.cases.generated.names import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.cases.generated.schemathesis_bridge import Made, SchemathesisBridge
    from bothends.contract.model import Operation
    from bothends.records import Case


def coverage_cases(bridge: SchemathesisBridge, operation: Operation, *, exclude: set[int]) -> Iterator[Case]:
    """Yield the distinct cases of the coverage phase; those of a method that is not declared are named by it.

    Args:
        bridge: The contract as Schemathesis sees it.
        operation: The operation.
        exclude: Digests of requests that are not to be made again; those that are made are added.

    Raises:
        ContractError: Schemathesis can't generate for this operation.
    """
    counts: dict[str, int] = {}
    for made in bridge.coverage(operation):
        mark = digest(made.request)
        if mark in exclude:
            continue
        exclude.add(mark)
        stem = _stem(made, operation)
        counts[stem] = count = counts.get(stem, 0) + 1
        yield judged(operation, COVERAGE, stem if count == 1 else f"{stem}-{count}", made)


def _stem(made: Made, operation: Operation) -> str:
    if made.request.method != operation.method:
        return f"method-{made.request.method}"
    return (made.scenario or "case").replace("_", "-")
