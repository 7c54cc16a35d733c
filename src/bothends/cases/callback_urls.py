"""Requests that call nobody but the world: the marks of its address in them, and all other URLs leading nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.addresses import marked
from bothends.contract.admission import admission

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Request


def calling_nobody(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield cases as they may be sent.

    Left out is what would be another case by that: one whose request is right only while it names a stranger.
    """
    operations = {operation.id: operation for operation in contract.operations}
    for case in cases:
        operation = operations[case.operation]
        request = to_nobody(operation, case.request)
        if request == case.request:
            yield case
        elif admission(operation, request).refusals == admission(operation, case.request).refusals:
            yield replace(case, request=request)


def to_nobody(operation: Operation, request: Request, own: Collection[str] = ()) -> Request:
    """Return a request as it may be sent.

    Args:
        operation: What it is a request of.
        request: The request.
        own: `host:port` of what may be called.
    """
    return marked(operation.addresses, request, lambda one: not admission(operation, one).refusals, own)
