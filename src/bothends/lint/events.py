"""Rules of callbacks, webhooks and `x-from`: what a run can't judge, because the contract does not say it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import is_json
from bothends.contract.openapi import METHODS
from bothends.contract.tables import INGESTS
from bothends.contract.terms import can_lead, line_to_identify
from bothends.documents import followed, member, members
from bothends.errors import ContractError
from bothends.lint.rule import Level, rule
from bothends.lint.walks import bodies, contents, types_of
from bothends.records import MISSING, join, split
from bothends.schemas import IN_PLACE, all_of, certain, referred, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import EventContract, Operation
    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place
    from bothends.errors import Location
    from bothends.lint.rule import Found, Subject
    from bothends.schemas import Target


_CLOSED = ("additionalProperties", "unevaluatedProperties")
_REQUEST = "request.body#"
_CLOCKS = {"clock.ms": "integer", "clock.s": "integer", "clock.iso": "string"}
_SINGLE = frozenset({"boolean", "integer", "number", "string"})
_DEEPEST = 20
"""Levels of a schema that are looked into; a recursive one has no end of its own."""


def _events(subject: Subject) -> Iterator[tuple[Operation, EventContract, Location]]:
    for operation in subject.contract.operations:
        for event in operation.events:
            yield operation, event, event.location or subject.contract.document.location(event.pointer)


@rule(
    "event-without-schema",
    Level.WARNING,
    asks="Each event has a JSON schema.",
    why="Without one, what the event contains is not checked.",
)
def event_without_schema(subject: Subject) -> Found:
    """Yield each event that nothing describes."""
    for _, event, where in _events(subject):
        if not event.described:
            yield (
                where,
                f"The event '{event.name}' has no JSON schema.",
                "Add requestBody: {content: {…: {schema: …}}}.",
            )


@rule(
    "no-x-when",
    Level.WARNING,
    asks="Each callback says which answers owe its event.",
    why="Without `x-when` an event that never comes is not proven, and is never lost.",
)
def no_x_when(subject: Subject) -> Found:
    """Yield each event that nothing owes for certain."""
    for _, event, where in _events(subject):
        if event.when is None:
            advice = "x-when: true if each 2xx owes one, x-when: false if it may come later."
            yield where, f"Nothing says which answers owe '{event.name}'.", advice


@rule(
    "x-when-never",
    Level.ERROR,
    asks="An `x-when` holds for some declared answer.",
    why="An event that no answer owes is never missed.",
)
def x_when_never(subject: Subject) -> Found:
    """Yield each `x-when` whose status no declared answer has."""
    for operation, event, where in _events(subject):
        conditions = dict(event.when.conditions) if event.when is not None else {}
        if "status" not in conditions:
            if event.when is not None and event.when.owed and not operation.success_statuses:
                yield (
                    where,
                    f"'{event.name}' is owed by a 2xx, and none is declared.",
                    "Declare the answer, or name a status.",
                )
            continue
        declared = frozenset[int]().union(*(operation.statuses_for(answer) for answer in operation.answers))
        if not any(conditions["status"].is_valid(status) for status in declared):
            yield (
                where,
                f"No declared answer has the status by which '{event.name}' is owed.",
                "Change `status` in x-when.",
            )


@rule(
    "no-x-from",
    Level.WARNING,
    asks="An event says where its values come from.",
    why="Without `x-from`, another caller's data in an event is not found.",
)
def no_x_from(subject: Subject) -> Found:
    """Yield each described event of which no value has a source."""
    for _, event, where in _events(subject):
        if event.described and not event.walk.texts:
            advice = "x-from: request.body#/…, session.…, answer.body#/… on the members of its schema."
            yield where, f"Nothing says where the values of '{event.name}' come from.", advice


@rule(
    "no-x-delivery",
    Level.HINT,
    asks="A callback says what is promised of its delivery.",
    why="Where nothing is promised, nothing is demanded of a receiver that fails.",
)
def no_x_delivery(subject: Subject) -> Found:
    """Yield each event whose delivery nothing is promised of."""
    for _, event, where in _events(subject):
        terms = event.delivery
        if terms.answer is None and terms.attempts is None and terms.within_ms is None:
            yield (
                where,
                f"Nothing is promised of the delivery of '{event.name}'.",
                "x-delivery: at-least-once, or another.",
            )


@rule(
    "retries-without-identity",
    Level.ERROR,
    asks="An event that is attempted again says what identifies it.",
    why="Without an identity, a second attempt and a second event look the same to a receiver.",
)
def retries_without_identity(subject: Subject) -> Found:
    """Yield each event that is retried, and that nothing identifies."""
    for _, event, where in _events(subject):
        settings = subject.contract.settings.world.ingests.get(event.ingest)
        told = settings is not None and (settings.signature is not None or settings.kind != "webhook")
        if event.delivery.retries and not event.delivery.identity and not told:
            yield (
                where,
                f"'{event.name}' is attempted again, and nothing identifies it.",
                f"{line_to_identify(event.body, [one.name for one in event.headers])}.",
            )


@rule(
    "identity-of-nothing",
    Level.ERROR,
    asks="The identity in `x-delivery` is a place that an event may have.",
    why="Where no event has that place, nothing identifies any of them.",
)
def identity_of_nothing(subject: Subject) -> Found:
    """Yield each identity that leads to a place that the event's schema does not allow."""
    for _, event, where in _events(subject):
        identity = event.delivery.identity
        if identity.startswith("/") and event.described and not can_lead(event.body, identity):
            problem = f"No event of '{event.name}' has {identity}, by which it is to be identified."
            yield where, problem, "Change identity in x-delivery, or declare the member."


