"""Which answers and events the contract allows for a case, as an `Expectation`.

Where the spec says nothing of a family, some declared answer that is not a success is right.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.contract.requests import AS_SEEN
from bothends.contract.terms import (
    BODY_TOO_LARGE,
    FORBIDDEN,
    MALFORMED_BODY,
    NOT_FOUND,
    PRECONDITION_FAILED,
    SIGNED_OUT,
    UNSUPPORTED_MEDIA_TYPE,
    WRONG_STATE,
)
from bothends.records import Expectation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bothends.contract import Operation
    from bothends.contract.requests import IdPlace, SetupPlace

ANY_SERVERS = frozenset({MALFORMED_BODY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, SIGNED_OUT})
"""Families that any server may refuse, declared or not: before the operation has seen the request, as often as not."""

UPSTREAM_FAMILIES = ("upstream-wrong", "upstream-unreachable", "upstream-timeout")
_NOT_SIGNED_IN = frozenset({401, 403})  # RFC 9110 sections 15.5.2 and 15.5.4
GONE = frozenset({404, 410})
"""What is right of each object that was there: it may have expired (RFC 9110, sections 15.5.5 and 15.5.11)."""
_STALE = frozenset({412})  # RFC 9110 section 15.5.13
_CLIENT_ERRORS = range(400, 500)  # RFC 9110 section 15.5


def success(operation: Operation) -> Expectation:
    """Return the expectation of a request that the contract admits, in a world where all is well."""
    why = f"{operation.pointer}/responses: any that is not an error"
    return _or_turned_away(
        operation, Expectation(operation.success_statuses, why=why, absent=operation.absent_statuses)
    )


def no_sign_in(operation: Operation, credential: str = "") -> Expectation:
    """Return the expectation of a request whose caller has no right credential, where one is demanded.

    The answer that the contract gives for it; without one, which refusal it is, is the target's choice: any 4xx, or a
    redirect to where callers sign in. The credential is `none` or `wrong`; empty: it may be taken for either.
    """
    if statuses := operation.statuses_of(SIGNED_OUT, credential=credential):
        return replace(_refusal(operation, [SIGNED_OUT]), statuses=statuses)
    declared = frozenset(status for status in operation.error_statuses if status < HTTPStatus.INTERNAL_SERVER_ERROR)
    why = f"{operation.security.pointer}: any 4xx, or a redirect, for a caller who is signed out"
    return Expectation(declared | _NOT_SIGNED_IN, refused=True, any_refusal=True, any_redirect=True, why=why)


def no_sign_in_or(operation: Operation, families: Iterable[str]) -> Expectation:
    """Return the expectation of a request without a right credential, which other families refuse as well."""
    told, other = no_sign_in(operation), refusal(operation, families)
    return replace(
        told,
        statuses=told.statuses | other.statuses,
        any_refusal=True,
        any_redirect=True,
        why=f"{told.why}; or {other.why}",
    )


def open_to_all(operation: Operation) -> Expectation:
    """Return the expectation of a request without a credential, where one may be shown and need not be."""
    return _turned_away_too(operation, Expectation(operation.success_statuses, why=operation.security.pointer))


def unknown_caller(operation: Operation) -> Expectation:
    """Return the expectation of a request with a wrong credential, where none need be shown: refused, or nobody's."""
    return _refused_or_taken(operation, "a success, because sign-in is optional")


def _or_turned_away(operation: Operation, expect: Expectation) -> Expectation:
    """Return an expectation that leaves a refusal open, where callers are signed in by nothing that is played."""
    security = operation.security
    return _turned_away_too(operation, expect) if security.alternatives and not security.played else expect


def _turned_away_too(operation: Operation, expect: Expectation) -> Expectation:
    declared = frozenset(status for status in operation.error_statuses if status < HTTPStatus.INTERNAL_SERVER_ERROR)
    why = f"{expect.why}; or a refusal, because the caller is signed out"
    return replace(expect, statuses=expect.statuses | declared, any_refusal=True, any_redirect=True, why=why)


def refusal(operation: Operation, families: Iterable[str]) -> Expectation:
    """Return the expectation of a request that families refuse at once: any of their answers is right."""
    return _or_turned_away(operation, _refusal(operation, families))


