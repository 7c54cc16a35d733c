"""Reads `callbacks` and the root `webhooks`: the events that an operation sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import UrlTemplate, is_json, read_template, template_of
from bothends.contract.model import DeclaredAnswer, EventContract, Parameter
from bothends.contract.openapi import X_NEW, X_SENDS, X_STATE
from bothends.contract.operations.content import (
    answers_of,
    media_types,
    read_body_examples,
    read_content,
    read_examples,
)
from bothends.contract.requests import X_FROM
from bothends.contract.terms import (
    X_DELIVERY,
    X_WHEN,
    DeliveryTerms,
    ProvenanceWalk,
    Source,
    Sources,
    When,
    check_extension,
    read_source,
    read_state,
    read_terms,
    read_when,
    split_body,
)
from bothends.errors import ContractError, did_you_mean, one_of
from bothends.records import join
from bothends.schemas import Schema, SchemaShelf, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from bothends.contract.messages import Expression
    from bothends.contract.model import BodyExample
    from bothends.contract.openapi import Structure
    from bothends.contract.settings import CallbackSettings
    from bothends.contract.terms import StateTerms
    from bothends.documents import Place
    from bothends.schemas import Direction


@dataclass(frozen=True, slots=True)
class CallbackReading:
    """What is at hand while the callbacks of an operation are read.

    Attributes:
        shelf: The schemas so far.
        sources: What an `x-from` may name.
        methods: The keys of a path item that are operations.
        ingests: The names of the ingests that the settings have.
        receivers: By the name of a callback, the ingest whose `receives` names it.
        stands_for: By the beginning of a fixed URL, the ingest that stands for it.
        parameters: The request's parameters, each `(location, name)`.
        settings: What the settings say of callbacks, by name.
        unusable: Takes the name of a callback that can't be used, and why.
        structure: Checks a callback before it is read.
        detailed: Whether the examples of events are read.
    """

    shelf: SchemaShelf
    sources: Sources
    methods: Sequence[str]
    ingests: Collection[str]
    receivers: Mapping[str, str]
    stands_for: Mapping[str, str]
    parameters: Collection[tuple[str, str]]
    settings: Mapping[str, CallbackSettings]
    unusable: Callable[[str, ContractError], None]
    structure: Structure
    detailed: bool = False


def read_events(operation: Place, reading: CallbackReading) -> Iterator[EventContract]:
    """Yield the events that an operation's callbacks declare, without those that can't be used.

    Raises:
        ContractError: The callbacks are no mapping.
    """
    callbacks = operation.get("callbacks")
    for name in callbacks.mapping() if callbacks is not None else ():
        if callbacks is None or name.startswith("x-"):
            continue
        try:
            reading.structure.check_callback(callbacks.child(name))
            yield from list(_events(name, callbacks.child(name).follow(), reading))
        except ContractError as error:
            reading.unusable(name, error)


def _events(name: str, callback: Place, reading: CallbackReading) -> Iterator[EventContract]:
    # The key is read where it is written, also when the path item is a `$ref`.
    declared = [
        (key, method, callback, item)
        for key, item in callback.members()
        for method in _methods(name, item, reading, callback.child(key))
    ]
    for key, method, holder, item in declared:
        template = read_template(holder.child(key), reading.ingests, reading.stands_for)
        _check_expressions(holder.child(key), template, reading)
        unique = name if len(declared) == 1 else f"{name} {method.upper()} {key}"
        yield _read_event(unique, name, template, (holder, item, item.child(method)), reading)


def _methods(name: str, item: Place, reading: CallbackReading, key: Place) -> list[str]:
    read_template(key, reading.ingests, reading.stands_for)
    return _declared(f"The callback '{name}'", item, reading)


def _declared(what: str, item: Place, reading: CallbackReading) -> list[str]:
    declared = [method for method in reading.methods if method in item.mapping()]
    if not declared:
        raise item.error(f"{what} has no operation.", expected="post, with a requestBody")
    return declared


def read_sent(operation: Place, root: Place, reading: CallbackReading) -> Iterator[EventContract]:
    """Yield the events that an operation sends as root webhooks.

    Raises:
        ContractError: `x-sends` is no list, or names none of the document's webhooks.
    """
    if X_SENDS not in operation.mapping():
        return
    place = operation.child(X_SENDS)
    check_extension(place, X_SENDS, "a list of names of webhooks")
    known = dict(root_webhooks(root))
    callbacks = operation.get("callbacks")
    taken = () if callbacks is None else tuple(callbacks.mapping())
    for index, name in enumerate(place.value):
        if name not in known:
            raise place.child(index).error(
                f"{X_SENDS} names the webhook '{name}', which the spec does not declare.",
                expected=one_of(list(known)) if known else "a webhook of that name, under `webhooks`",
                advice=did_you_mean(name, known),
            )
        if name in taken:
            raise place.child(index).error(f"'{name}' is a callback and a webhook of one operation.")
        item = known[name]
        methods = _declared(f"The webhook '{name}'", item, reading)
        for method in methods:
            template = template_of(_receiver(name, reading) if reading.ingests else "")
            unique = name if len(methods) == 1 else f"{name} {method.upper()}"
            yield _read_event(unique, name, template, (item, item.child(method)), reading)


def root_webhooks(root: Place) -> Iterator[tuple[str, Place]]:
    """Yield the webhooks of a document, each by its name."""
    webhooks = root.get("webhooks")
    yield from webhooks.members() if webhooks is not None else ()


def _check_expressions(place: Place, template: UrlTemplate, reading: CallbackReading) -> None:
    """Check that each parameter that a key reads is declared: else it can't be evaluated (OpenAPI 3.1.0, 4.8.20.4)."""
    for expression in template.expressions:
        if expression.upstream:
            _check_upstream(place, expression, template, reading.sources.upstreams)
        if not expression.of_request:
            continue
        if expression.part == "body" and not reading.sources.body:
            problem = f"The callback's URL contains {{{expression.text}}}, but the operation has no request body."
            raise place.error(problem, expected="a requestBody")
        if expression.part in ("query", "path", "header"):
            known = [name for location, name in reading.parameters if location == expression.part]
            header = expression.part == "header"
            name = expression.name.lower() if header else expression.name
            if name not in ([each.lower() for each in known] if header else known):
                raise place.error(
                    f"The callback's URL contains {{{expression.text}}}, but no {expression.part} parameter"
                    " has that name.",
                    expected=one_of(known) if known else "a parameter with that name, under `parameters`",
                    advice=did_you_mean(expression.name, known),
                )