@rule(
    "list-of-events",
    Level.HINT,
    asks="A callback whose body is a list says whether each item is an event.",
    why="Each item is taken for an event: a list that is one event would be counted as several.",
)
def list_of_events(subject: Subject) -> Found:
    """Yield each event whose body is a list, if nothing says what its items are."""
    for _, event, where in _events(subject):
        settings = subject.contract.settings.world.ingests.get(event.ingest)
        told = settings is not None and INGESTS.get(settings.kind).splits_lists
        if event.listed is not None and event.delivery.events is None and not told:
            problem = f"The body of '{event.name}' is a list, and each item is taken for an event."
            yield where, problem, "x-delivery: {events: each}, or {events: one} if the list is one event."


@rule(
    "identity-optional",
    Level.WARNING,
    asks="The member that identifies an event is required.",
    why="An event that leaves it out has no identity: whether it was attempted again is not proven.",
)
def identity_optional(subject: Subject) -> Found:
    """Yield each identity that an event may leave out."""
    for _, event, where in _events(subject):
        identity = event.delivery.identity
        if identity.startswith("/") and event.described and _may_lack(event.body.raw, split(identity)):
            problem = f"'{event.name}' may leave out {identity}, by which it is identified."
            yield where, problem, "Add the member to `required`."


def _may_lack(raw: dict[str, Any], keys: list[str]) -> bool:
    """Whether a schema describes a member and does not require it; false where that is not certain."""
    schema, target = raw, targets_in(raw)
    for key in keys:
        while (found := referred(schema, target)) is not MISSING:
            schema = found
        named = schema.get("properties", {})
        if key not in named or not isinstance(named[key], dict) or {"if", *IN_PLACE} & schema.keys():
            return False
        if key not in schema.get("required", ()):
            return True
        schema = named[key]
    return False


@rule(
    "acknowledged-by-none",
    Level.WARNING,
    asks="An event that an answer waits for is owed by one.",
    why="`x-when: false` says that no answer owes it, `answer: after` that a 2xx waits for it: they contradict.",
)
def acknowledged_by_none(subject: Subject) -> Found:
    """Yield each event that no answer owes, and that one is to wait for."""
    for _, event, where in _events(subject):
        if event.when is not None and not event.when.owed and event.delivery.answer == "after":
            yield where, f"No answer owes '{event.name}', and one is to wait for it.", "Change x-when, or x-delivery."


@rule(
    "one-attempt-again",
    Level.WARNING,
    asks="An event that is attempted once has no time for the next attempt.",
    why="`attempts: once` says that there is none, `retry_within_ms` when it comes: they contradict.",
)
def one_attempt_again(subject: Subject) -> Found:
    """Yield each event that is attempted once, and again within a time."""
    for _, event, where in _events(subject):
        if event.delivery.attempts == "once" and event.delivery.retry_within_ms is not None:
            problem = f"'{event.name}' is attempted once, and again within {event.delivery.retry_within_ms} ms."
            yield where, problem, "Remove retry_within_ms, or change attempts."


