"""`forbidden`: a valid request by a caller who is known, and lacks permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.sessions import chosen
from bothends.contract.families import FORBIDDEN
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation


def forbidden_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each such caller of each alternative; none where no answer says what the caller gets."""
    del contract
    request = requests.admitted_request(operation)
    if request is None:
        return
    expect = expectations.refusal(operation, [FORBIDDEN])
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