def _check_upstream(place: Place, expression: Expression, template: UrlTemplate, known: Collection[str]) -> None:
    """Check that an upstream whose answer a key reads is there, and that its answer is the URL's beginning."""
    if expression.upstream not in known:
        problem = f"The callback's URL contains {{{expression.text}}}, but there is no such upstream."
        advice = did_you_mean(expression.upstream, known) or "Add [world.upstreams.<name>] to bothends.toml."
        raise place.error(problem, expected=one_of(known) if known else "an upstream of the settings", advice=advice)
    if template.told is not expression or len(template.parts) > 2:  # noqa: PLR2004 -- it, and a path
        problem = f"The callback's URL contains {{{expression.text}}}, and is not that and a path behind it."
        raise place.error(problem, expected=f"{{{expression.text}}}, or {{{expression.text}}}/any/path")


def _read_event(
    name: str, callback: str, template: UrlTemplate, places: tuple[Place, ...], reading: CallbackReading
) -> EventContract:
    place = places[-1]
    media_type, schema, walk_of_event = _body(place, reading)
    when, terms = _extensions(places, reading)
    own = reading.settings.get(callback)
    headers, others = _parameters(places, reading)
    delivery = terms if own is None or own.delivery is None else own.delivery.over(terms)
    body, listed, always_listed = split_body(Schema({}) if schema is None else schema, delivery.events)
    return EventContract(
        name=name,
        url=template,
        method=place.pointer.rpartition("/")[2].upper(),
        media_type=media_type,
        body=body,
        pointer=place.pointer,
        walk=walk_of_event if listed is None else walk_of_event.over(body),
        answers=tuple(_answers(place, reading.shelf)),
        callback=callback,
        described=schema is not None,
        when=when,
        delivery=delivery,
        ingest=_ingest(callback, template, reading),
        location=place.location,
        headers=headers,
        other_parameters=others,
        body_examples=_examples_of_body(place) if reading.detailed else (),
        listed=listed,
        always_listed=always_listed,
        state=_state(places),
        media_types=_media_types(place),
    )


def _state(places: Sequence[Place]) -> StateTerms | None:
    """Return what is said of the object that an event is about; what is said innermost counts."""
    holder = next((place for place in reversed(places) if X_STATE in place.mapping()), None)
    return None if holder is None else read_state(holder.child(X_STATE), X_STATE)


def _media_types(place: Place) -> tuple[str, ...]:
    body = place.get("requestBody")
    return () if body is None else tuple(media_type for media_type, _ in media_types(body))


def _examples_of_body(place: Place) -> tuple[BodyExample, ...]:
    body = place.get("requestBody")
    return () if body is None else read_body_examples(body)