@rule(
    "event-elsewhere",
    Level.WARNING,
    asks="Each event arrives at an ingest of the world.",
    why="What goes to another host is not seen, and a run must not let it go there.",
)
def event_elsewhere(subject: Subject) -> Found:
    """Yield each event whose URL leads to none of the world's."""
    for _, event, where in _events(subject):
        if not event.ingest:
            if "://" in event.url_template:
                advice = f'[world.ingests.NAME] stands_for = "{event.url_template}".'
            elif event.url.whole is not None:
                advice = f'[world.ingests.NAME] receives = ["{event.callback}"].'
            else:
                advice = "Begin the callback's key with a runtime expression, such as {$request.body#/callbackUrl}."
            yield where, f"'{event.name}' arrives at no ingest of the world.", advice


@rule(
    "callback-without-answer",
    Level.WARNING,
    asks="A callback declares the answer that acknowledges its event.",
    why="Without a 2xx, the world answers 200, which the target may not expect.",
)
def callback_without_answer(subject: Subject) -> Found:
    """Yield each event whose receiver has no right answer."""
    for _, event, where in _events(subject):
        if not any(answer.status[0] == "2" or answer.status == "default" for answer in event.answers):
            yield where, f"Nothing says which answer acknowledges '{event.name}'.", "Add responses: {'200': …}."


@rule(
    "callbacks-alike",
    Level.WARNING,
    asks="Two callbacks at one address have constants that tell them apart.",
    why="A delivery that may be either is assigned by its shape, and a wrong event is hard to see.",
)
def callbacks_alike(subject: Subject) -> Found:
    """Yield each pair of events that nothing but their content distinguishes."""
    for operation in subject.contract.operations:
        for number, event in enumerate(operation.events):
            alike = next((one for one in operation.events[:number] if _is_like(one, event)), None)
            if alike is not None:
                where = event.location or subject.contract.document.location(event.pointer)
                advice = "Add a constant member, such as type: {const: order.placed}, and require it."
                yield where, f"No constant tells '{event.name}' from '{alike.name}'.", advice


def _is_like(one: EventContract, other: EventContract) -> bool:
    """Whether nothing but their content distinguishes two events, and no constant does."""
    if (one.url_template, one.method, one.ingest) != (other.url_template, other.method, other.ingest):
        return False
    first, second = _constants(one), _constants(other)
    return not any(first[place].isdisjoint(second[place]) for place in first.keys() & second.keys())


def _constants(event: EventContract) -> dict[str, frozenset[str]]:
    """Return the values that each place of an event may have, of those that it must have and that are limited."""
    found = dict(_limited(event.body.raw, targets_in(event.body.raw), ""))
    for each in event.headers:
        values = _values(each.schema.raw) if each.required and each.schema is not None else frozenset()
        found |= {f"header {each.name.lower()}": values} if values else {}
    return found


