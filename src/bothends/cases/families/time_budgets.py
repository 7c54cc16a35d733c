"""`time-budgets`: slow upstreams, one after the other, and what becomes of an event when time is up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.faults import ingests_of, upstreams_of
from bothends.cases.families.slowness import slow
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation

family = "time-budgets"
quick: tuple[str, ...] = ()

_SEVERAL = 2
_TOO_SLOW = 1.5


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield all upstreams slow at once, each in time; and the ingest later than the target waits."""
    request = bodies.admitted_request(operation)
    called = upstreams_of(contract, operation)
    if request is None or not called:
        return
    plain = Case(operation.id, family, "", request)
    if len(called) >= _SEVERAL:
        # Each has its own budget, or there is one for all: both are right.
        given = tuple(slow(contract, upstream) for upstream in called)
        told = [expectations.fault(operation, ["upstream-timeout"], upstream) for upstream in called]
        statuses = operation.success_statuses.union(*(one.statuses for one in told))
        yield replace(plain, name="all-slow-and-in-time", given=given, expect=replace(told[0], statuses=statuses))
    for place, ingest in enumerate(ingests_of(contract, operation)):
        pause = int(contract.settings.world.upstream_timeout_ms * _TOO_SLOW)
        given = (Condition.of("answers-after", ingest, ms=pause),)
        # Who waits that long succeeds. Who does not must not send the event once more when it has answered.
        expect = expectations.recovery(operation, ingest)
        name = "acknowledged-too-late" if not place else f"acknowledged-too-late-by-the-{ingest}"
        yield replace(plain, name=name, given=given, expect=expect)
