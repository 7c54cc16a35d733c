"""`forbidden`: a valid request by a caller who is known, and lacks permission.

Where a scheme of the operation has such a caller, it is that one. Where none has, it is a caller who asks for an object
that another caller has made.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.sessions import chosen
from bothends.contract.operations import about_theirs
from bothends.contract.requests import SAFE
from bothends.contract.terms import FORBIDDEN
from bothends.records import Again, Case, Condition, Expectation

_ENOUGH = 2
"""Callers of whom one can ask for what another has made."""

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import IdPlace


ANOTHERS = "anothers-object"
SUCCESS = "success"


def are_told_apart(contract: Contract, operation: Operation) -> bool:
    """Return whether it can be known which caller has made the objects that an operation is about.

    That is so where callers are told apart, and the same sign-in is demanded to make one. Where a scheme of it has
    callers who lack permission, they are what an answer is about.
    """
    makers = {source.operation for place in operation.ids_in_target[-1:] for source in place.sources}
    return _are_apart(contract, operation, makers)


def places_of_others(contract: Contract, operation: Operation) -> list[IdPlace]:
    """Return the places of which an `x-given` says what who names another caller's object there gets."""
    named = {rule.place for answer in operation.answers for rule in answer.family_rules if rule.family == FORBIDDEN} - {
        ""
    }
    places = [place for place in operation.id_places if named & {place.name, place.title}]
    return [one for one in places if _are_apart(contract, operation, {source.operation for source in one.sources})]


def _are_apart(contract: Contract, operation: Operation, makers: Collection[str]) -> bool:
    """Return whether who asks for an object need not be who has made it: callers are told apart in both requests."""
    usual = operation.security.usual
    # Where nobody has to be named, whose an object is counts where the contract says so.
    said = operation.shared or bool(operation.statuses_of(FORBIDDEN))
    if usual is None or not (operation.security.demanded or said) or (usual.callers or _ENOUGH) < _ENOUGH:
        return False
    if operation.security.has_forbidden:
        return False
    made = (each for each in contract.operations if each.id in makers and each.method not in SAFE)
    signed_in = (each.security.usual for each in made if each.security.demanded or said)
    return any(each is not None and each.schemes == usual.schemes for each in signed_in)


def forbidden_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each such caller of each alternative; none where no answer says what the caller gets.

    What only reads is asked for another caller's object all the same: what comes of it is told.
    """
    request = requests.admitted_request(operation)
    if request is None:
        return
    expect = expectations.refusal(operation, [FORBIDDEN])
    owned = not operation.shared and are_told_apart(contract, operation)
    said = operation.statuses_of(FORBIDDEN, places={""})
    if owned and (said or (operation.method in SAFE and not operation.statuses_of(FORBIDDEN))):
        told = expect if said else _whatever(operation)
        yield Case(operation.id, FORBIDDEN, ANOTHERS, about_theirs(operation, request), expect=told)
    for place in places_of_others(contract, operation):
        told = replace(expect, statuses=operation.statuses_of(FORBIDDEN, places={place.name, place.title}))
        theirs = about_theirs(operation, request, place)
        if theirs != request:
            yield Case(operation.id, FORBIDDEN, f"{ANOTHERS}-as-{place.title}", theirs, expect=told)
    for requirement in operation.security.played:
        of = f"-of-{'-and-'.join(requirement.schemes)}" if len(requirement.schemes) > 1 else ""
        for member in requirement.members:
            scheme = member.scheme.name
            for number in [] if member.session is None else operation.forbidden_numbers(member.session):
                condition = Condition.of("credential-forbidden", scheme=scheme, number=number)
                given = (*chosen(operation.security, requirement), condition)
                yield Case(operation.id, FORBIDDEN, f"{scheme}{of}-{number}", request, given, expect)


def _whatever(operation: Operation) -> Expectation:
    """Return the expectation of a request for another caller's object, where the contract does not say whose it is."""
    told = expectations.anything_declared(operation)
    why = f"{operation.pointer}: neither x-given: forbidden nor x-shared"
    return replace(told, any_refusal=True, absent=frozenset(range(400, 500)), why=why)


def shared_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield the request of a caller about an object that another one has made, where all share it (`x-shared`).

    Who only reads finds what its maker has found twice: what can be read only once is not there for anybody then. Of
    other requests, what is right may depend on the state of the object: no answer that is for who may not use it is.
    """
    request = requests.admitted_request(operation)
    if request is None or not operation.shared or not are_told_apart(contract, operation):
        return
    why = f"{operation.pointer}/x-shared: the object is there for all callers"
    if operation.method in SAFE:
        found = replace(expectations.success(operation), why=why, of_known=True, absent=frozenset())
        again = (Again(expectations.success(operation), anew=True), Again(found, another_caller=True, theirs=True))
        yield Case(operation.id, SUCCESS, ANOTHERS, request, expect=expectations.success(operation), again=again)
        return
    expect = expectations.anything_declared(operation)
    statuses, absent = (statuses - {HTTPStatus.FORBIDDEN} for statuses in (expect.statuses, expect.absent))
    expect = replace(expect, statuses=statuses, absent=absent, why=why, any_refusal=False)
    yield Case(operation.id, SUCCESS, ANOTHERS, about_theirs(operation, request), expect=expect)


FORBIDDEN_FAMILY = register(
    Family(
        FORBIDDEN,
        forbidden_cases,
        "a valid request by a caller who is known and lacks permission, such as a scope, a role or ownership.",
        after="signed-out",
        quick=("*",),
    )
)
