"""Cases in which the service of a sign-in, such as a key set, fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.sessions import owners
from bothends.conditions import session_conditions
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Contract, Operation

NAME = "key-sets"
_WHY = "a target may remember the keys, or refuse whom it cannot verify"
_NEVER = "a credential that cannot be verified lets nobody in"
_FAULTS = {
    "unreachable": Condition.of("unreachable"),
    "hangs": Condition.of("hangs"),
    "answers-500": Condition.of("answers-status", status=500),
    "answers-garbage": Condition.of("answers-garbage"),
    "resets": Condition.of("resets"),
}
_HARMLESS = "unreachable"
"""The fault under which each wrong credential is tried."""


def key_set_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each fault with a valid caller, and for each wrong credential while nothing is reachable."""
    request = requests.admitted_request(operation)
    security = operation.security
    if request is None or not security.demanded:
        return
    services = contract.settings.world.session_services
    asked = {member.scheme.name for requirement in security.played for member in requirement.members}
    for name, session in services.items():
        if not session.is_asked or not asked.intersection(contract.settings.world.schemes_of(session)):
            continue
        given: tuple[Condition, ...]
        for fault, condition in _FAULTS.items():
            given = (condition.at(name),)
            yield Case(operation.id, NAME, f"{name}-{fault}", request, given, expectations.odd(_WHY))
        for state in session_conditions("signed-out"):
            if state.name in session.states and state.name in owners(security):
                given = (_FAULTS[_HARMLESS].at(name), state)
                label = f"{name}-{_HARMLESS}-and-{state.name}"
                yield Case(operation.id, NAME, label, request, given, expectations.never(_NEVER))


KEY_SETS = register(
    Family(
        NAME,
        key_set_cases,
        "the service of a sign-in fails, such as a key set: no wrong credential is accepted, whatever else happens.",
        after="forbidden",
        quick=("*-unreachable",),
    )
)
