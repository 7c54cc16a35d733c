"""Ways through a document: the parts and the schemas that the operations under test reach, each once.

Operations that can't be used are walked, too, to say why: nothing here may take it for granted that a part is what
OpenAPI says. What is no mapping or leads nowhere is passed by; that it can't be used is told elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from bothends.contract.openapi import METHODS
from bothends.documents import followed, items, member, members
from bothends.schemas import LISTED, NAMED, SINGLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Subject
    from bothends.schemas import Direction

_Item = TypeVar("_Item")
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    """A schema that an operation reaches.

    Attributes:
        place: Where it stands.
        direction: Whether its values are in requests or in answers; empty: in an event.
    """

    place: Place
    direction: Direction

    @property
    def value(self) -> dict[str, Any]:
        """The schema."""
        value: dict[str, Any] = self.place.value
        return value


def _once(walk: Callable[[Subject], Iterator[_Item]]) -> Callable[[Subject], tuple[_Item, ...]]:
    """Return a walk that is walked once for each subject."""

    @wraps(walk)
    def remembered(subject: Subject) -> tuple[_Item, ...]:
        name = walk.__name__
        if name not in subject.memory:
            subject.memory[name] = tuple(walk(subject))
        found: tuple[_Item, ...] = subject.memory[name]
        return found

    return remembered


# Parts of operations.


@_once
def events(subject: Subject) -> Iterator[Place]:
    """Yield the operation of each callback of the operations under test."""
    for each in subject.operations:
        for _, callback in members(member(each.place, "callbacks")):
            for _, item in members(callback):
                yield from (item.child(method) for method in METHODS if isinstance(item.value.get(method), dict))


@_once
def keys(subject: Subject) -> Iterator[tuple[OperationPlace, str, Place]]:
    """Yield each key of a callback: its operation, the callback's name, and the place that the key leads to."""
    for each in subject.operations:
        for name, callback in members(member(each.place, "callbacks")):
            for key in callback.value:
                if isinstance(key, str) and not key.startswith("x-"):
                    yield each, name, callback.child(key)


@_once
def answers(subject: Subject) -> Iterator[tuple[str, Place]]:
    """Yield each answer of the operations under test, with its status as written."""
    for each in subject.operations:
        yield from members(member(each.place, "responses"))


@_once
def answers_places(subject: Subject) -> Iterator[tuple[Place, str]]:
    """Yield the mapping of answers of each operation and event, with the key of each answer in it."""
    operations = (*(each.place for each in subject.operations), *events(subject))
    for responses in filter(None, (member(place, "responses") for place in operations)):
        yield from ((responses, key) for key in responses.value if isinstance(key, str) and not key.startswith("x-"))


def contents(holder: Place | None) -> Iterator[tuple[str, Place]]:
    """Yield each media type of a body or an answer, and its place."""
    yield from members(member(holder, "content"))


@_once
def bodies(subject: Subject) -> Iterator[tuple[Place, Direction]]:
    """Yield each media type of the operations' requests and answers, and of their events, with its direction."""
    for each in subject.operations:
        yield from ((place, "request") for _, place in contents(member(each.place, "requestBody")))
    for _, answer in answers(subject):
        yield from ((place, "answer") for _, place in contents(answer))
    for event in events(subject):
        yield from ((place, "") for _, place in contents(member(event, "requestBody")))


def parameters_of(operation: OperationPlace) -> Iterator[tuple[Place, Place]]:
    """Yield each parameter of an operation and of its path item: where it is listed, and where it stands."""
    for holder in (operation.item, operation.place):
        for listed in items(holder, "parameters"):
            found = followed(listed)
            if found is not None:
                yield listed, found


@_once
def parameters(subject: Subject) -> Iterator[Place]:
    """Yield each parameter of the operations under test."""
    for each in subject.operations:
        yield from (place for _, place in parameters_of(each))


@_once
def links(subject: Subject) -> Iterator[Place]:
    """Yield each link of the answers."""
    for _, answer in answers(subject):
        yield from (place for _, place in members(member(answer, "links")))


# Schemas.


@_once
def schemas(subject: Subject) -> Iterator[SchemaPlace]:
    """Yield each schema that the operations under test reach, those inside of others too, once for each direction."""
    seen: set[tuple[str, str, str]] = set()
    pending: list[SchemaPlace] = []
    for body, direction in bodies(subject):
        if "schema" in body.value:
            pending.append(SchemaPlace(body.child("schema"), direction))
    pending.extend(
        SchemaPlace(place.child("schema"), "request") for place in parameters(subject) if "schema" in place.value
    )
    while pending:
        each = pending.pop()
        key = (*each.place.identity, each.direction)
        if key in seen or not isinstance(each.place.value, dict):
            continue
        seen.add(key)
        yield each
        pending.extend(SchemaPlace(place, each.direction) for place in _inside(each.place))


@_once
def plain_schemas(subject: Subject) -> Iterator[SchemaPlace]:
    """Yield each schema that the operations under test reach, once, whatever its direction; no reference."""
    seen: set[tuple[str, str]] = set()
    for each in schemas(subject):
        if each.place.identity not in seen and not each.place.is_reference:
            seen.add(each.place.identity)
            yield each


def schemas_below(body: Place) -> Iterator[Place]:
    """Yield each schema of a media type, those inside of others and those that are referred to, once."""
    seen: set[tuple[str, str]] = set()
    pending = [body.child("schema")] if "schema" in body.value else []
    while pending:
        each = pending.pop()
        if each.identity not in seen and isinstance(each.value, dict):
            seen.add(each.identity)
            yield each
            pending.extend(_inside(each))


def _inside(schema: Place) -> Iterator[Place]:
    if schema.is_reference:
        target = followed(schema)
        if target is not None:
            yield target
        if schema.library.is_openapi_30:
            return  # what stands beside it is ignored
    yield from written_in(schema)


def written_in(schema: Place) -> Iterator[Place]:
    """Yield what stands in a schema as a schema of its own, as it is written."""
    value: dict[str, Any] = schema.value
    yield from (schema.child(key) for key in SINGLE if key in value)
    for key in NAMED:
        if isinstance(value.get(key), dict):
            yield from (schema.child(key).child(name) for name in value[key])
    for key in LISTED:
        if isinstance(value.get(key), list):
            yield from (schema.child(key).child(index) for index in range(len(value[key])))


def last_key(place: Place) -> str:
    """Return the key that a place stands under."""
    return place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def types_of(value: dict[str, Any]) -> frozenset[str] | None:
    """Return the types of a schema's values, an integer being a number, too; None: any."""
    written = value.get("type")
    names = [written] if isinstance(written, str) else written
    if not isinstance(names, list) or not all(name in TYPES for name in names):
        return None
    found = set(names) | ({"null"} if value.get("nullable") is True else set())
    return frozenset(found | ({"integer"} if "number" in found else set()))
