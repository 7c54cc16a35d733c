"""States of the caller's session that families name. All others are tried as they are registered."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.cases.families import expectations, requests
from bothends.cases.families.family import Family, register
from bothends.cases.families.fault_cases import is_ingest, upstreams_of
from bothends.conditions import kind_of, session_conditions
from bothends.contract.terms import NO_CREDENTIAL, WRONG_CREDENTIAL
from bothends.records import Case, Condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import Contract, Operation
    from bothends.contract.terms import Requirement, SchemeUse, Security


NO_SESSION = Condition.of("no-session")
EXPIRED = Condition.of("expired-1h")


def signed_in_as(user: Mapping[str, str | None]) -> Condition:
    """Return the state of the session of one user, for every caller."""
    return Condition.of("signed-in-as", user=json.dumps(user))


def signed_in_by(schemes: Iterable[str]) -> Condition:
    """Return the state of a caller who shows the credentials of these security schemes together."""
    return Condition.of("signed-in-by", schemes=" and ".join(schemes))


ONE_USER = signed_in_as({"name": "Twice Over", "email": "twice@example.com", "image": None})


def can_be_one_user(security: Security) -> bool:
    """Return whether the callers of several requests can be one and the same user, of whom there are many."""
    return security.minted is not None and ONE_USER.name in security.minted.states


# `signed-in`: valid requests with valid sessions that naive code refuses, or takes for another user's.

SIGNED_IN_NAME = "signed-in"


def signed_in_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each alternative and session state, and one of the same user twice: these are two events."""
    request = requests.admitted_request(operation)
    security = operation.security
    if request is None:
        return
    expect = expectations.success(operation)
    for requirement in security.played:
        if requirement != security.usual or not requirement.mints:
            names = " and ".join(requirement.schemes)
            name = f"by-{names.replace(' ', '-')}"
            yield Case(operation.id, SIGNED_IN_NAME, name, request, (signed_in_by(requirement.schemes),), expect)
    for condition in session_conditions("") if security.demanded else ():
        if condition.name in owners(security):
            yield Case(operation.id, SIGNED_IN_NAME, condition.name, request, (condition,), expect)
    if not can_be_one_user(security):
        return
    twice = Case(
        operation.id, SIGNED_IN_NAME, "same-user-twice", request, (ONE_USER,), expect, exclusive=True, repeat=2
    )
    yield twice
    for upstream in upstreams_of(contract, operation):
        if not is_ingest(contract, upstream):
            # Nothing but the time tells the two events apart, as it is when nobody has edited the settings meanwhile.
            given = (ONE_USER, Condition.of("answers-the-same", upstream))
            yield replace(twice, name=f"same-user-and-{upstream}", given=given)


SIGNED_IN_FAMILY = register(
    Family(
        SIGNED_IN_NAME,
        signed_in_cases,
        "valid requests with valid sessions that naive code refuses, or takes for another user's.",
        after="success",
    )
)


# `signed-out`: a valid request without a valid session, or with a credential that is missing or wrong.

SIGNED_OUT_NAME = "signed-out"
_MOST_CALLERS = 8

# Who may be told so by a proxy that a caller can go around (OWASP ASVS 5.0 4.1.3), or by the caller's own word.
_CLAIMED = {
    "identity-headers": (
        "X-User",
        "X-User-Id",
        "X-User-Name",
        "X-User-Email",
        "X-Forwarded-User",
        "X-Forwarded-Email",
        "X-Auth-Request-User",
        "X-Auth-Request-Email",
        "X-Remote-User",
        "Remote-User",
        "X-Authenticated-User",
    ),
}
_HEADERS = {
    **{name: tuple((header, "admin@example.com") for header in headers) for name, headers in _CLAIMED.items()},
    "basic-credentials": (("Authorization", "Basic YWRtaW46YWRtaW4="),),
    # CVE-2025-29927: a header by which a framework told itself that its checks were done.
    "internal-headers": (
        ("X-Middleware-Subrequest", ":".join(["middleware"] * 5)),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
    ),
}


# With these, somebody is signed in where a scheme's credential stands in that header.
_IN_AUTHORIZATION = frozenset({"bearer", "broken-bearer", "basic-credentials"})