def _limited(schema: Any, target: Target, pointer: str, depth: int = 0) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each place that a value must have and whose values are limited, as far as it holds for each value."""
    parts = list(certain(schema, target)) if depth <= _DEEPEST else []
    # A member is often required by one part of an `allOf`, and described in another.
    required = {name for part in parts for name in part.get("required", ())}
    for part in parts:
        values = _values(part)
        if values:
            yield pointer, values
        for name, inner in part.get("properties", {}).items():
            if name in required:
                yield from _limited(inner, target, pointer + join(name), depth + 1)


def _values(schema: dict[str, Any]) -> frozenset[str]:
    values = [schema["const"]] if "const" in schema else schema.get("enum", ())
    return frozenset(json.dumps(value, sort_keys=True) for value in values)


@rule(
    "webhook-not-sent",
    Level.WARNING,
    asks="Some operation sends each webhook of the document.",
    why="Nothing in a document says what causes a root webhook: without `x-sends` it is not checked.",
)
def webhook_not_sent(subject: Subject) -> Found:
    """Yield each webhook that no operation names."""
    for name, where in subject.contract.unsent.items():
        yield where, f"No operation sends the webhook '{name}'.", f"x-sends: [{name}] on the operation that causes it."


@rule(
    "open-event",
    Level.HINT,
    asks="The schema of an event is closed.",
    why="What an open schema does not name is never wrong: a field that leaks is not found.",
)
def open_event(subject: Subject) -> Found:
    """Yield each event whose object takes any other member."""
    for body, direction in bodies(subject):
        if direction or not isinstance(body.value, dict) or "schema" not in body.value:
            continue
        try:
            schema = body.child("schema").follow()
        except ContractError:
            continue  # told as unusable
        if not isinstance(schema.value, dict):
            continue
        words = schema.value.keys()
        if schema.value.get("type") == "object" and not any(key in words for key in _CLOSED):
            yield (
                schema.location,
                "The event may have members that nobody declared.",
                "Add additionalProperties: false.",
            )


@rule(
    "address-refused",
    Level.ERROR,
    asks="The place that a callback's URL is read from takes the world's address.",
    why="bothends puts its own address there, so that the event arrives there and at no other host.",
)
def address_refused(subject: Subject) -> Found:
    """Yield each place of a URL whose schema refuses the world's."""
    for operation in subject.contract.operations:
        for address in operation.addresses:
            if address.refused is not None:
                problem = "The schema refuses the world's address, so no event can be received."
                yield address.refused, problem, "Allow http:// URLs of this machine, or use `tls = true`."


# Where values come from: a value that can't be that of its source.


@rule(
    "source-of-another-type",
    Level.ERROR,
    asks="A value that comes from somewhere has the type that it has there.",
    why="An event contains the value as it is: where the types exclude each other, each event breaks its schema or its "
    "`x-from`.",
)
def source_of_another_type(subject: Subject) -> Found:
    """Yield each `x-from` of a type that its source never has."""
    for operation in subject.operations:
        for place in _with_sources(operation):
            source = place.value["x-from"]
            wanted = _single(place)
            given = _of_source(operation, source) if isinstance(source, str) else None
            if wanted and given and not wanted & given:
                problem = f"{source} is of the type {_name(given)}, and the value here of {_name(wanted)}."
                yield place.child("x-from").location, problem, "Change the type, or the source."


def _name(types: frozenset[str]) -> str:
    return " or ".join(sorted(types - ({"integer"} if "number" in types else frozenset())))


def _single(place: Place | None) -> frozenset[str]:
    """Return the types of a schema of single values; none where it is not certain."""
    found = None if place is None else types_of(place.value)
    return found if found is not None and found <= _SINGLE else frozenset()


def _of_source(operation: OperationPlace, source: str) -> frozenset[str]:
    if source in _CLOCKS:
        return frozenset({_CLOCKS[source]})
    pointer = source.removeprefix(_REQUEST)
    declared = list(contents(member(operation.place, "requestBody")))
    if pointer == source or not pointer.startswith("/") or not all(is_json(name) for name, _ in declared):
        return frozenset()
    found = [_at(member(content, "schema"), split(pointer)) for _, content in declared]
    types = [_single(place) for place in found]
    return frozenset[str]().union(*types) if types and all(types) else frozenset()


def _at(schema: Place | None, keys: list[str]) -> Place | None:
    """Return the schema of the member that a pointer leads to, through `properties` alone."""
    for key in keys:
        schema = member(member(schema, "properties"), key)
    return schema


def _with_sources(operation: OperationPlace) -> Iterator[Place]:
    """Yield each schema with an `x-from` in the events of an operation, once."""
    pending: list[Place] = []
    for _, callback in members(member(operation.place, "callbacks")):
        for _, item in members(callback):
            for method in METHODS:
                for name, content in contents(member(member(item, method), "requestBody")):
                    schema = member(content, "schema") if is_json(name) else None
                    pending.extend([] if schema is None else [schema])
    seen: set[tuple[str, str]] = set()
    while pending:
        place = pending.pop()
        if place.identity in seen:
            continue
        seen.add(place.identity)
        if "x-from" in place.value:
            yield place
        pending.extend(found for _, found in members(member(place, "properties")))
        pending.extend(found for one in all_of(place) if (found := followed(one)) is not None)
