"""`crowd`: many callers at once, all is well or not. Each request has its own event, its own caller, and no other.

What came of it is judged over the whole of the crowd: nothing is lost, doubled, mixed, or sent for a
caller who was turned away.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import bodies, expectations
from bothends.cases.families.faults import INGEST, upstreams_of
from bothends.records import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Expectation

family = "crowd"

_MANY = 32
_SOME = 24
_FEW = 3
_ONE_USER = 'signed in as {"name": "One and the same", "email": "same@example.org", "image": null}'


def _in_time_or_not(operation: Operation) -> Expectation:
    """Return what may come of one of many at once: success, or, on a busy machine, an upstream called too late."""
    success = expectations.success(operation)
    late = operation.statuses_of("upstream-timeout")
    return replace(success, statuses=success.statuses | late)


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the crowds of an operation."""
    request = bodies.admitted_request(operation)
    if request is None:
        return
    success = _in_time_or_not(operation)
    plain = Case(operation.id, family, "distinct-users", request, expect=success, crowd=_MANY)
    yield plain
    if contract.settings.world.session is not None:
        yield replace(plain, name="one-user", given=(_ONE_USER,), crowd=_SOME)
        mixed = replace(plain, together="one-in-ten-signed-out")
        yield replace(mixed, name="among-signed-out", crowd=_FEW * 9)
        refused = expectations.refusal(operation, ["signed-out"])
        yield replace(mixed, name="signed-out-among", given=("signed out",), expect=refused, crowd=_FEW)
    called = upstreams_of(contract, operation)
    for upstream in called:
        expect = expectations.recovery(operation, upstream)
        given = (f"the {upstream} fails at random",)
        yield replace(plain, name=f"{upstream}-fails-at-random", given=given, expect=expect, crowd=_SOME)
    if INGEST in called:
        expect = expectations.recovery(operation, INGEST)
        given = (f"the {INGEST} loses answers at random",)
        yield replace(plain, name="lost-acknowledgements", given=given, expect=expect, crowd=_SOME)
        expect = expectations.fault(operation, ["upstream-timeout"], INGEST)
        yield replace(plain, name="all-wait-for-the-ingest", given=(f"the {INGEST} hangs",), expect=expect, crowd=_SOME)