def signed_out_cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each way not to be signed in; none when the operation asks for no credential.

    Where the session library takes what was never issued, either answer is right, unless the settings
    ask for more. So it is where nobody has to be signed in: what is wrong may be refused, or taken for nothing at all.
    """
    del contract
    request = requests.admitted_request(operation)
    security = operation.security
    if request is None or not security.alternatives:
        return
    asked = security.of_callers
    optional = security.optional
    nobody = expectations.open_to_all(operation) if optional else expectations.no_sign_in(operation)
    wrong = expectations.unknown_caller(operation) if optional else nobody
    absent = nobody if optional else expectations.no_sign_in(operation, NO_CREDENTIAL)
    known = wrong if optional else expectations.no_sign_in(operation, WRONG_CREDENTIAL)
    owned = owners(asked)
    left_out = _IN_AUTHORIZATION if _in_authorization(security) else frozenset()
    plain = Case(operation.id, SIGNED_OUT_NAME, "", request, (NO_SESSION,), nobody)
    for condition in session_conditions(SIGNED_OUT_NAME):
        if condition == NO_SESSION or (condition.name in owned and condition.name not in left_out):
            expect = absent if condition == NO_SESSION else known if kind_of(condition.name).has_its_form else wrong
            # Who has called an address is known of a request alone.
            alone = kind_of(condition.name).lures
            yield replace(plain, name=condition.name, given=(condition,), expect=expect, exclusive=alone)
    for name in (name for name in _HEADERS if name not in left_out):
        yield replace(plain, name=name, request=replace(request, headers=(*request.headers, *_HEADERS[name])))
    for condition in session_conditions(SIGNED_OUT_NAME, doubtful=True):
        if condition.name in owned:
            session = owned[condition.name].session
            strict = session is not None and session.strict
            expect = wrong if strict else expectations.doubtful_session(operation)
            yield Case(operation.id, SIGNED_OUT_NAME, condition.name, request, (condition,), expect)
    for requirement in security.played:
        callers = _callers(requirement)
        for name, condition in _changed(asked, requirement).items():
            given = (*chosen(security, requirement), condition)
            told = known if kind_of(condition.name).has_its_form else wrong
            yield Case(operation.id, SIGNED_OUT_NAME, name, request, given, told, repeat=callers)
    for requirement in security.partial:
        shown = requirement.presentable
        name = f"only-{'-and-'.join(shown)}-of-{'-and-'.join(requirement.schemes)}"
        yield Case(operation.id, SIGNED_OUT_NAME, name, request, (signed_in_by(shown),), wrong)


def owners(security: Security) -> dict[str, SchemeUse]:
    """Return whose credential is in a state, by the state's name: the first in the order of the alternatives.

    A member of a set that can be left out, as the others are an alternative of their own, owns none.
    """
    found: dict[str, SchemeUse] = {}
    for requirement in security.played:
        for member in requirement.members:
            others = set(requirement.schemes) - {member.scheme.name}
            if member.session is not None and not security.lets_in(others):
                found = {**dict.fromkeys(member.session.states, member), **found}
    return found


def _callers(requirement: Requirement) -> int:
    """Return how many callers are tried: of a set, what is right beside the wrong may let in one and not another."""
    several = requirement.callers if len(requirement.schemes) > 1 else None
    return min(several or 1, _MOST_CALLERS)


def chosen(security: Security, requirement: Requirement) -> tuple[Condition, ...]:
    """Return the state by which callers are signed in by an alternative; none for the usual one."""
    return () if requirement == security.usual else (signed_in_by(requirement.schemes),)


def _changed(security: Security, requirement: Requirement) -> dict[str, Condition]:
    """Return each way to spoil one member of an alternative, or to leave it out, by the case's name."""
    found: dict[str, Condition] = {}
    owned = owners(security)
    of = f"-of-{'-and-'.join(requirement.schemes)}" if len(requirement.schemes) > 1 else ""
    for member in requirement.members:
        scheme, session = member.scheme.name, member.session
        others = set(requirement.schemes) - {scheme}
        if session is None or security.lets_in(others):
            continue  # what is left of the credential is enough by another alternative
        if others:
            found[f"without-{scheme}{of}"] = Condition.of("credential-missing", scheme=scheme)
        if session.wrong_credentials is not None:
            for number in range(1, session.wrong_credentials + 1):
                found[f"wrong-{scheme}{of}-{number}"] = Condition.of("credential-wrong", scheme=scheme, number=number)
        elif not any(owned.get(state) is member for state in session.states):
            found[f"garbled-{scheme}{of}"] = Condition.of("credential-garbled", scheme=scheme)
    return found


def _in_authorization(security: Security) -> bool:
    schemes = [member.scheme for requirement in security.alternatives for member in requirement.members]
    return any(one.location == "header" and one.parameter.lower() == "authorization" for one in schemes)


SIGNED_OUT_FAMILY = register(
    Family(
        SIGNED_OUT_NAME,
        signed_out_cases,
        "a valid request without a valid session, or with a credential that is missing or wrong.",
        after="signed-in",
        needs_caller=False,
    )
)
