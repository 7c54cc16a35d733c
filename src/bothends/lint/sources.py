"""Rules of `x-from`: a value that can't be that of its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.media_types import is_json
from bothends.contract.openapi_schema import METHODS
from bothends.lint.impossible import types_of
from bothends.lint.rule import Level, rule
from bothends.lint.walks import contents, followed, items, member, members
from bothends.records.pointers import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.selection import OperationPlace
    from bothends.documents import Place
    from bothends.lint.rule import Found, Subject

_REQUEST = "request.body#"
_CLOCKS = {"clock.ms": "integer", "clock.s": "integer", "clock.iso": "string"}
_SINGLE = frozenset({"boolean", "integer", "number", "string"})


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
        pending.extend(found for one in items(place, "allOf") if (found := followed(one)) is not None)
