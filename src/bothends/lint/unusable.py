"""Rules of what can't be used, and of what nothing uses: the document, the settings and the pacts of a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bothends.contract.openapi import EXTENSIONS, METHODS, json_path, way_of
from bothends.contract.settings import settings_location
from bothends.contract.terms import UPSTREAM_FAMILIES
from bothends.documents import followed, items, member
from bothends.errors import ContractError, Location, did_you_mean
from bothends.lint.corrections import meant_key, wrong_keys
from bothends.lint.rule import ELSEWHERE, REMOVED, RULES, Level, rule
from bothends.lint.walks import keys, schemas
from bothends.pacts import EXPRESSION_ADVICE, disagreements, read_pacts, wrong_expressions
from bothends.records import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.openapi import Unusable
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_SCHEME = re.compile(r"/components/securitySchemes/[^/]+(/[^/]+)?")


def _advice(error: ContractError) -> str:
    said = " ".join(filter(None, (error.expected and f"Expected: {error.expected}.", error.advice)))
    return said or "Put it right there, or in an overlay."


def _said(each: Unusable) -> tuple[Location, str, str]:
    error = each.error
    return error.where or Location(Path()), f"{each.what} can't be used: {error.problem}", _advice(error)


def _those(subject: Subject, is_meant: Callable[[Unusable, list[str]], bool]) -> Iterator[Unusable]:
    """Yield what can't be used because of a place of which something holds."""
    for each in subject.contract.unusable:
        where = each.error.where
        if where is not None and is_meant(each, split(where.pointer) if where.pointer.startswith("/") else []):
            yield each


@rule(
    "unusable",
    Level.ERROR,
    asks="Each operation under test, and each of its callbacks, can be used.",
    why="A run leaves out what can't be used, and is not proven.",
    general=True,
)
def unusable(subject: Subject) -> Found:
    """Yield what can't be used for a reason that has no rule of its own."""
    yield from (_said(each) for each in subject.contract.unusable if each.error.where is not None)


@rule(
    "broken-reference",
    Level.ERROR,
    asks="Each `$ref` leads to something in the document or in a file beside it.",
    why="What it leads to is not known (3.1.0, section 4.8.23), so what refers to it is left out.",
)
def broken_reference(subject: Subject) -> Found:
    """Yield each reference that leads nowhere, or where bothends does not go."""
    yield from (_said(each) for each in _those(subject, lambda _, keys: keys[-1:] == ["$ref"]))


def _of_extension(subject: Subject, name: str) -> Found:
    """Yield what can't be used because of an extension: at its value, or inside of it."""
    yield from (_said(each) for each in _those(subject, lambda _, keys: name in keys[-3:]))


@rule(
    "unknown-source",
    Level.ERROR,
    asks="Each `x-from` names a source that there is.",
    why="A value can't be compared with a source that nobody knows.",
)
def unknown_source(subject: Subject) -> Found:
    """Yield each `x-from` that names none."""
    return _of_extension(subject, "x-from")


@rule(
    "x-from-beside-reference",
    Level.ERROR,
    asks="In OpenAPI 3.0, no `x-from` stands beside a `$ref`.",
    why="What stands beside a `$ref` is ignored there (3.0.3, section 4.7.23), so the value is compared with nothing.",
)
def x_from_beside_reference(subject: Subject) -> Found:
    """Yield each `x-from` that nobody reads."""
    beside = (one.place for one in schemas(subject) if one.place.is_reference and "x-from" in one.value)
    for place in {one.identity: one for one in beside if one.library.is_openapi_30}.values():
        reference = place.value["$ref"]
        advice = f"allOf: [{{$ref: '{reference}'}}] in place of the $ref, with x-from beside it."
        yield place.child("x-from").location, "This x-from is beside a $ref, where OpenAPI 3.0 ignores it.", advice


