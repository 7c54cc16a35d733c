"""Rules of sign-in and of answers: what nothing plays, and what nothing triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.operations import answers_of
from bothends.contract.requests import PRECONDITIONS, SAFE
from bothends.contract.settings import lines_for
from bothends.contract.terms import (
    BODY_TOO_LARGE,
    FORBIDDEN,
    HEADERS_OF_STATUSES,
    INVALID_BODY,
    MALFORMED_BODY,
    OBJECT_FAMILIES,
    SIGNED_OUT,
    UNSUPPORTED_MEDIA_TYPE,
    UPSTREAM_FAMILIES,
)
from bothends.documents import member, members
from bothends.errors import did_you_mean, one_of
from bothends.lint.rule import Level, rule

if TYPE_CHECKING:
    from bothends.contract import DeclaredAnswer, Operation
    from bothends.contract.requests import IdPlace, SetupPlace
    from bothends.contract.settings import WorldSettings
    from bothends.contract.terms import FamilyRule
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_OF_CALLERS = frozenset({SIGNED_OUT, FORBIDDEN})
_OF_BODIES = frozenset({MALFORMED_BODY, INVALID_BODY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE})
_NO_KIND = "No kind can play it yet: choose operations that do not ask for it."
_FORBID_ANY = "Add `forbidden` to the session's table."
_FORBID = "Add '{}' to the operations of a caller with `forbidden`, or verify ownership with settings of its own."
_TRIGGERED = frozenset({"default", "404", "405", "4XX", "5XX", *map(str, map(int, HEADERS_OF_STATUSES))})
"""Answers that no `x-given` need be about."""


@rule(
    "scheme-not-played",
    Level.WARNING,
    asks="The settings play each security scheme that an operation asks for.",
    why="Nobody can sign in by a scheme that nothing plays: what needs a caller is not judged.",
)
def scheme_not_played(subject: Subject) -> Found:
    """Yield each scheme without a session."""
    told: set[str] = set()
    for operation in subject.contract.operations:
        for requirement in operation.security.alternatives:
            for use in requirement.members:
                scheme = use.scheme
                if use.session is None and scheme.name not in told:
                    told.add(scheme.name)
                    place = _schemes(subject).get(scheme.name)
                    where = subject.contract.document.location("") if place is None else place.location
                    yield where, f"Nothing plays the security scheme '{scheme.name}'.", lines_for(scheme) or _NO_KIND


@rule(
    "answer-without-case",
    Level.WARNING,
    asks="A case triggers each declared answer.",
    why="An answer that nothing triggers is not proven.",
)
def answer_without_case(subject: Subject) -> Found:
    """Yield each failure without an `x-given`, where others of its operation have one."""
    for operation in subject.contract.operations:
        if not any(answer.family_rules for answer in operation.answers):
            continue
        for answer in operation.answers:
            failure = answer.status[0] in "345" and answer.status not in _TRIGGERED
            # Where no 2xx is declared, a redirect is the success.
            others = operation.absent_statuses | operation.success_statuses | _of_key(operation)
            if failure and not answer.family_rules and not operation.statuses_for(answer) <= others:
                where = _of_answer(subject, operation, answer).location
                yield where, f"No case triggers the answer {answer.status} of {operation.id}.", "Add x-given."


def _of_answer(subject: Subject, operation: Operation, answer: DeclaredAnswer, key: str = "") -> Place:
    """Return where an answer stands, or its member of a key; the document may have many files."""
    one = next(each for each in subject.operations if each.id == operation.id)
    place = next(place for status, place in answers_of(one.place) if status == answer.status)
    return place.child(key) if key in place.value else place


def _of_key(operation: Operation) -> frozenset[int]:
    """Return the statuses that an idempotency key leads to."""
    keyed = operation.idempotency
    if keyed is None:
        return frozenset()
    return frozenset(status for status in (keyed.conflict, keyed.in_flight) if status is not None)


@rule(
    "one-caller",
    Level.WARNING,
    asks="A scheme has two callers.",
    why="With one caller, an answer or an event for another one can't be told.",
)
def one_caller(subject: Subject) -> Found:
    """Yield each session with a single caller."""
    for name, session in subject.contract.settings.world.sessions.items():
        if session.callers == 1 and session.location is not None:
            # A caller who lacks permission sends nothing but what is to be refused.
            entry = "a second entry without `forbidden`" if session.forbidden else "a second entry"
            yield session.location, f"The scheme '{name}' has one caller.", f"Add {entry} to `callers`."


@rule(
    "condition-never",
    Level.WARNING,
    asks="The condition of an `x-given` can hold for its operation.",
    why="No case can trigger an answer to callers, bodies or upstreams that the operation does not have.",
)
def condition_never(subject: Subject) -> Found:
    """Yield each `x-given` that is about what the operation does not have."""
    world, known = subject.contract.settings.world, [each.id for each in subject.contract.operations]
    for operation in subject.contract.operations:
        for answer in operation.answers:
            for given in answer.family_rules:
                why, advice = _why_never(operation, given, world)
                if given.after and given.after not in known:
                    why = f"no operation under test is called '{given.after}'"
                    advice = did_you_mean(given.after, known) or f"Name {one_of(known)}."
                if why:
                    where = _of_answer(subject, operation, answer, "x-given").location
                    yield where, f"{given.family} can't hold for {operation.id}: {why}.", advice


def _why_never(operation: Operation, given: FamilyRule, world: WorldSettings) -> tuple[str, str]:
    """Return why the condition of an `x-given` can't hold, and what to do; empty where it can."""
    family = given.family
    if family in _OF_CALLERS and not operation.security.alternatives:
        return "it asks for no credential", "Add `security`, or remove x-given."
    if family in _OF_BODIES and operation.body is None:
        return "it takes no body", "Add requestBody, or remove x-given."
    if family in UPSTREAM_FAMILIES and not world.upstreams and not world.ingests:
        return "the world has no upstream", "Add [world.upstreams.NAME] to the settings."
    about = family in OBJECT_FAMILIES or (family == FORBIDDEN and given.place)
    return _why_no_object(operation, given) if about else ("", "")