def _refusal(operation: Operation, families: Iterable[str]) -> Expectation:
    names = sorted(families)
    statuses: set[int] = set()
    for name in names:
        statuses |= operation.statuses_of(name) or refusing_statuses(operation)
    # What any server may refuse need not be declared: where no `x-given` says how it is, any 4xx says it.
    open_ones = any(name in ANY_SERVERS and not operation.statuses_of(name) for name in names)
    # Where no refusal at all is declared, none can be asked for, and none can be wrong.
    unpromised = not operation.declares_refusal and not {SIGNED_OUT, FORBIDDEN}.intersection(names)
    # Who is signed out is told so, and not what there is.
    absent = frozenset[int]() if SIGNED_OUT in names else operation.absent_statuses
    return Expectation(
        frozenset(statuses),
        refused=True,
        why=_why(operation, names),
        any_refusal=open_ones or unpromised,
        absent=absent,
        unpromised=unpromised,
    )


def of_object(operation: Operation, family: str, places: Collection[str] | None = None) -> Expectation:
    """Return the expectation of a valid request that is refused for the state of its object, if an `x-given` says so.

    Else any declared answer is right. The family is one of `OBJECT_FAMILIES`; the places are what the object's place is
    called, empty for that of the path; None: that does not matter.
    """
    statuses = operation.statuses_of(family, places=places)
    if not statuses:
        return anything_declared(operation)
    refused = not statuses & operation.success_statuses
    told = Expectation(statuses, refused=refused, why=_why(operation, [family]), of_known=True)
    return _or_turned_away(operation, told)


def about_nothing(operation: Operation, place: IdPlace) -> Expectation:
    """Return the expectation of a valid request with an id that no object has.

    An `x-given` is about the ids of the path, unless it names another place; where the path has none, about all. Of
    another place, any declared answer is right, and, of a body, any refusal.

    Args:
        operation: The operation.
        place: The place of the id.
    """
    in_path = any(one.part == "path" for one in operation.id_places)
    names = {place.name, place.title}
    if place.part == "path" or not (in_path or place.guessed):
        names.add("")
    told = of_object(operation, NOT_FOUND, names)
    if not told.of_known:
        absent = frozenset(_CLIENT_ERRORS) if place.part == "body" else operation.statuses_of(FORBIDDEN)
        return replace(told, any_refusal=not operation.declares_refusal, absent=told.absent | absent)
    return _or_not_to_be_seen(operation, told)


def about_no_setup(operation: Operation, place: SetupPlace) -> Expectation | None:
    """Return what is expected of a value of nobody's in place of setup's; None where no `x-given` names the place."""
    told = of_object(operation, NOT_FOUND, {place.name, place.title})
    return _or_not_to_be_seen(operation, told) if told.of_known else None


def _or_not_to_be_seen(operation: Operation, told: Expectation) -> Expectation:
    # Who may not use it is not told whether it is there, and no condition holds of it (RFC 9110, section 13.1.1).
    headers = {one.name.lower() for one in operation.parameters if one.location == "header"}
    stale = operation.statuses_of(PRECONDITION_FAILED) | _STALE if headers & AS_SEEN else frozenset[int]()
    return replace(told, absent=operation.statuses_of(FORBIDDEN) | stale)


def in_a_state(operation: Operation, *, removed: bool = False) -> Expectation:
    """Return the expectation of a valid request about an object that another request has changed.

    A success is right: the contract does not say in which states it is none. So is each declared refusal of which it
    does not say what leads to it.

    Args:
        operation: The operation.
        removed: Whether the object was removed.
    """
    if not operation.statuses_of(WRONG_STATE):
        told = anything_declared(operation)
        # What has used up its object may be refused by whatever status: that is so of each other request, too.
        return replace(told, any_refusal=False, absent=told.absent | frozenset(_CLIENT_ERRORS))
    families = [WRONG_STATE, *([NOT_FOUND] if removed else [])]
    named = frozenset[int]().union(*map(operation.statuses_of, families))
    free = [operation.statuses_for(answer) for answer in operation.answers if not answer.families]
    statuses = named | operation.success_statuses | frozenset[int]().union(*free) & frozenset(_CLIENT_ERRORS)
    absent = operation.absent_statuses | operation.statuses_of(FORBIDDEN) if removed else GONE
    why = f"{_why(operation, families)}; or a success"
    return _or_turned_away(operation, Expectation(statuses, why=why, absent=absent, of_known=True))


