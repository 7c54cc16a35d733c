"""Reads the operations of a spec: requests, answers, and callbacks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.addresses import addresses, marked_value, sample_url, value_nowhere
from bothends.contract.delivery_terms import NAME as X_DELIVERY
from bothends.contract.delivery_terms import NAME_WHEN as X_WHEN
from bothends.contract.delivery_terms import DeliveryTerms, When, check_extension, read_terms, read_when
from bothends.contract.families import BODY_TOO_LARGE, read_family_rule
from bothends.contract.forms import Encoding, is_form
from bothends.contract.idempotency_terms import check_idempotency, read_idempotency
from bothends.contract.media_types import is_json
from bothends.contract.model import BodyExample, BodyRule, DeclaredAnswer, EventContract, Operation, Parameter
from bothends.contract.openapi_schema import X_SENDS
from bothends.contract.provenance import ProvenanceWalk, Source, Sources, read_source
from bothends.contract.runtime_expressions import UrlTemplate, as_text, read_template, template_of
from bothends.contract.schema import Schema, SchemaShelf, walk
from bothends.contract.security import read_security
from bothends.contract.setup import Setup
from bothends.contract.setup_values import KEY as X_FROM
from bothends.contract.setup_values import SetupPlace, parameter_schema, read_body, setup_source, taking_marks
from bothends.contract.setup_values import marked_value as marked_value_of_setup
from bothends.errors import did_you_mean, one_of
from bothends.records import json_equal
from bothends.records.pointers import join, split

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract.addresses import RequestAddress
    from bothends.contract.documents import Place
    from bothends.contract.security_schemes import SecurityScheme
    from bothends.contract.settings import CallbackSettings, WorldSettings
    from bothends.errors import Location


# Reads `content`: the media types of a body, their schemas and their examples.


def read_content(body: Place, shelf: SchemaShelf) -> Mapping[str, Schema | None]:
    """Return the schema of each media type of a request body or an answer, keys in lower case.

    Raises:
        ContractError: A schema is none, or two keys differ in case only.
    """
    found: dict[str, Schema | None] = {}
    for media_type, place in media_types(body):
        key = media_type.lower()
        if key in found:
            raise place.error(f"The media type '{key}' is declared twice.")
        found[key] = shelf.take(place.child("schema")) if "schema" in place.mapping() else None
    return found


def media_types(body: Place) -> Iterator[tuple[str, Place]]:
    """Yield each media type of a body as written, and its place."""
    content = body.get("content")
    if content is not None:
        for media_type in content.mapping():
            yield media_type, content.child(media_type).follow()


def read_examples(body: Place) -> Iterator[tuple[str, str, Place]]:
    """Yield the media type, the name and the place of each example of a body.

    Those of the media type come before those of its schema (`example`, `examples`).
    """
    for media_type, place in media_types(body):
        if "example" in place.mapping():
            yield media_type, "example", place.child("example")
        examples = place.get("examples")
        for name, example in examples.members() if examples is not None else ():
            if "value" in example.mapping():
                yield media_type, name, example.child("value")
        schema = place.child("schema").follow() if "schema" in place.value else None
        if schema is None or not isinstance(schema.value, dict):
            continue
        if "example" in schema.value:
            yield media_type, "schema-example", schema.child("example")
        listed = schema.value.get("examples")
        for index in range(len(listed)) if isinstance(listed, list) else ():
            yield media_type, f"schema-example-{index + 1}", schema.child("examples").child(index)


# Whether the schema of a place in a request takes the world's URLs: a pattern, a choice, a length may refuse them.


def with_refusals(
    places: Sequence[RequestAddress], operation: Place, item: Place, shelf: SchemaShelf, world: WorldSettings
) -> tuple[RequestAddress, ...]:
    """Return places of an operation's requests with where the contract refuses the world's URLs in them."""
    return tuple(replace(place, refused=_refusal(place, operation, item, shelf, world)) for place in places)


def _refusal(
    place: RequestAddress, operation: Place, item: Place, shelf: SchemaShelf, world: WorldSettings
) -> Location | None:
    urls = (sample_url(world, place.ingest, place.mark), place.mark)
    for schema in _schemas(place, operation, item):
        taken = shelf.take(schema)
        for url in urls:
            wrong = taken.errors(url)
            if wrong:
                return schema.document.location(schema.pointer + wrong[0].schema_pointer)
    return None


def _schemas(place: RequestAddress, operation: Place, item: Place) -> Iterator[Place]:
    """Yield the schemas of the place; where one of several may hold (`oneOf`), none is certain."""
    if place.expression.part == "body":
        body = operation.get("requestBody")
        for _, content in media_types(body) if body is not None else ():
            if "schema" in content.mapping():
                yield from _at(content.child("schema"), split(place.expression.name))
        return
    for holder in (operation, item):
        listed = holder.get("parameters")
        for parameter in listed.items() if listed is not None else ():
            if _is(parameter, place) and "schema" in parameter.mapping():
                yield from _at(parameter.child("schema"), [])
                return


def _is(parameter: Place, place: RequestAddress) -> bool:
    name, wanted = parameter.text("name"), place.expression.name
    if place.expression.part == "header":
        name, wanted = name.lower(), wanted.lower()
    return parameter.text("in") == place.expression.part and name == wanted


def _at(schema: Place, keys: Sequence[str]) -> Iterator[Place]:
    schema = schema.follow()
    if not isinstance(schema.value, dict):
        return
    if not keys:
        yield schema
        return
    named = schema.value.get("properties", {})
    if keys[0] in named:
        yield from _at(schema.child("properties").child(keys[0]), keys[1:])
    for index in range(len(schema.value.get("allOf", ()))):
        yield from _at(schema.child("allOf").child(index), keys)


# The spec's examples, fit to be sent: the world's address where an event's URL is read, and no stranger's.


def marked_examples(
    examples: Iterable[BodyExample], body: BodyRule | None, places: Sequence[RequestAddress]
) -> Iterator[BodyExample]:
    """Yield the examples of a body; where none of them asks for an event, one first that does."""
    made = [replace(one, value=value_nowhere(marked_value(places, one.value))) for one in examples]
    asking = [place for place in places if place.expression.part == "body" and place.refused is None]
    if asking and not any(place.mark in as_text(one.value) for one in made for place in asking):
        yield from _called_back(made, body, asking)
    yield from made


def _called_back(
    examples: Iterable[BodyExample], body: BodyRule | None, places: Sequence[RequestAddress]
) -> Iterator[BodyExample]:
    for one in examples:
        if not is_json(one.media_type) or not isinstance(one.value, dict):
            continue
        value = marked_value(places, one.value, everywhere=True)
        schema = None if body is None else body.content.get(one.media_type.lower())
        if not json_equal(value, one.value) and (schema is None or schema.is_valid(value)):
            yield replace(one, name=f"{one.name}-with-callback", value=value)
            return


def marked_parameter(parameter: Parameter, places: Sequence[RequestAddress]) -> Parameter:
    """Return a parameter whose example is the world's address, where an event's URL is read from it."""
    for place in places:
        name, wanted = parameter.name, place.expression.name
        if parameter.location == "header":
            name, wanted = name.lower(), wanted.lower()
        if place.expression.part == parameter.location and name == wanted and place.refused is None:
            return replace(parameter, example=place.mark, always=True)
    example: Any = value_nowhere(parameter.example)
    return replace(parameter, example=example)


# Reads `callbacks`: the events that an operation sends.


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
    """

    shelf: SchemaShelf
    sources: Sources
    methods: Sequence[str]
    ingests: Collection[str]
    receivers: Mapping[str, str]
    stands_for: Mapping[str, str]
    parameters: Collection[tuple[str, str]]
    settings: Mapping[str, CallbackSettings]