@rule(
    "unknown-condition",
    Level.ERROR,
    asks="Each `x-given` names a family of conditions, and an upstream that there is.",
    why="bothends can't trigger what it does not know.",
)
def unknown_condition(subject: Subject) -> Found:
    """Yield each `x-given` that names none."""
    return _of_extension(subject, "x-given")


@rule(
    "wrong-extension",
    Level.ERROR,
    asks="Each extension of bothends says what its JSON Schema allows.",
    why="What is misspelt would be read as if nothing were said.",
)
def wrong_extension(subject: Subject) -> Found:
    """Yield each extension with another value, but for those that have a rule of their own."""
    for name in EXTENSIONS:
        if name not in {"x-from", "x-given", "x-sends", "x-needs", "x-transitions", "x-registers"}:
            yield from _of_extension(subject, name)


@rule(
    "unknown-webhook",
    Level.ERROR,
    asks="Each name in `x-sends` is one of a webhook of the document.",
    why="Nothing says what an event of that name looks like.",
)
def unknown_webhook(subject: Subject) -> Found:
    """Yield each name of a webhook that there is not."""
    return _of_extension(subject, "x-sends")


@rule(
    "unmet-needs",
    Level.ERROR,
    asks="Each step of `x-needs` is an operation under test, the first one gives the id, and none leads back.",
    why="An object can't be made by what nobody can play.",
)
def unmet_needs(subject: Subject) -> Found:
    """Yield each `x-needs` that is wrong, or whose steps make nothing."""
    return _of_extension(subject, "x-needs")


@rule(
    "broken-workflow",
    Level.WARNING,
    asks="Each step of an Arazzo document names an operation, and values that are there before it.",
    why="What leads nowhere makes no object for anybody.",
)
def broken_workflow(subject: Subject) -> Found:
    """Yield each mistake in the workflows that come with the document."""
    yield from map(_of_workflow, subject.contract.wrong_workflows)


@rule(
    "unused-workflow",
    Level.HINT,
    asks="bothends uses all that the workflows of an Arazzo document say.",
    why="What is decided while a workflow runs shows nothing before it: no object is made by it.",
)
def unused_workflow(subject: Subject) -> Found:
    """Yield what is right in the workflows that come with the document, and of no use here."""
    yield from map(_of_workflow, subject.contract.unused_workflows)


def _of_workflow(each: Unusable) -> tuple[Location, str, str]:
    where, _, advice = _said(each)
    return where, each.error.problem, advice if each.error.expected or each.error.advice else _ELSE


_ELSE = "Where an object needs it, say so by x-needs or links."


@rule(
    "unread-state",
    Level.ERROR,
    asks="Each `x-transitions` is about an object that can be read, and names a status that is declared.",
    why="What a request leads to can't be told of an object whose state nothing shows.",
)
def unread_state(subject: Subject) -> Found:
    """Yield each `x-transitions` that is wrong, or about nothing that can be read."""
    return _of_extension(subject, "x-transitions")


@rule(
    "unknown-registration",
    Level.ERROR,
    asks="Each `x-registers` names an address in the request and events that are sent, or is about a registration that "
    "another operation makes.",
    why="Where events go, and from when to when, can't be told of a registration that no request makes.",
)
def unknown_registration(subject: Subject) -> Found:
    """Yield each `x-registers` that is wrong, or about no registration."""
    return _of_extension(subject, "x-registers")


@rule(
    "callback-key",
    Level.ERROR,
    asks="The key of a callback is a URL, with runtime expressions or names of the world in braces.",
    why="Nothing else says where the event goes (3.1.0, section 4.8.18.2).",
)
def callback_key(subject: Subject) -> Found:
    """Yield each key that is none; where it is known what was meant, with the overlay that says it."""
    for operation, name, place, error in wrong_keys(subject):
        key = split(place.pointer)[-1]
        new = meant_key(operation, key)
        advice = _advice(error)
        if new is not None:
            holder = json_path(way_of(place)[:-1])
            advice = f"In an overlay: target: {holder}, with the key '{new}' in place of '{key}'."
        problem = f"The callback '{name}' of {operation.line} can't be used: {error.problem}"
        yield error.where or place.location, problem, advice


