"""`idempotency`: a request that comes again with its key, or with another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.clients import slow
from bothends.cases.families.expectations import UPSTREAM_FAMILIES
from bothends.cases.families.fault_cases import is_ingest, upstreams_of
from bothends.cases.families.sessions import ONE_USER, can_be_one_user, chosen
from bothends.contract import admission
from bothends.contract.messages import json_bytes
from bothends.contract.terms import ALIKE, OPERATION, PATH
from bothends.records import Again, Case, Condition, Expectation
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Idempotency, Security
    from bothends.records import Request

NAME = "idempotency"
_AT_ONCE = 3
_MOST_OTHERS = 2
"""Operations at which a key comes again: what keeps keys for all operations together shows it at any."""
_SAMPLES = 8
FAILS = Condition.of("answers-status", status=500)


def idempotency_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the cases of an operation's key; none where it has no key."""
    key, request = operation.idempotency, requests.admitted_request(operation)
    if key is None or request is None:
        return
    expect = expectations.success(operation)
    plain = Case(operation.id, NAME, "", request, expect=expect, exclusive=True)
    yield replace(plain, name="sent-again", again=(Again(expect),))
    yield replace(plain, name="sent-three-times", again=(Again(expect), Again(expect)))
    yield from _at_once(contract, operation, key, plain)
    yield from _other_body(operation, key, plain)
    yield from _other_keys(operation, key, plain)
    yield from _elsewhere(contract, operation, key, plain)
    # Without the promise, right targets differ: some repeat a 500, some execute the request when it comes again. A 4xx
    # is not tried: without any key, too, the same request gets the same refusal.
    if key.errors:
        for name in waited_for(contract, operation):
            failed = expectations.fault(operation, UPSTREAM_FAMILIES, name)
            told = replace(failed, statuses=failed.statuses | expect.statuses)
            again = (Again(told, well=True),)
            yield replace(plain, name=f"error-of-the-{name}", given=(FAILS.at(name),), expect=failed, again=again)


def _at_once(contract: Contract, operation: Operation, key: Idempotency, plain: Case) -> Iterator[Case]:
    """Yield requests under way together; one of them is executed, whichever the target reads first."""
    if key.in_flight is None:
        why = f"{plain.expect.why}; or any refusal of what comes while the first is under way"
        expect = replace(plain.expect, any_refusal=True, why=why)
    else:
        why = f"{plain.expect.why}; or {key.in_flight} while the first is under way (x-idempotency)"
        expect = replace(plain.expect, statuses=plain.expect.statuses | {key.in_flight}, why=why)
    beside = replace(plain, expect=expect, again=(Again(expect, at_once=True),) * _AT_ONCE)
    yield replace(beside, name="at-once")
    for name in waited_for(contract, operation):
        yield replace(beside, name=f"while-the-{name}-is-slow", given=(slow(contract, name),))


def _other_body(operation: Operation, key: Idempotency, plain: Case) -> Iterator[Case]:
    """Yield a key that comes again with another body, where its refusal is promised: else it may be anything.

    Right targets differ: some answer as to the first, some refuse, and some take key and body together for the key.
    """
    other = other_body(operation, plain.request)
    if key.conflict is None or other is None:
        return
    why = f"x-idempotency of {key.header}: conflict"
    refused = Expectation(frozenset({key.conflict}), why=why)
    yield replace(plain, name="other-body", again=(Again(refused, body=other),))


def other_body(operation: Operation, request: Request) -> bytes | None:
    """Return another body that the contract certainly admits; None where none is known."""
    media_type = requests.json_media_type(operation)
    if request.body is None or media_type is None or request.header("content-type") != media_type:
        return None
    bodies = (json_bytes(value) for _, value in requests.admitted_values(operation))
    return next((body for body in bodies if body != request.body and _certain(operation, request, body)), None)


def _certain(operation: Operation, request: Request, body: bytes) -> bool:
    verdict = admission(operation, replace(request, body=body))
    return verdict.certain and not verdict.refusals


def _other_keys(operation: Operation, key: Idempotency, plain: Case) -> Iterator[Case]:
    """Yield two requests that are two: by keys that are almost the same, or by two callers with one key."""
    security = operation.security
    usual = security.usual
    if security.demanded and usual is not None and (usual.callers is None or usual.callers > 1):
        yield replace(plain, name="other-caller", again=(Again(plain.expect, another_caller=True),))
    given = one_caller(security)
    if given is None:
        return
    for how in ALIKE:
        if key.two_keys(how) is not None:
            yield replace(plain, name=how, given=given, again=(Again(plain.expect, key=how),))


def _elsewhere(contract: Contract, operation: Operation, key: Idempotency, plain: Case) -> Iterator[Case]:
    """Yield a key that comes again at another object, and at other operations, where it says that it is another one."""
    given = one_caller(operation.security)
    if given is None:
        return
    if PATH in key.scope and any(place.part == "path" for place in operation.id_places):
        yield replace(plain, name="other-object", given=given, again=(Again(plain.expect, elsewhere=True),))
    for other in with_that_key(contract, operation)[:_MOST_OTHERS]:
        request = requests.admitted_request(other)
        if request is not None:
            expect = expectations.success(other)
            case = Case(other.id, NAME, f"{other.id}.with-the-key-of-{operation.id}", request, given, expect)
            yield replace(plain, name=f"at-{other.id}", given=given, again=(Again(expect, other=case),))


def with_that_key(contract: Contract, operation: Operation) -> list[Operation]:
    """Return the other operations at which a key of one is another request, as both say: those most like it first."""
    key, usual = operation.idempotency, operation.security.usual
    if key is None or OPERATION not in key.scope:
        return []
    found: list[Operation] = []
    for other in contract.operations:
        theirs, its = other.idempotency, other.security.usual
        if other.id == operation.id or theirs is None or OPERATION not in theirs.scope:
            continue
        callers = usual is its if usual is None or its is None else usual.schemes == its.schemes
        if callers and key.header.lower() == theirs.header.lower() and _takes(theirs, key):
            found.append(other)
    # What makes no object may have another caller than who has made one.
    return sorted(found, key=lambda other: bool(other.id_places) != bool(operation.id_places))


def _takes(theirs: Idempotency, key: Idempotency) -> bool:
    """Return whether a key is certainly one for another operation, too."""
    return all(fits_schema(theirs.schema, key.key("", number), formats=True) for number in range(_SAMPLES))


def one_caller(security: Security) -> tuple[Condition, ...] | None:
    """Return the state in which two requests are of one caller; None: there is none."""
    if can_be_one_user(security):
        return (ONE_USER,)
    # Where an alternative has a caller for each request, another one may have callers who take turns.
    turns = next((one for one in security.played if one.callers is not None and not one.mints), None)
    if turns is not None:
        return chosen(security, turns)
    return None if security.alternatives else ()


def waited_for(contract: Contract, operation: Operation) -> list[str]:
    """Return the parts of the world that an answer waits for."""
    names = upstreams_of(contract, operation)
    return [name for name in names if not is_ingest(contract, name) or operation.awaits(name)]