def read_events(operation: Place, reading: CallbackReading) -> Iterator[EventContract]:
    """Yield the events that an operation's callbacks declare.

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


def _read_event(
    name: str, callback: str, template: UrlTemplate, places: tuple[Place, ...], reading: CallbackReading
) -> EventContract:
    place = places[-1]
    media_type, schema, walk_of_event = _body_callbacks(place, reading)
    when, terms = _extensions(places, reading)
    own = reading.settings.get(callback)
    headers, others = _parameters_callbacks(places, reading)
    return EventContract(
        name=name,
        url=template,
        method=place.pointer.rpartition("/")[2].upper(),
        media_type=media_type,
        body=Schema({}) if schema is None else schema,
        pointer=place.pointer,
        walk=walk_of_event,
        answers=tuple(_answers_callbacks(place, reading.shelf)),
        callback=callback,
        described=schema is not None,
        when=when,
        delivery=terms if own is None or own.delivery is None else own.delivery.over(terms),
        ingest=_ingest(callback, template, reading),
        location=place.location,
        headers=headers,
        other_parameters=others,
    )


_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that OpenAPI ignores (3.1.0, section 4.8.12.2.1)."""


def _parameters_callbacks(
    places: tuple[Place, Place, Place], reading: CallbackReading
) -> tuple[tuple[Parameter, ...], tuple[str, ...]]:
    """Return the header parameters of an event with a schema of one value, and the names of all other parameters."""
    _, item, place = places
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