@rule(
    "callback-parameter",
    Level.ERROR,
    asks="A runtime expression reads what the operation's requests have: a body, or a declared parameter.",
    why="Only a declared parameter can be evaluated (3.1.0, section 4.8.20).",
)
def callback_parameter(subject: Subject) -> Found:
    """Yield each key that reads what is not declared."""
    wrong = {place.location for _, _, place, _ in wrong_keys(subject)}
    called = {place.location for _, _, place in keys(subject) if _has_operation(place)}
    for each in subject.contract.unusable:
        if each.error.where in called - wrong:
            yield _said(each)


def _has_operation(key: Place) -> bool:
    item = followed(key)
    return item is not None and not item.value.keys().isdisjoint(METHODS)


@rule(
    "undeclared-scheme",
    Level.ERROR,
    asks="Each scheme that `security` names is declared.",
    why="Each name must be one of the Security Schemes (3.1.0, section 4.8.30).",
)
def undeclared_scheme(subject: Subject) -> Found:
    """Yield each name of a scheme that there is not."""
    declared = member(member(subject.root, "components"), "securitySchemes")
    known = {} if declared is None else declared.value
    for operation in subject.operations:
        holder = operation.place if "security" in operation.place.value else subject.root
        for alternative in items(holder, "security"):
            for name in alternative.value if isinstance(alternative.value, dict) else ():
                if name not in known:
                    advice = did_you_mean(name, known) or "Declare it under components/securitySchemes."
                    yield alternative.child(name).location, f"The security scheme '{name}' is not declared.", advice


@rule(
    "wrong-scheme",
    Level.ERROR,
    asks="Each security scheme says what OpenAPI asks of its type.",
    why="A scheme of an unknown type, or a key without a place, can't be shown (3.1.0, section 4.8.27).",
)
def wrong_scheme(subject: Subject) -> Found:
    """Yield each scheme that can't be used."""
    told: set[Location] = set()
    for each in subject.contract.unusable:
        where = each.error.where
        if where is not None and _SCHEME.fullmatch(where.pointer) and where not in told:
            told.add(where)
            yield where, each.error.problem, _advice(each.error)


@rule(
    "idle-overlay",
    Level.ERROR,
    asks="Each action of an overlay selects something.",
    why="What the overlay was to change stays as it is, and the run is not proven.",
)
def idle_overlay(subject: Subject) -> Found:
    """Yield each action that selects nothing."""
    for _, error in subject.idle:
        if error.where is not None:
            yield error.where, error.problem, _advice(error)


@rule(
    "defect",
    Level.WARNING,
    asks="The document is what OpenAPI says, beside its operations too.",
    why="Other tools may refuse the document.",
)
def defect(subject: Subject) -> Found:
    """Yield what is wrong with the document and in nobody's way."""
    for each in subject.contract.defects:
        if each.error.where is not None:
            yield each.error.where, each.error.problem, each.error.advice or "Put it right there, or in an overlay."


# Settings that nothing uses.


def _at(subject: Subject, table: str, name: str, single: str = "") -> Location:
    """Return where a table of the settings stands; the one of a name of its own stands by itself."""
    key = single if name == single.rpartition(".")[2] and single else f"{table}.{name}"
    return settings_location(subject.contract.settings.file, key)


@rule(
    "idle-ingest",
    Level.HINT,
    asks="An event under test arrives at each ingest.",
    why="An ingest that nothing is sent to is played in vain; perhaps `receives` is missing, or a callback.",
)
def idle_ingest(subject: Subject) -> Found:
    """Yield each ingest of the settings that no event arrives at, where there are events."""
    used = {event.ingest for operation in subject.contract.operations for event in operation.events}
    for name in subject.contract.settings.world.ingests if used else ():
        if name not in used:
            where = _at(subject, "world.ingests", name, "world.ingest")
            yield where, f"No event under test arrives at the ingest '{name}'.", "Add `receives`, or remove it."


