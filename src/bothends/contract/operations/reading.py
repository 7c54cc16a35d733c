"""Reads the operations of a spec: parameters, requests, answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import Encoding, as_text, is_form, is_json
from bothends.contract.model import BodyRule, DeclaredAnswer, Operation, Parameter
from bothends.contract.openapi import METHODS, X_CONSISTENCY, X_PAGES, X_SHARED, Structure, Unusable
from bothends.contract.operations.callbacks import (
    CallbackReading,
    read_events,
    read_new_values,
    read_sent,
    read_walk,
    root_webhooks,
)
from bothends.contract.operations.content import (
    answers_of,
    media_types,
    parameter_example,
    read_body_examples,
    read_content,
    read_headers,
    read_parameter_examples,
)
from bothends.contract.operations.id_sources import read_links, with_known_ids
from bothends.contract.operations.idempotency_terms import check_idempotency, read_idempotency
from bothends.contract.operations.least_size import TooLargeError
from bothends.contract.operations.needs_terms import read_needs, with_needs, with_needs_of_workflow
from bothends.contract.operations.register_terms import read_registers, with_registers
from bothends.contract.operations.transition_terms import read_transitions, with_needs_of_states, with_transitions
from bothends.contract.operations.workflow_flows import needs_of, with_links
from bothends.contract.operations.workflows import Workflows
from bothends.contract.requests import (
    X_FROM,
    SetupPlace,
    addresses,
    fixed_of_parameter,
    marked_value,
    names_a_host,
    parameter_schema,
    read_setup_places,
    sample_url,
    setup_source,
    taking_marks,
    texts_of,
    value_nowhere,
    with_marks_within,
)
from bothends.contract.tables import Setup
from bothends.contract.terms import (
    BODY_TOO_LARGE,
    Sources,
    check_extension,
    read_consistency,
    read_family_rules,
    read_pages,
    read_security,
    read_source,
)
from bothends.errors import ContractError
from bothends.records import json_equal, split
from bothends.schemas import Schema, SchemaShelf, all_of, walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract.model import BodyExample
    from bothends.contract.openapi import OperationPlace, SecurityScheme, Selection
    from bothends.contract.requests import RequestAddress
    from bothends.contract.settings import CallbackSettings, WorldSettings
    from bothends.documents import Place
    from bothends.errors import Location


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
        taken = shelf.take(schema, "request")
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
    for each in all_of(schema):
        yield from _at(each, keys)


# The spec's examples, fit to be sent: the world's address where an event's URL is read, and no stranger's.


def marked_examples(
    examples: Iterable[BodyExample],
    body: BodyRule | None,
    places: Sequence[RequestAddress],
    fixed: Collection[str] = (),
) -> Iterator[BodyExample]:
    """Yield the examples of a body; where none of them asks for an event, one first that does.

    Texts that the contract fixes stay.
    """
    made = [replace(one, value=value_nowhere(_addressed(one, body, places), fixed)) for one in examples]
    asking = [place for place in places if place.expression.part == "body" and place.refused is None]
    if asking and not any(place.mark in as_text(one.value) for one in made for place in asking):
        yield from _called_back(made, body, asking)
    yield from made


def _addressed(one: BodyExample, body: BodyRule | None, places: Sequence[RequestAddress]) -> Any:
    """Return an example with the world's addresses; each has the query of its URL, where the schema leaves room."""
    value = marked_value(places, one.value, queries=True)
    schema = None if body is None else body.content.get(one.media_type.lower())
    return value if schema is None or schema.is_valid(value) else marked_value(places, one.value)


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
            return replace(parameter, example=place.mark, always=True, fixed=())
    choices = () if parameter.schema is None else texts_of(parameter.schema)
    example: Any = value_nowhere(parameter.example, {*parameter.fixed, *choices})
    return replace(parameter, example=example)


# Reads the operations of an OpenAPI document.