def _body_callbacks(place: Place, reading: CallbackReading) -> tuple[str, Schema | None, ProvenanceWalk]:
    """Return the first JSON body that is described: its media type, its schema, and the walk through it."""
    body = place.get("requestBody")
    declared = list(media_types(body)) if body is not None else []
    for media_type, content in declared:
        if is_json(media_type) and "schema" in content.mapping():
            schema, found = read_walk(content.child("schema"), reading.shelf, reading.sources)
            return media_type, schema, found
    return declared[0][0] if declared else "", None, ProvenanceWalk(Schema({}), {})


def read_walk(place: Place, shelf: SchemaShelf, sources: Sources) -> tuple[Schema, ProvenanceWalk]:
    """Return the schema at a place, and the walk that finds the values under its `x-from`s.

    Raises:
        ContractError: It is no schema, or an `x-from` in it is wrong.
    """
    schema, bundled = shelf.take_bundle(place)
    found: dict[str, Source] = {}
    for pointer, part in walk(schema.raw):
        if "x-from" in part:
            source = read_source(bundled.origin(pointer + join("x-from")), sources)
            found[source.text] = source
    return schema, ProvenanceWalk(schema, found)


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
    """Return the ingest that gets the events of a callback whose URL is not in the spec; empty: it is not known."""
    if callback in reading.receivers:
        return reading.receivers[callback]
    if "ingest" in reading.ingests or not reading.ingests:
        return "ingest"
    return next(iter(reading.ingests)) if len(reading.ingests) == 1 else ""


def _answers_callbacks(operation: Place, shelf: SchemaShelf) -> Iterator[DeclaredAnswer]:
    responses = operation.get("responses")
    for status, answer in responses.members() if responses is not None else ():
        examples = tuple(_examples_callbacks(answer))
        content = read_content(answer, shelf)
        yield DeclaredAnswer(status, answer.pointer, answer.text("description"), content, examples=examples)


def _examples_callbacks(answer: Place) -> Iterator[tuple[str, object]]:
    yield from ((media_type, example.value) for media_type, _, example in read_examples(answer))


# Reads the operations of an OpenAPI document.

