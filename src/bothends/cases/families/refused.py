"""Cases of requests that the contract certainly refuses, by what `admission` says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.expectations import refusal
from bothends.contract.admission import admission
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.contract.model import Operation
    from bothends.records import Request


def refused_cases(operation: Operation, family: str, requests: Iterable[tuple[str, Request]]) -> Iterator[Case]:
    """Yield a case for each request that a family certainly refuses.

    Where other families refuse it as well, their answers are right too.

    Args:
        operation: The operation.
        family: The refusing family.
        requests: Names and requests; those of which `admission` is not certain are left out.
    """
    for name, request in requests:
        verdict = admission(operation, request)
        if verdict.certain and family in verdict.refusals:
            yield Case(operation.id, family, name, request, expect=refusal(operation, verdict.refusals))