def after_what_is_said(operation: Operation, name: str, statuses: frozenset[int]) -> Expectation:
    """Return what is expected of a valid request about an object that operation `name` has changed, by an `x-given`."""
    why = f"{operation.pointer}/responses: x-given {WRONG_STATE} after {name}"
    return _or_turned_away(operation, Expectation(statuses, refused=True, why=why, absent=GONE, of_known=True))


def in_a_wrong_state(operation: Operation, status: int | None) -> Expectation:
    """Return the expectation of a valid request in a state of its object in which it is refused.

    Args:
        operation: The operation.
        status: What `x-transitions` says that it gets; None: nothing.
    """
    if status is None and operation.statuses_of(WRONG_STATE):
        return of_object(operation, WRONG_STATE)
    statuses = refusing_statuses(operation) if status is None else frozenset({status})
    absent = operation.absent_statuses if status is None else frozenset[int]()
    why = f"{operation.pointer}/x-transitions: {'a refusal' if status is None else status} in this state"
    unpromised = status is None and not operation.declares_refusal
    told = Expectation(statuses | absent, refused=True, why=why, absent=absent, of_known=True, any_refusal=unpromised)
    return _or_turned_away(operation, told)


def one_of_several(operation: Operation, status: int | None) -> tuple[Expectation, Expectation]:
    """Return the expectations of requests that are sent at once, of which one can succeed: of that, and of the others.

    Whichever comes first is not known, and all may be refused: each may hold up the others.

    Args:
        operation: The operation.
        status: What `x-transitions` says that the others get; None: nothing.
    """
    others = refusing_statuses(operation) if status is None else frozenset({status})
    failures = frozenset(one for one in operation.error_statuses if one >= HTTPStatus.INTERNAL_SERVER_ERROR)
    # What is accepted may be refused later (RFC 9110, section 15.3.3).
    accepted = operation.success_statuses & {HTTPStatus.ACCEPTED.value}
    why = f"{operation.pointer}/x-transitions: one of several at once, and any refusal of the others"
    refused = Expectation(others, why=why, any_refusal=True, absent=failures | accepted)
    first = replace(refused, statuses=refused.statuses | operation.success_statuses)
    return _or_turned_away(operation, first), _or_turned_away(operation, refused)


def fault(operation: Operation, families: Iterable[str], upstream: str) -> Expectation:
    """Return the expectation of a request during an upstream's fault.

    Args:
        operation: The operation.
        families: The families that the fault may be taken for.
        upstream: The faulty upstream's name, or `ingest`.
    """
    names = list(families)
    if operation.sends_to(upstream) and not operation.awaits(upstream):
        return _whatever_the_ingest(operation, upstream)
    statuses: frozenset[int] = frozenset().union(*(operation.statuses_of(name, upstream) for name in names))
    told = Expectation(
        statuses=statuses or operation.error_statuses,
        server_error=True,
        why=_why(operation, names),
        absent=operation.absent_statuses,
    )
    return _or_turned_away(operation, told)


def _whatever_the_ingest(operation: Operation, ingest: str) -> Expectation:
    """Return the expectation during the fault of an ingest that no answer waits for."""
    told = Expectation(
        statuses=operation.success_statuses | operation.error_statuses,
        server_error=True,
        why=f"{operation.pointer}/callbacks: no x-delivery makes an answer wait for the {ingest}",
        absent=operation.absent_statuses,
    )
    return _or_turned_away(operation, told)


def recovery(operation: Operation, upstream: str) -> Expectation:
    """Return the expectation of a request whose first call fails: retried with success, or told so."""
    told = fault(operation, UPSTREAM_FAMILIES, upstream)
    return Expectation(
        statuses=told.statuses | operation.success_statuses,
        server_error=True,
        why=f"{told.why}; or a success, if the target retries",
        absent=operation.absent_statuses,
    )