_GAP = re.compile(r"\{([^{}]+)\}")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Reading:
    """What is at hand while a document is read.

    Attributes:
        root: The document's root.
        shelf: The schemas so far.
        world: The `[world]` table, which says what the extensions may name.
        schemes: The document's security schemes.
        callbacks: What the settings say of callbacks, by name.
        setup: What prepares the target: it yields values.
    """

    root: Place
    shelf: SchemaShelf
    world: WorldSettings
    schemes: Mapping[str, SecurityScheme]
    callbacks: Mapping[str, CallbackSettings] = field(default_factory=dict)
    setup: Setup = field(default_factory=Setup)

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The names that an `x-given` may give as its upstream."""
        return (*self.world.upstreams, *self.world.ingests)


def operation_locations(root: Place) -> Iterator[tuple[str, str, Place, Place]]:
    """Yield each operation of the document: its path, its method, its path item, and itself."""
    paths = root.get("paths")
    for path, item in paths.members() if paths is not None else ():
        for method in METHODS:
            if method in item.mapping():
                yield path, method, item, item.child(method)


def read_operations(reading: Reading) -> tuple[Operation, ...]:
    """Return all operations of the document, in its order.

    Raises:
        ContractError: There is none, two have one name, or a part of one is wrong.
    """
    found: dict[str, Operation] = {}
    for path, method, item, place in operation_locations(reading.root):
        operation = _read_operation(reading, path, method, (item, place))
        if operation.id in found:
            other = found[operation.id].pointer
            raise place.error(f"The operationId '{operation.id}' is already used at {other}.")
        found[operation.id] = operation
    if not found:
        where = reading.root.get("paths") or reading.root
        raise where.error("The spec declares no operation.", expected="a path with a method, such as post")
    return tuple(found.values())


def _read_operation(reading: Reading, path: str, method: str, places: tuple[Place, Place]) -> Operation:
    item, place = places
    parameters = _parameters(reading, item, place)
    declared = [parameter.name for parameter in parameters if parameter.location == "path"]
    for name in _GAP.findall(path):
        if name not in declared:
            raise place.error(f"The path contains {{{name}}}, but no path parameter has that name.")
    answers = tuple(_answers(reading, place))
    check_idempotency(place, parameters, answers)
    body_place = place.get("requestBody")
    body = None if body_place is None else _body(reading, body_place, answers)
    security = read_security(reading.root, place, reading.schemes, reading.world.sessions)
    sources = Sources(
        upstreams=tuple(reading.world.upstreams),
        path_parameters=declared,
        session=reading.world.session is not None or bool(security.alternatives),
        body=body_place is not None,
        bodies=_described([] if body is None else [body.content]),
        answers=_described([answer.content for answer in answers if answer.status.startswith("2")]),
        parameters={(parameter.location, parameter.name): parameter.schema for parameter in parameters},
        answer_headers=[name for answer in answers if answer.status.startswith("2") for name in answer.headers],
        setup=reading.setup,
    )
    answers = tuple(_with_walks(reading, place, answers, sources))
    setup_places = tuple(_setup_places(reading, places, sources))
    of_callbacks = CallbackReading(
        shelf=reading.shelf,
        sources=sources,
        methods=METHODS,
        ingests=tuple(reading.world.ingests),
        receivers={one: name for name, table in reading.world.ingests.items() for one in table.receives},
        stands_for={table.stands_for: name for name, table in reading.world.ingests.items() if table.stands_for},
        parameters=[(parameter.location, parameter.name) for parameter in parameters],
        settings=reading.callbacks,
    )
    events = (*read_events(place, of_callbacks), *read_sent(place, reading.root, of_callbacks))
    found = with_refusals(
        addresses([(event.url.whole, event.ingest) for event in events], reading.world),
        place,
        item,
        reading.shelf,
        reading.world,
    )
    examples = () if body_place is None else tuple(_examples(body_place))
    return Operation(
        id=place.text("operationId") or f"{method.upper()} {path}",
        method=method.upper(),
        path=path,
        pointer=place.pointer,
        body=body,
        answers=answers,
        events=events,
        security=security,
        examples=tuple(
            replace(example, value=marked_value_of_setup(setup_places, example.value))
            for example in marked_examples(examples, body, found)
        ),
        parameters=tuple(
            _with_setup_value(marked_parameter(parameter, found), setup_places) for parameter in parameters
        ),
        addresses=found,
        setup_places=setup_places,
    )


def _setup_places(reading: Reading, places: tuple[Place, Place], sources: Sources) -> Iterator[SetupPlace]:
    """Yield the places of an operation's requests that have a value of setup.

    Raises:
        ContractError: One names what setup does not yield, or where its place is not certain.
    """
    found: dict[tuple[str, str], SetupPlace] = {}
    for holder in places:
        listed = holder.get("parameters")
        for place in listed.items() if listed is not None else ():
            schema = place.child("schema") if "schema" in place.mapping() else None
            said = _with_setup_source(place) or (None if schema is None else _with_setup_source(schema))
            found.pop((place.text("in"), place.text("name")), None)
            if said is None:
                continue
            source = read_source(said, sources)
            if place.text("in") == "cookie":
                expected = "a parameter of the path, query or header"
                raise said.error("x-from: setup.… can't stand on a cookie.", expected=expected)
            taken = None if schema is None else reading.shelf.take(schema)
            found[place.text("in"), place.text("name")] = SetupPlace(
                place.text("in"), place.text("name"), source.name, taken
            )
    yield from found.values()
    body = places[1].get("requestBody")
    for _, content in media_types(body) if body is not None else ():
        if "schema" in content.mapping():
            yield from read_body(*reading.shelf.take_bundle(content.child("schema")), sources)


def _with_setup_source(place: Place) -> Place | None:
    """Return the `x-from` of a place, or of what it refers to, if that names a value of setup."""
    holder = place if setup_source(place.value) else place.follow()
    return holder.child(X_FROM) if setup_source(holder.value) else None


def _with_setup_value(parameter: Parameter, places: Sequence[SetupPlace]) -> Parameter:
    """Return a parameter that has a value of setup, if it is one, with the mark of that value."""
    for place in places:
        if (place.part, place.name) == (parameter.location, parameter.name):
            schema = parameter_schema(parameter.schema, place.value)
            return replace(parameter, example=place.mark, always=True, schema=schema)
    return parameter


def _described(contents: Iterable[Mapping[str, Schema | None]]) -> tuple[Schema, ...]:
    """Return all schemas of some bodies; none where one of them is not described."""
    schemas = [schema for content in contents for schema in content.values()]
    return tuple(schema for schema in schemas if schema is not None) if all(schemas) else ()


def _answers(reading: Reading, operation: Place) -> Iterator[DeclaredAnswer]:
    responses = operation.get("responses")
    for status, answer in responses.members() if responses is not None else ():
        given = answer.child("x-given") if "x-given" in answer.mapping() else None
        headers = answer.get("headers")
        yield DeclaredAnswer(
            status=status,
            pointer=answer.pointer,
            description=answer.text("description"),
            content=read_content(answer, reading.shelf),
            family_rule=None if given is None else read_family_rule(given, reading.upstreams),
            headers=() if headers is None else tuple(name.lower() for name in headers.mapping()),
        )


def _with_walks(
    reading: Reading, operation: Place, answers: Iterable[DeclaredAnswer], sources: Sources
) -> Iterator[DeclaredAnswer]:
    """Yield answers with what finds the values of their bodies that must come from somewhere."""
    responses = operation.get("responses")
    places = dict(responses.members()) if responses is not None else {}
    for answer in answers:
        walks = {
            media_type.lower(): read_walk(content.child("schema"), reading.shelf, sources)[1]
            for media_type, content in media_types(places[answer.status])
            if is_json(media_type) and "schema" in content.mapping()
        }
        walks = {media_type: each for media_type, each in walks.items() if each.texts}
        yield replace(answer, walks=walks) if walks else answer


def _body(reading: Reading, place: Place, answers: tuple[DeclaredAnswer, ...]) -> BodyRule:
    limits = [
        answer.family_rule.bytes
        for answer in answers
        if answer.family_rule is not None
        and answer.family_rule.family == BODY_TOO_LARGE
        and answer.family_rule.bytes is not None
    ]
    return BodyRule(
        required=place.mapping().get("required") is True,
        content={name: _taking_marks(schema) for name, schema in read_content(place, reading.shelf).items()},
        max_bytes=min(limits, default=None),
        encodings={name.lower(): _encodings(each) for name, each in media_types(place) if is_form(name)},
    )


def _encodings(media_type: Place) -> dict[str, Encoding]:
    """Return how the members of a form are written (OpenAPI 3.1.0, section 4.8.15, Encoding Object)."""
    found: dict[str, Encoding] = {}
    declared = media_type.get("encoding")
    for name in declared.mapping() if declared is not None else ():
        each = declared.child(name).mapping() if declared is not None else {}
        found[name] = Encoding(each.get("style", ""), each.get("explode"), each.get("contentType", ""))
    return found


def _taking_marks(schema: Schema | None) -> Schema | None:
    marked = schema is not None and any(setup_source(part) is not None for _, part in walk(schema.raw))
    return taking_marks(schema) if schema is not None and marked else schema


def _examples(body: Place) -> Iterator[BodyExample]:
    taken: set[str] = set()
    for media_type, name, example in read_examples(body):
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}-{number}", number + 1
        taken.add(unique)
        yield BodyExample(unique, media_type, example.value, example.pointer)


def _parameters(reading: Reading, item: Place, operation: Place) -> tuple[Parameter, ...]:
    """Return the parameters: the operation's own replace those of the path item (OpenAPI 3.1.0, 4.8.10)."""
    found: dict[tuple[str, str], Parameter] = {}
    for holder in (item, operation):
        listed = holder.get("parameters")
        for place in listed.items() if listed is not None else ():
            parameter = _parameter(reading, place)
            found[parameter.name, parameter.location] = parameter
    return tuple(found.values())


def _parameter(reading: Reading, place: Place) -> Parameter:
    schema = place.child("schema") if "schema" in place.mapping() else None
    parameter = Parameter(
        name=place.text("name"),
        location=place.text("in"),
        required=place.value.get("required") is True,
        schema=None if schema is None else reading.shelf.take(schema),
        example=_parameter_example(place, schema),
        pointer=place.pointer,
    )
    return read_idempotency(place, parameter)


def _parameter_example(place: Place, schema: Place | None) -> Any:
    """Return the first example, default, constant or choice that the contract gives; None without one."""
    if "example" in place.value:
        return place.value["example"]
    examples = place.get("examples")
    for _, example in examples.members() if examples is not None else ():
        if "value" in example.mapping():
            return example.value["value"]
    described = schema.follow().value if schema is not None else {}
    if isinstance(described, dict):
        for key in ("example", "default", "const"):
            if key in described:
                return described[key]
        for key in ("examples", "enum"):
            if described.get(key):
                return described[key][0]
    return None