def _why_no_object(operation: Operation, given: FamilyRule) -> tuple[str, str]:
    """Return why what is there, or is not, can't be why an operation refuses a request, and what to do."""
    places = [place for place in operation.id_places if place.part != "header"]
    of_setup = operation.setup_places if given.family == "not-found" and given.place else ()
    every: list[IdPlace | SetupPlace] = [*places, *of_setup]
    named = [place.title for place in every if given.place in {"", place.name, place.title}]
    header = any(one.location == "header" and one.name.lower() in PRECONDITIONS for one in operation.parameters)
    match given.family:
        case "not-found" | "forbidden" if given.place and not named:
            names = one_of([place.title for place in places]) if places else "links, on an answer that gives it"
            return f"no answer gives a value of '{given.place}'", f"Name one of {names}." if places else f"Add {names}."
        case "not-found" | "wrong-state" if not places and not named:
            return "no answer gives an id that it asks for", "Add the operation that makes the object, or links to it."
        case "conflict" if operation.method in SAFE:
            return "it only reads", "Remove x-given."
        case "precondition-failed" if not header:
            return "it declares no precondition", "Add the header parameter If-Match."
    return "", ""


@rule(
    "nobody-forbidden",
    Level.WARNING,
    asks="Where an answer is for a caller who lacks permission, the settings have such a caller.",
    why="Without one, the answer is not proven, nor that one caller's object is not given to another.",
)
def nobody_forbidden(subject: Subject) -> Found:
    """Yield each answer for a forbidden caller that no caller of the settings gets.

    Where no caller of its schemes lacks permission, the answer of an operation on an object is about another caller's.
    """
    for operation in subject.contract.operations:
        forbidden = operation.security.has_forbidden
        if operation.ids_in_target and not forbidden:
            continue
        sessions = [each.session for one in operation.security.played for each in one.members]
        callers = [number for one in sessions if one is not None for number in operation.forbidden_numbers(one)]
        for answer in operation.answers:
            told = any(one.family == FORBIDDEN and not one.place for one in answer.family_rules)
            if told and sessions and not callers:
                where = _of_answer(subject, operation, answer, "x-given").location
                problem = f"No caller is forbidden to use {operation.id}."
                if forbidden and operation.ids_in_target:
                    problem += " As others are forbidden to use something, it is not asked for another caller's object."
                yield where, problem, _FORBID.format(operation.id) if forbidden else _FORBID_ANY


# Security schemes.


def _schemes(subject: Subject) -> dict[str, Place]:
    return dict(members(member(member(subject.root, "components"), "securitySchemes")))
