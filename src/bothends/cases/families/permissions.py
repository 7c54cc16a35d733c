"""`forbidden`: a valid request by a caller who is known, and lacks permission.

Where the settings have such a caller, it is that one. Where they have none, it is a caller who asks for an object that
another caller has made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.sessions import chosen
from bothends.contract.operations import about_theirs
from bothends.contract.requests import SAFE
from bothends.contract.terms import FORBIDDEN
from bothends.records import Case, Condition

_ENOUGH = 2
"""Callers of whom one can ask for what another has made."""

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from bothends.contract import Contract, Operation
    from bothends.contract.requests import IdPlace


ANOTHERS = "anothers-object"


def has_owners(contract: Contract, operation: Operation) -> bool:
    """Return whether an operation is about objects of which it can be known which caller has made them.

    That is so where callers are told apart, and the same sign-in is demanded to make one. Where the settings say which
    callers lack permission, they are what an answer is about.
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
    if usual is None or not operation.security.demanded or (usual.callers or _ENOUGH) < _ENOUGH:
        return False
    if any(session.forbidden for session in contract.settings.world.sessions.values()):
        return False
    made = (each for each in contract.operations if each.id in makers and each.method not in SAFE)
    signed_in = (each.security.usual for each in made if each.security.demanded)
    return any(each is not None and each.schemes == usual.schemes for each in signed_in)


def forbidden_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each such caller of each alternative; none where no answer says what the caller gets."""
    request = requests.admitted_request(operation)
    if request is None:
        return
    expect = expectations.refusal(operation, [FORBIDDEN])
    if has_owners(contract, operation) and operation.statuses_of(FORBIDDEN, places={""}):
        yield Case(operation.id, FORBIDDEN, ANOTHERS, about_theirs(operation, request), expect=expect)
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


FORBIDDEN_FAMILY = register(
    Family(
        FORBIDDEN,
        forbidden_cases,
        "a valid request by a caller who is known and lacks permission, such as a scope, a role or ownership.",
        after="signed-out",
        quick=("*",),
    )
)