_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI ignores (3.1.0, section 4.8.12.2.1)."""


def _parameters(places: Sequence[Place], reading: CallbackReading) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """Return the header parameters of an event with a schema of one value, and the names of all other parameters."""
    *_, item, place = places
    found: dict[tuple[str, str], Parameter] = {}
    others: dict[str, None] = {}
    for holder in (item, place):
        listed = holder.get("parameters")
        for each in listed.items() if listed is not None else ():
            name, location = each.text("name"), each.text("in")
            if location == "header" and name.lower() in _NOT_PARAMETERS:
                continue
            schema = each.child("schema") if "schema" in each.mapping() else None
            taken = None if schema is None else reading.shelf.take(schema)
            if location != "header" or taken is None or not _is_of_one_value(taken.raw):
                others[name] = None
                continue
            required = each.mapping().get("required") is True
            found[name.lower(), location] = Parameter(name, location, required, taken, None, each.pointer)
    return tuple(found.values()), tuple(others)


def _is_of_one_value(schema: Any) -> bool:
    """Return whether a schema is of a text, a number or a flag, and of nothing that a header must have a style for."""
    kinds = schema.get("type", "string") if isinstance(schema, dict) else "string"
    return not {"array", "object"}.intersection([kinds] if isinstance(kinds, str) else kinds)


def _body(place: Place, reading: CallbackReading) -> tuple[str, Schema | None, ProvenanceWalk]:
    """Return the first JSON body that is described: its media type, its schema, and the walk through it."""
    body = place.get("requestBody")
    declared = list(media_types(body)) if body is not None else []
    for media_type, content in declared:
        if is_json(media_type) and "schema" in content.mapping():
            schema, found = read_walk(content.child("schema"), reading.shelf, reading.sources)
            return media_type, schema, found
    return declared[0][0] if declared else "", None, NO_SOURCES


NO_SOURCES = ProvenanceWalk(Schema({}), {})
"""The walk through a schema in which no value must come from somewhere."""


_NEW = {str(True): Source("new", "", "", X_NEW)}


def read_walk(
    place: Place, shelf: SchemaShelf, sources: Sources, direction: Direction = ""
) -> tuple[Schema, ProvenanceWalk]:
    """Return the schema at a place, and the walk that finds the values under its `x-from`s.

    Raises:
        ContractError: It is no schema, or an `x-from` in it is wrong.
    """
    schema, bundled = shelf.take_bundle(place, direction)
    if X_FROM not in bundled.parts.extensions:  # a large schema takes long to walk
        return schema, NO_SOURCES
    found: dict[str, Source] = {}
    for pointer, part in walk(schema.raw):
        if X_FROM in part:
            source = read_source(bundled.origin(pointer + join(X_FROM)), sources)
            found[source.text] = source
    return schema, ProvenanceWalk(schema, found)


def read_new_values(place: Place, shelf: SchemaShelf) -> ProvenanceWalk | None:
    """Return what finds the values of an answer that each success makes anew (`x-new`); None: there are none.

    Raises:
        ContractError: It is no schema, or an `x-new` in it is wrong.
    """
    schema, bundled = shelf.take_bundle(place, "answer")
    if X_NEW not in bundled.parts.extensions:
        return None
    found = False
    for pointer, part in walk(schema.raw):
        if X_NEW in part:
            check_extension(bundled.origin(pointer + join(X_NEW)), X_NEW, "true")
            found = True
    return ProvenanceWalk(schema, _NEW, X_NEW) if found else None


def _extensions(places: Sequence[Place], reading: CallbackReading) -> tuple[When | None, DeliveryTerms]:
    """Return what a callback, its path item and its operation say; what is said innermost counts."""
    when, terms = None, DeliveryTerms()
    for place in places:
        if X_WHEN in place.mapping():
            when = read_when(place.child(X_WHEN), reading.shelf)
        if X_DELIVERY in place.mapping():
            terms = read_terms(place.child(X_DELIVERY)).over(terms)
    return when, terms


def _ingest(callback: str, template: UrlTemplate, reading: CallbackReading) -> str:
    """Return the ingest that the event arrives at; empty: its URL leads to none of them."""
    if template.ingest:
        return template.ingest
    if template.whole is None:
        return ""  # a URL of the spec's own
    return _receiver(callback, reading)


def _receiver(callback: str, reading: CallbackReading) -> str:
    return receiver_of(callback, reading.ingests, reading.receivers)


def receiver_of(callback: str, ingests: Collection[str], receivers: Mapping[str, str]) -> str:
    """Return the ingest that gets the events of a callback whose URL is not in the spec; empty: it is not known.

    `receivers` has, by the name of a callback, the ingest whose `receives` names it.
    """
    if callback in receivers:
        return receivers[callback]
    if "ingest" in ingests or not ingests:
        return "ingest"
    return next(iter(ingests)) if len(ingests) == 1 else ""


def _answers(operation: Place, shelf: SchemaShelf) -> Iterator[DeclaredAnswer]:
    for status, answer in answers_of(operation):
        examples = tuple(_examples(answer))
        content = read_content(answer, shelf)
        yield DeclaredAnswer(status, answer.pointer, answer.text("description"), content, examples=examples)


def _examples(answer: Place) -> Iterator[tuple[str, object]]:
    yield from ((media_type, example.value) for media_type, _, example in read_examples(answer))
