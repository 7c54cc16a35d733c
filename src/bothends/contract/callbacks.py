"""Reads `callbacks`: the events that an operation sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bothends.contract.content import media_types, read_content, read_examples
from bothends.contract.delivery_terms import NAME as X_DELIVERY
from bothends.contract.delivery_terms import DeliveryTerms, read_terms
from bothends.contract.event_walk import EventWalk
from bothends.contract.media_types import is_json
from bothends.contract.model import DeclaredAnswer, EventContract
from bothends.contract.nearest import did_you_mean, one_of
from bothends.contract.pointers import join
from bothends.contract.provenance import Source, Sources, read_source
from bothends.contract.schema import Schema, SchemaShelf, walk
from bothends.contract.url_template import UrlTemplate, read_template
from bothends.contract.when import NAME as X_WHEN
from bothends.contract.when import When, read_when

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bothends.contract.references import Place
    from bothends.contract.settings import CallbackSettings


@dataclass(frozen=True, slots=True)
class CallbackReading:
    """What is at hand while the callbacks of an operation are read.

    Attributes:
        shelf: The schemas so far.
        sources: What an `x-from` may name.
        methods: The keys of a path item that are operations.
        ingests: The names of the ingests that the settings have.
        receivers: By the name of a callback, the ingest whose `receives` names it.
        parameters: The request's parameters, each `(location, name)`.
        settings: What the settings say of callbacks, by name.
    """

    shelf: SchemaShelf
    sources: Sources
    methods: Sequence[str]
    ingests: Collection[str]
    receivers: Mapping[str, str]
    parameters: Collection[tuple[str, str]]
    settings: Mapping[str, CallbackSettings]


def read_events(operation: Place, reading: CallbackReading) -> Iterator[EventContract]:
    """Yield the events that an operation's callbacks declare.

    Args:
        operation: The operation.
        reading: What is at hand.

    Raises:
        ContractError: A callback has no operation, or its key or an extension in it is wrong.
    """
    callbacks = operation.get("callbacks")
    for name, callback in callbacks.members() if callbacks is not None else ():
        # The key is read where it is written, also when the path item is a `$ref`.
        declared = [
            (key, method, callback, item)
            for key, item in callback.members()
            for method in _methods(name, item, reading, callback.child(key))
        ]
        for key, method, holder, item in declared:
            template = read_template(holder.child(key), reading.ingests)
            _check_expressions(holder.child(key), template, reading)
            unique = name if len(declared) == 1 else f"{name} {method.upper()} {key}"
            yield _read_event(unique, name, template, (holder, item, item.child(method)), reading)


def _methods(name: str, item: Place, reading: CallbackReading, key: Place) -> list[str]:
    read_template(key, reading.ingests)
    declared = [method for method in reading.methods if method in item.mapping()]
    if not declared:
        raise item.error(f"The callback '{name}' has no operation.", expected="post, with a requestBody")
    return declared


def _check_expressions(place: Place, template: UrlTemplate, reading: CallbackReading) -> None:
    """Check that each parameter that a key reads is declared: else it can't be evaluated (OpenAPI 3.1.0, 4.8.20.4)."""
    for expression in template.expressions:
        if not expression.of_request:
            continue
        if expression.part == "body" and not reading.sources.body:
            problem = f"The callback's URL holds {{{expression.text}}}, and the operation takes no body."
            raise place.error(problem, expected="a requestBody")
        if expression.part in ("query", "path", "header"):
            known = [name for location, name in reading.parameters if location == expression.part]
            header = expression.part == "header"
            name = expression.name.lower() if header else expression.name
            if name not in ([each.lower() for each in known] if header else known):
                raise place.error(
                    f"The callback's URL holds {{{expression.text}}}, and no {expression.part} parameter"
                    " is declared with that name.",
                    expected=one_of(known) if known else "a parameter with that name, under `parameters`",
                    advice=did_you_mean(expression.name, known),
                )


def _read_event(
    name: str, callback: str, template: UrlTemplate, places: tuple[Place, Place, Place], reading: CallbackReading
) -> EventContract:
    place = places[-1]
    media_type, schema, walk_of_event = _body(place, reading)
    when, terms = _extensions(places, reading)
    own = reading.settings.get(callback)
    return EventContract(
        name=name,
        url=template,
        method=place.pointer.rpartition("/")[2].upper(),
        media_type=media_type,
        body=Schema({}) if schema is None else schema,
        pointer=place.pointer,
        walk=walk_of_event,
        answers=tuple(_answers(place, reading.shelf)),
        callback=callback,
        described=schema is not None,
        when=when,
        delivery=terms if own is None or own.delivery is None else own.delivery.over(terms),
        ingest=_ingest(callback, template, reading),
        location=place.location,
    )


def _body(place: Place, reading: CallbackReading) -> tuple[str, Schema | None, EventWalk]:
    """Return the first JSON body that is described: its media type, its schema, and the walk through it."""
    body = place.get("requestBody")
    declared = list(media_types(body)) if body is not None else []
    for media_type, content in declared:
        if is_json(media_type) and "schema" in content.mapping():
            schema, bundled = reading.shelf.take_bundle(content.child("schema"))
            found: dict[str, Source] = {}
            for pointer, part in walk(schema.raw):
                if "x-from" in part:
                    source = read_source(bundled.origin(pointer + join("x-from")), reading.sources)
                    found[source.text] = source
            return media_type, schema, EventWalk(schema, found)
    return declared[0][0] if declared else "", None, EventWalk(Schema({}), {})


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
    if callback in reading.receivers:
        return reading.receivers[callback]
    if "ingest" in reading.ingests or not reading.ingests:
        return "ingest"
    return next(iter(reading.ingests)) if len(reading.ingests) == 1 else ""


def _answers(operation: Place, shelf: SchemaShelf) -> Iterator[DeclaredAnswer]:
    responses = operation.get("responses")
    for status, answer in responses.members() if responses is not None else ():
        examples = tuple(_examples(answer))
        content = read_content(answer, shelf)
        yield DeclaredAnswer(status, answer.pointer, answer.text("description"), content, examples=examples)


def _examples(answer: Place) -> Iterator[tuple[str, object]]:
    yield from ((media_type, example.value) for media_type, _, example in read_examples(answer))
