"""Requests that call nobody but the world: the marks of its address in them, and all other URLs leading nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.addresses import marked
from bothends.contract.admission import admission
from bothends.contract.runtime_expressions import Moment, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case, Expectation, Request


def calling_nobody(contract: Contract, cases: Iterable[Case]) -> Iterator[Case]:
    """Yield cases as they may be sent.

    Left out is what would be another case by that: one whose request is right only while it names a stranger.
    """
    operations = {operation.id: operation for operation in contract.operations}
    for case in cases:
        operation = operations[case.operation]
        request = to_nobody(operation, case.request)
        expect = _open(operation, case.expect) if _names_a_stranger(operation, request) else case.expect
        same = request == case.request
        if same or admission(operation, request).refusals == admission(operation, case.request).refusals:
            yield replace(case, request=request, expect=expect)


def _names_a_stranger(operation: Operation, request: Request) -> bool:
    """Return whether a request says that an event is to go to where the world can't be: the contract refuses it."""
    moment = Moment(operation.path, request)
    places = [place for place in operation.addresses if place.refused is not None]
    return any(isinstance(value_of(place.expression, moment), str) for place in places)


def _open(operation: Operation, expect: Expectation) -> Expectation:
    """Return what is right where an event can't arrive: a target may say so, or not look at it."""
    if not expect.statuses & operation.success_statuses:
        return expect
    statuses = expect.statuses | operation.error_statuses
    return replace(expect, statuses=statuses, server_error=True, why=f"{expect.why}; the event can't arrive")


def to_nobody(operation: Operation, request: Request, own: Collection[str] = ()) -> Request:
    """Return a request as it may be sent.

    Args:
        operation: What it is a request of.
        request: The request.
        own: `host:port` of what may be called.
    """
    return marked(operation.addresses, request, lambda one: not admission(operation, one).refusals, own)