_GAP = re.compile(r"\{([^{}]+)\}")


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
        wrong_schemes: Those of them that can't be used, and why.
        detailed: Whether the examples of answers and events are read.
        unusable: What can't be used, of what was read so far.
        workflows: The workflows that come with the document, and what of them is not used.
    """

    root: Place
    shelf: SchemaShelf
    world: WorldSettings
    schemes: Mapping[str, SecurityScheme]
    callbacks: Mapping[str, CallbackSettings] = field(default_factory=dict)
    setup: Setup = field(default_factory=Setup)
    wrong_schemes: Mapping[str, ContractError] = field(default_factory=dict)
    detailed: bool = False
    unusable: list[Unusable] = field(default_factory=list)
    workflows: Workflows = field(default_factory=Workflows)

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The names that an `x-given` may give as its upstream."""
        return (*self.world.upstreams, *self.world.ingests)


def read_operations(
    reading: Reading, selection: Selection, *, tolerant: bool = False
) -> tuple[tuple[Operation, ...], tuple[Unusable, ...]]:
    """Return the operations under test, in the document's order, and what of them can't be used.

    Args:
        reading: What is at hand.
        selection: Which operations are under test.
        tolerant: Whether none of them need be usable.

    Raises:
        ContractError: There is none that can be used.
    """
    found: dict[str, Operation] = {}
    unusable = reading.unusable
    unusable += selection.unusable
    structure = Structure(reading.root)
    for each in selection.chosen:
        try:
            structure.check_operation(each.item, each.place)
            operation = _read_operation(reading, each, structure)
            if operation.id in found:
                other = found[operation.id].pointer
                problem = f"The operationId '{operation.id}' is already used at {other}."
                raise each.place.error(problem, advice="Give one of them another operationId.")
        except ContractError as error:
            unusable.append(Unusable(each.line, error))
            continue
        found[operation.id] = operation
    wrong = [each.error for each in unusable if not isinstance(each.error, TooLargeError)]
    if wrong and not found and not tolerant:
        raise wrong[0]
    if not found and not unusable and not dict(root_webhooks(reading.root)):
        where = reading.root.get("paths") or reading.root
        raise where.error("The spec declares no operation.", expected="a path with a method, such as post")
    operations = with_known_ids(with_links(tuple(found.values()), reading.workflows), selection.routes)
    operations = _with_needs(operations, selection, unusable)
    return _with_needs_of_workflows(operations, reading.workflows), tuple(unusable)


def _with_needs(
    operations: Sequence[Operation], selection: Selection, unusable: list[Unusable]
) -> tuple[Operation, ...]:
    """Return operations with what they need, and what their transitions and registrations are about.

    One that can't have that is added to what can't be used.
    """
    known = {operation.id: operation for operation in operations}
    found: list[Operation] = []
    places = {each.place.pointer: each for each in selection.chosen}
    for operation in operations:
        try:
            item, place = places[operation.pointer].item, places[operation.pointer].place
            about = with_transitions(with_needs(operation, known, item, place), known, place)
            found.append(with_registers(about, known, place))
        except ContractError as error:
            unusable.append(Unusable(places[operation.pointer].line, error))
    return with_needs_of_states(found)


def _with_needs_of_workflows(operations: Sequence[Operation], workflows: Workflows) -> tuple[Operation, ...]:
    """Return operations with what workflows show that they need; one that can't be used is told, and stops nobody."""
    known = {operation.id: operation for operation in operations}
    wanted = needs_of(workflows)
    for operation in operations:
        for needs, place, steps in wanted.get(operation.pointer, ()):
            try:
                known[operation.id] = with_needs_of_workflow(known[operation.id], known, needs, place, steps)
            except ContractError as error:
                workflows.tell(error)
    return tuple(known.values())