@rule(
    "idle-upstream",
    Level.HINT,
    asks="The contract says something of each upstream.",
    why="Neither an answer nor a value depends on it: what its faults and its values lead to is not checked.",
)
def idle_upstream(subject: Subject) -> Found:
    """Yield each upstream that no `x-given` and no `x-from` is about."""
    named: set[str] = set()
    world = subject.contract.settings.world
    for operation in subject.contract.operations:
        for answer in operation.answers:
            for given in answer.family_rules:
                if given.family in UPSTREAM_FAMILIES:
                    named.update(world.upstreams if given.upstream is None else (given.upstream,))
        walks = [event.walk for event in operation.events]
        walks += [walk for answer in operation.answers for walk in answer.walks.values()]
        named.update(source.name for walk in walks for source in walk.sources if source.kind == "upstream")
    for name in world.upstreams:
        if name not in named:
            advice = f"x-given: {{family: upstream-unreachable, upstream: {name}}} on an answer."
            yield _at(subject, "world.upstreams", name), f"Nothing depends on the upstream '{name}'.", advice


@rule(
    "idle-session",
    Level.HINT,
    asks="An operation under test asks for each scheme that the settings play.",
    why="Nobody signs in by a scheme that nothing asks for.",
)
def idle_session(subject: Subject) -> Found:
    """Yield each session whose scheme no operation asks for."""
    asked = {
        name
        for operation in subject.contract.operations
        for one in operation.security.alternatives
        for name in one.schemes
    }
    world = subject.contract.settings.world
    for name, session in world.sessions_by_scheme.items():
        if name not in asked and session.location is not None:
            yield session.location, f"No operation under test asks for '{name}'.", "Add `security`, or remove it."


@rule(
    "idle-switch",
    Level.HINT,
    asks="A rule that is switched off finds something.",
    why="When what it found has been put right, the switch only hides what comes next.",
)
def idle_switch(subject: Subject) -> Found:
    """Yield each rule that is switched off and finds nothing."""
    settings = subject.contract.settings
    for name in settings.lint.off:
        known = RULES.find(name)
        where = settings_location(settings.file, f"lint.off.{name}")
        if name in REMOVED:
            yield where, f"The rule '{name}' is no more. {ELSEWHERE}", f"Remove {name} from [lint.off]."
        elif known is not None and known is not idle_switch and next(known.look(subject), None) is None:
            yield where, f"The rule '{name}' finds nothing.", f"Remove {name} from [lint.off]."


# Pacts: where a pact and the contract say different things.


@rule(
    "pact-contradicts",
    Level.ERROR,
    asks="Each pact agrees with the spec.",
    why="A target can keep one of them only.",
)
def pact_contradicts(subject: Subject) -> Found:
    """Yield each place of a pact that the spec contradicts."""
    folder = subject.contract.settings.pacts
    if folder is None:
        return
    try:
        pacts = read_pacts(folder)
    except ContractError as error:
        yield error.where or Location(folder), error.problem, error.advice
        return
    for pact in pacts:
        for each in disagreements(pact, subject.contract):
            yield each.pact, each.summary, f"Expected: {each.expected}. The pact says: {each.actual}."


@rule(
    "pact-expression",
    Level.ERROR,
    asks="Each regular expression of a pact is one.",
    why="Pact's library takes a value for wrong whose expression it can't compile: the target would be blamed.",
)
def pact_expression(subject: Subject) -> Found:
    """Yield each regular expression of a matcher that Pact's own library can't compile."""
    folder = subject.contract.settings.pacts
    try:
        pacts = () if folder is None else read_pacts(folder)
    except ContractError:
        return  # told by the other rule
    for where, text in wrong_expressions(pacts):
        yield where, f"{text!r} is no regular expression.", EXPRESSION_ADVICE