def anything_declared(operation: Operation) -> Expectation:
    """Return the expectation of a request of which the contract alone can't tell what is right.

    Any declared answer is, but for a server error, and for what is said to the signed out: whatever
    the request is, its caller has a session. Where the operation leaves open how one of the bodies is refused that any
    server may refuse, another 4xx is right as well.
    """
    others = operation.statuses_of(SIGNED_OUT) | operation.statuses_of(FORBIDDEN)
    declared = (operation.success_statuses | operation.error_statuses) - others
    statuses = frozenset(status for status in declared if status < HTTPStatus.INTERNAL_SERVER_ERROR)
    silent = not all(map(operation.statuses_of, ANY_SERVERS - {SIGNED_OUT}))
    why = f"{operation.pointer}/responses: any that is not a server error{', or another 4xx' if silent else ''}"
    told = Expectation(statuses=statuses, why=why, any_refusal=silent, absent=operation.absent_statuses)
    return _or_turned_away(operation, told)


def taken_or_refused(operation: Operation) -> Expectation:
    """Return the expectation of a request that a target may take, or its HTTP library may refuse in its own words."""
    declared = operation.success_statuses | refusing_statuses(operation)
    why = f"{operation.pointer}/responses: a success, or any 4xx, declared or not"
    return Expectation(statuses=declared, any_refusal=True, why=why)


def refused_somehow(operation: Operation, families: Iterable[str]) -> Expectation:
    """Return the expectation of a request that must be refused: as these families are, or by any other 4xx."""
    refused = refusal(operation, families)
    return replace(refused, any_refusal=True, why=f"{refused.why}; or another 4xx")


def doubtful_session(operation: Operation) -> Expectation:
    """Return the expectation of a session that was never issued, and that the session library takes all the same."""
    return _refused_or_taken(operation, "a success, because the session library accepts it")


def _refused_or_taken(operation: Operation, taken: str) -> Expectation:
    refused = no_sign_in(operation)
    return replace(
        refused,
        statuses=operation.success_statuses | refused.statuses,
        refused=False,
        why=f"{refused.why}; or {taken}",
        absent=operation.absent_statuses,  # a caller who is let in may get the answer for an unknown id
    )


def refusing_statuses(operation: Operation) -> frozenset[int]:
    """Return the declared statuses that are right when the spec says nothing of a refusal.

    A refusal is the caller's fault, so the declared 4xx; with none declared, any error is right.
    """
    return (
        frozenset(status for status in operation.error_statuses if status < HTTPStatus.INTERNAL_SERVER_ERROR)
        or operation.error_statuses
    )


def served_where_promised(expect: Expectation, operation: Operation, promise: str) -> Expectation:
    """Return an expectation that leaves something open, with a promise of `GUARANTEES` that the request is served.

    A target that ran out of time on a busy machine may say so: what it promises is another thing.
    """
    served = operation.success_statuses | operation.statuses_of("upstream-timeout")
    return replace(expect, promise=promise, promised=served)


def refused_where_promised(expect: Expectation, promise: str, statuses: Iterable[int] = _CLIENT_ERRORS) -> Expectation:
    """Return an expectation that leaves something open, with a promise of a refusal, or that a failure is told."""
    return replace(expect, promise=promise, promised=frozenset(statuses))


def _why(operation: Operation, families: Iterable[str]) -> str:
    """Return what the contract says of families: the `x-given` that are there, and that others are not."""
    names = list(families)
    given = [name for name in names if operation.statuses_of(name)]
    silent = [name for name in names if name not in given]
    said = [f"x-given {' or '.join(given)}"] if given else []
    said += [f"no x-given names {' or '.join(silent)}, so any declared error"] if silent else []
    return f"{operation.pointer}/responses: {'; '.join(said)}"


def odd(why: str, statuses: Iterable[int] = ()) -> Expectation:
    """Return the expectation of what is sent oddly: any answer or none, and an event just when it is a success.

    HTTP asks for the statuses: another one is a warning. Empty: HTTP leaves it open.
    """
    return Expectation(frozenset(statuses), any_answer=True, why=why)


def never(why: str, statuses: Iterable[int] = ()) -> Expectation:
    """Return the expectation of a request that must never be executed: no event, any answer; statuses as for `odd`."""
    return Expectation(frozenset(statuses), refused=True, any_answer=True, why=why)