def _read_operation(reading: Reading, located: OperationPlace, structure: Structure) -> Operation:
    item, place, path = located.item, located.place, located.path
    if "#" in path:
        raise place.error(f"The path {path} contains '#', which no request can have.", expected="a path without '#'")
    parameters = _parameters(reading, item, place)
    declared = [parameter.name for parameter in parameters if parameter.location == "path"]
    for name in _GAP.findall(path):
        if name not in declared:
            raise place.error(
                f"The path contains {{{name}}}, but no path parameter has that name.",
                advice=f"Add parameters: [{{name: {name}, in: path, required: true, schema: {{type: string}}}}].",
            )
    answers = tuple(_answers(reading, place))
    check_idempotency(place, parameters, answers)
    body_place = None if _ignores_body(located) else place.get("requestBody")
    body = None if body_place is None else _body(reading, body_place, answers)
    security = read_security(reading.root, place, reading.schemes, reading.world.sessions, reading.wrong_schemes)
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
    setup_places = tuple(_setup_places(reading, (item, place), sources))
    of_callbacks = CallbackReading(
        shelf=reading.shelf,
        sources=sources,
        methods=METHODS,
        ingests=tuple(reading.world.ingests),
        receivers={one: name for name, table in reading.world.ingests.items() for one in table.receives},
        stands_for={table.stands_for: name for name, table in reading.world.ingests.items() if table.stands_for},
        parameters=[(parameter.location, parameter.name) for parameter in parameters],
        settings=reading.callbacks,
        unusable=lambda name, error: reading.unusable.append(
            Unusable(f"the callback '{name}' of {located.line}", error)
        ),
        structure=structure,
        detailed=reading.detailed,
    )
    events = (*read_events(place, of_callbacks), *read_sent(place, reading.root, of_callbacks))
    registers = read_registers(place, reading.world, events)
    address = None if registers is None or registers.address is None else (registers.address, registers.ingest)
    found = with_refusals(
        addresses([(event.url.whole, event.ingest) for event in events], reading.world, address),
        place,
        item,
        reading.shelf,
        reading.world,
    )
    examples = () if body_place is None else read_body_examples(body_place)
    fixed = _fixed(parameters, body)
    return Operation(
        id=located.id,
        method=located.method.upper(),
        path=path,
        pointer=place.pointer,
        body=body,
        answers=answers,
        events=events,
        security=security,
        examples=tuple(
            replace(example, value=with_marks_within(setup_places, example.value))
            for example in marked_examples(examples, body, found, fixed)
        ),
        parameters=tuple(
            _with_setup_value(marked_parameter(parameter, found), setup_places) for parameter in parameters
        ),
        addresses=found,
        setup_places=setup_places,
        fixed=fixed,
        needs=read_needs(item, place, located.id),
        transitions=read_transitions(place),
        registers=registers,
        shared=_read_shared(place, path),
        consistency=read_consistency(place, X_CONSISTENCY),
        pages=read_pages(place, X_PAGES),
    )


def _read_shared(place: Place, path: str) -> bool:
    """Return whether an operation says that its object is there for all callers (`x-shared`).

    Raises:
        ContractError: It says something else, or its path names no object.
    """
    if X_SHARED not in place.mapping():
        return False
    said = place.child(X_SHARED)
    check_extension(said, X_SHARED, "true")
    if "{" not in path:
        problem = f"{X_SHARED} is about the object that a path names, and {path} names none."
        raise said.error(problem, expected="a path with an id, such as /notes/{id}")
    return True


def _fixed(parameters: Sequence[Parameter], body: BodyRule | None) -> frozenset[str]:
    """Return the texts that the contract fixes in requests, as far as they name a host."""
    schemas = [*(() if body is None else body.content.values()), *(parameter.schema for parameter in parameters)]
    found = {text for parameter in parameters for text in parameter.fixed}
    return frozenset(filter(names_a_host, found.union(*(texts_of(schema) for schema in schemas if schema is not None))))


