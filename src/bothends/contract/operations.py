"""Reads the operations of an OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.contract.address_refusals import with_refusals
from bothends.contract.addresses import addresses
from bothends.contract.callbacks import CallbackReading, read_events
from bothends.contract.content import read_content, read_examples
from bothends.contract.given import BODY_TOO_LARGE, read_given
from bothends.contract.marked_examples import marked_examples, marked_parameter
from bothends.contract.model import BodyExample, BodyRule, DeclaredAnswer, Operation, Parameter
from bothends.contract.provenance import Sources
from bothends.contract.security import read_security

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract.references import Place
    from bothends.contract.schema import Schema, SchemaShelf
    from bothends.contract.security import SecurityScheme
    from bothends.contract.settings import CallbackSettings, WorldSettings

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
    """

    root: Place
    shelf: SchemaShelf
    world: WorldSettings
    schemes: Mapping[str, SecurityScheme]
    callbacks: Mapping[str, CallbackSettings] = field(default_factory=dict)

    @property
    def upstreams(self) -> tuple[str, ...]:
        """The names that an `x-given` may give as its upstream."""
        return (*self.world.upstreams, *self.world.ingests)


def operation_places(root: Place) -> Iterator[tuple[str, str, Place, Place]]:
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
    for path, method, item, place in operation_places(reading.root):
        operation = _read_operation(reading, path, method, (item, place))
        if operation.id in found:
            other = found[operation.id].pointer
            raise place.error(f"The operationId '{operation.id}' stands here too, and at {other}.")
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
            raise place.error(f"The path has {{{name}}}, and no path parameter is declared with that name.")
    answers = tuple(_answers(reading, place))
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
    )
    of_callbacks = CallbackReading(
        shelf=reading.shelf,
        sources=sources,
        methods=METHODS,
        ingests=tuple(reading.world.ingests),
        receivers={one: name for name, table in reading.world.ingests.items() for one in table.receives},
        parameters=[(parameter.location, parameter.name) for parameter in parameters],
        settings=reading.callbacks,
    )
    events = tuple(read_events(place, of_callbacks))
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
        examples=tuple(marked_examples(examples, body, found)),
        parameters=tuple(marked_parameter(parameter, found) for parameter in parameters),
        addresses=found,
    )


def _described(contents: Iterable[Mapping[str, Schema | None]]) -> tuple[Schema, ...]:
    """Return all schemas of some bodies; none where one of them is not described."""
    schemas = [schema for content in contents for schema in content.values()]
    return tuple(schema for schema in schemas if schema is not None) if all(schemas) else ()


def _answers(reading: Reading, operation: Place) -> Iterator[DeclaredAnswer]:
    responses = operation.get("responses")
    for status, answer in responses.members() if responses is not None else ():
        given = answer.child("x-given") if "x-given" in answer.mapping() else None
        yield DeclaredAnswer(
            status=status,
            pointer=answer.pointer,
            description=answer.text("description"),
            content=read_content(answer, reading.shelf),
            given=None if given is None else read_given(given, reading.upstreams),
        )


def _body(reading: Reading, place: Place, answers: tuple[DeclaredAnswer, ...]) -> BodyRule:
    limits = [
        answer.given.bytes
        for answer in answers
        if answer.given is not None and answer.given.family == BODY_TOO_LARGE and answer.given.bytes is not None
    ]
    return BodyRule(
        required=place.mapping().get("required") is True,
        content=read_content(place, reading.shelf),
        max_bytes=min(limits, default=None),
    )


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
    return Parameter(
        name=place.text("name"),
        location=place.text("in"),
        required=place.value.get("required") is True,
        schema=None if schema is None else reading.shelf.take(schema),
        example=_parameter_example(place, schema),
        pointer=place.pointer,
    )


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
