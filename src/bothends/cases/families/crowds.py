"""Many callers at once, and many requests in a long run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.clients import slow
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import ingests_of, is_ingest, timeout_group, upstreams_of
from bothends.cases.families.raw_text import right_request
from bothends.cases.families.sessions import NO_SESSION, can_be_one_user, signed_in_as
from bothends.contract import admission
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.records import Expectation


# `crowd`: many callers at the same time, with and without faults. Each request has its own event, its own caller, and
# no other.
#
# The crowd is judged as a whole: no event is lost, sent twice, mixed, or sent for a caller who was refused.

CROWD_NAME = "crowd"
_CROWD_QUICK = ("*-users", "one-user", "*signed-out*", "*-at-random", "lost-*", "all-wait-*", "*uploads-*")

_MANY = 32
_SOME = 24
_FEW = 3
# As many as take longer than most time limits when each waits for a slow upstream after the other.
_ROW = 48
_A_FEW_BYTES = 400
_ONE_USER = signed_in_as({"name": "One and the same", "email": "same@example.org", "image": None})


def _in_time_or_not(operation: Operation) -> Expectation:
    """Return what may come of one of many at once: success, or, on a busy machine, an upstream called too late."""
    success = expectations.success(operation)
    late = operation.statuses_of("upstream-timeout")
    return replace(success, statuses=success.statuses | late)


def crowd_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the crowds of an operation."""
    request = requests.admitted_request(operation)
    if request is None:
        return
    success = _in_time_or_not(operation)
    plain = Case(operation.id, CROWD_NAME, "distinct-users", request, expect=success, repeat=_MANY)
    yield plain
    if can_be_one_user(operation.security):
        yield replace(plain, name="one-user", given=(_ONE_USER,), repeat=_SOME)
    if operation.security.demanded:
        mixed = replace(plain, group="one-in-ten-signed-out")
        yield replace(mixed, name="among-signed-out", repeat=_FEW * 9)
        refused = expectations.no_sign_in(operation)
        yield replace(mixed, name="signed-out-among", given=(NO_SESSION,), expect=refused, repeat=_FEW)
    yield from _uploads(operation, plain)
    called = upstreams_of(contract, operation)
    for upstream in called:
        if not is_ingest(contract, upstream):
            # Who asks once for all of them must have the answer for each, and who asks for each must not queue.
            yield replace(plain, name=f"{upstream}-answers-slowly", given=(slow(contract, upstream),), repeat=_ROW)
            # Where all go on in the same moment, what they make has to differ by more than the time.
            together = (slow(contract, upstream, "answers-together"),)
            yield replace(plain, name=f"{upstream}-answers-together", given=together, repeat=_SOME)
        expect = expectations.recovery(operation, upstream)
        given = (Condition.of("fails-at-random", upstream),)
        yield replace(plain, name=f"{upstream}-fails-at-random", given=given, expect=expect, repeat=_SOME)
    for place, ingest in enumerate(ingests_of(contract, operation)):
        lost = "lost-acknowledgements" if not place else f"lost-acknowledgements-of-the-{ingest}"
        expect = expectations.recovery(operation, ingest)
        given = (Condition.of("loses-at-random", ingest),)
        yield replace(plain, name=lost, given=given, expect=expect, repeat=_SOME)
        expect = expectations.fault(operation, ["upstream-timeout"], ingest)
        waiting = replace(plain, name=f"all-wait-for-the-{ingest}", given=(Condition.of("hangs", ingest),))
        yield replace(waiting, expect=expect, repeat=_SOME, group=timeout_group(ingest))


def _uploads(operation: Operation, plain: Case) -> Iterator[Case]:
    """Yield right bodies and broken ones, which come piece by piece at the same time: none gets into another."""
    right = requests.filled(operation, _A_FEW_BYTES, "\u00e9\u20ac") or right_request(operation)
    if right is None or right.body is None:
        return
    several = replace(plain, behaviour="the body comes in pieces", group="uploads-in-pieces", repeat=_FEW * 2)
    yield replace(several, name="uploads-in-pieces", request=right)
    broken = replace(right, body=right.body[:-1])
    verdict = admission(operation, broken)
    if verdict.certain and "malformed-body" in verdict.refusals:
        expect = expectations.refusal(operation, verdict.refusals)
        yield replace(several, name="broken-uploads-in-pieces", request=broken, expect=expect)


CROWD_FAMILY = register(
    Family(
        CROWD_NAME,
        crowd_cases,
        "many callers at the same time, with and without faults. Each request has its own event, its own caller, and "
        "no other.\n\nThe crowd is judged as a whole: no event is lost, sent twice, mixed, or sent for a caller who "
        "was refused.",
        _CROWD_QUICK,
        after="time-budgets",
    )
)


# `soak`: the same valid request over and over, one in ten without a valid session, as long as a deep run goes on.
#
# The requests are not new. Its bugs need time to show: an event lost once in ten thousand, memory that grows,
# identities that repeat.

SOAK = "soak"
_TURNED_AWAY = 10


def soak_cases(contract: Contract, count: int) -> Iterator[Case]:
    """Yield so many cases, shared between the operations that can be asked at all."""
    able = [operation for operation in contract.operations if not operation.security.unplayable]
    asked = [(o, request) for o in able if (request := requests.admitted_request(o)) is not None]
    for number in range(count if asked else 0):
        operation, request = asked[number % len(asked)]
        turned_away = operation.security.demanded and number % _TURNED_AWAY == _TURNED_AWAY - 1
        yield Case(
            operation.id,
            SOAK,
            f"{number + 1:06}",
            request,
            given=(NO_SESSION,) if turned_away else (),
            expect=expectations.no_sign_in(operation) if turned_away else expectations.success(operation),
        )