def _ignores_body(located: OperationPlace) -> bool:
    """Whether a declared body is ignored: in 3.0, where HTTP gives a body no meaning (3.0.3, section 4.7.10)."""
    return located.place.library.is_openapi_30 and located.method in {"get", "head", "delete"}


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
            described, bundled = reading.shelf.take_bundle(content.child("schema"), "request")
            if X_FROM in bundled.parts.extensions:
                yield from read_setup_places(described, bundled, sources)


def _with_setup_source(place: Place) -> Place | None:
    """Return the `x-from` of a place, or of what it refers to, if that names a value of setup."""
    holder = place if setup_source(place.value) else place.follow()
    return holder.child(X_FROM) if setup_source(holder.value) else None


def _with_setup_value(parameter: Parameter, places: Sequence[SetupPlace]) -> Parameter:
    """Return a parameter that has a value of setup, if it is one, with the mark of that value."""
    for place in places:
        if (place.part, place.name) == (parameter.location, parameter.name):
            schema = parameter_schema(parameter.schema, place.value)
            return replace(parameter, example=place.mark, always=True, schema=schema, fixed=())
    return parameter


def _described(contents: Iterable[Mapping[str, Schema | None]]) -> tuple[Schema, ...]:
    """Return all schemas of some bodies; none where one of them is not described."""
    schemas = [schema for content in contents for schema in content.values()]
    return tuple(schema for schema in schemas if schema is not None) if all(schemas) else ()


def _answers(reading: Reading, operation: Place) -> Iterator[DeclaredAnswer]:
    for status, answer in answers_of(operation):
        given = answer.child("x-given") if "x-given" in answer.mapping() else None
        headers = answer.get("headers")
        yield DeclaredAnswer(
            status=status,
            pointer=answer.pointer,
            description=answer.text("description"),
            content=read_content(answer, reading.shelf, "answer"),
            family_rules=() if given is None else read_family_rules(given, reading.upstreams),
            headers=() if headers is None else tuple(name.lower() for name in headers.mapping()),
            links=tuple(read_links(answer)),
            body_examples=read_body_examples(answer) if reading.detailed else (),
            header_rules=read_headers(answer, reading.shelf),
        )


def _with_walks(
    reading: Reading, operation: Place, answers: Iterable[DeclaredAnswer], sources: Sources
) -> Iterator[DeclaredAnswer]:
    """Yield answers with what finds the values of their bodies that must come from somewhere."""
    places = dict(answers_of(operation))
    for answer in answers:
        walks = {
            media_type.lower(): read_walk(content.child("schema"), reading.shelf, sources, "answer")[1]
            for media_type, content in media_types(places[answer.status])
            if is_json(media_type) and "schema" in content.mapping()
        }
        walks = {media_type: each for media_type, each in walks.items() if each.texts}
        new = {
            media_type.lower(): read_new_values(content.child("schema"), reading.shelf)
            for media_type, content in media_types(places[answer.status])
            if is_json(media_type) and "schema" in content.mapping()
        }
        made = {media_type: each for media_type, each in new.items() if each is not None}
        yield replace(answer, walks=walks, new_values=made) if walks or made else answer


def _body(reading: Reading, place: Place, answers: tuple[DeclaredAnswer, ...]) -> BodyRule:
    limits = [
        rule.bytes
        for answer in answers
        for rule in answer.family_rules
        if rule.family == BODY_TOO_LARGE and rule.bytes is not None
    ]
    content = read_content(place, reading.shelf, "request")
    if X_FROM in reading.shelf.extensions("request"):
        content = {name: None if schema is None else _taking_marks(schema) for name, schema in content.items()}
    return BodyRule(
        required=place.mapping().get("required") is True,
        content=content,
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


def _taking_marks(schema: Schema) -> Schema:
    marked = any(setup_source(part) is not None for _, part in walk(schema.raw))
    return taking_marks(schema) if marked else schema


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
        example=parameter_example(place, schema),
        pointer=place.pointer,
        fixed=fixed_of_parameter(place, schema),
        examples=read_parameter_examples(place) if reading.detailed else (),
    )
    return read_idempotency(place, parameter)
