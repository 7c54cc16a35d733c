"""Ways through a document: the parts and the schemas that the operations under test reach, each once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.contract.bundles import LISTED, NAMED, SINGLE
from bothends.contract.content import answers_of, media_types
from bothends.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.bundles import Direction
    from bothends.contract.documents import Place
    from bothends.lint.rule import Subject


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    """A schema that an operation reaches.

    Attributes:
        place: Where it stands.
        direction: Whether its values are in requests or in answers; empty: in an event.
    """

    place: Place
    direction: Direction


def events(subject: Subject) -> Iterator[Place]:
    """Yield the operation of each callback of the operations under test."""
    for each in subject.operations:
        callbacks = _safely(lambda each=each: each.place.get("callbacks"))
        for name in callbacks.value if callbacks is not None and isinstance(callbacks.value, dict) else ():
            callback = _safely(lambda name=name, held=callbacks: held.child(name).follow())
            yield from _operations_of(callback)


def _operations_of(callback: Place | None) -> Iterator[Place]:
    from bothends.contract.openapi_schema import METHODS  # noqa: PLC0415 -- a table, and no more

    if callback is None or not isinstance(callback.value, dict):
        return
    for key in callback.value:
        item = None if key.startswith("x-") else _safely(lambda key=key: callback.child(key).follow())
        if item is not None and isinstance(item.value, dict):
            yield from (item.child(method) for method in METHODS if isinstance(item.value.get(method), dict))


def bodies(subject: Subject) -> Iterator[tuple[Place, Direction]]:
    """Yield each media type of the operations' requests and answers, and of their events, with its direction."""
    for each in subject.operations:
        yield from ((place, "request") for place in _contents(each.place, "requestBody"))
        for _, answer in _safe_answers(each.place):
            yield from ((place, "answer") for place in _contents_of(answer))
    for event in events(subject):
        yield from ((place, "") for place in _contents(event, "requestBody"))


def parameters(subject: Subject) -> Iterator[Place]:
    """Yield each parameter of the operations under test."""
    for each in subject.operations:
        for holder in (each.item, each.place):
            listed = holder.mapping().get("parameters")
            for index in range(len(listed)) if isinstance(listed, list) else ():
                found = _safely(lambda holder=holder, index=index: holder.child("parameters").child(index).follow())
                if found is not None and isinstance(found.value, dict):
                    yield found


def schemas(subject: Subject) -> Iterator[SchemaPlace]:
    """Yield each schema that the operations under test reach, those inside of others too, once for each direction."""
    seen: set[tuple[str, str, str]] = set()
    pending: list[SchemaPlace] = []
    for body, direction in bodies(subject):
        if isinstance(body.value, dict) and "schema" in body.value:
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


def _inside(schema: Place) -> Iterator[Place]:
    value: dict[str, Any] = schema.value
    if "$ref" in value:
        target = _safely(schema.follow)
        if target is not None:
            yield target
    yield from (schema.child(key) for key in SINGLE if key in value)
    for key in NAMED:
        if isinstance(value.get(key), dict):
            yield from (schema.child(key).child(name) for name in value[key])
    for key in LISTED:
        if isinstance(value.get(key), list):
            yield from (schema.child(key).child(index) for index in range(len(value[key])))


def _contents(operation: Place, key: str) -> Iterator[Place]:
    body = _safely(lambda: operation.get(key))
    if body is not None:
        yield from _contents_of(body)


def _contents_of(body: Place) -> Iterator[Place]:
    try:
        found = [place for _, place in media_types(body)]
    except ContractError:
        return  # what is wrong with it is told as a part that can't be used
    yield from found


def _safe_answers(operation: Place) -> list[tuple[str, Place]]:
    try:
        return list(answers_of(operation))
    except ContractError:
        return []  # likewise


def _safely(find: Any) -> Place | None:
    try:
        found: Place | None = find()
    except ContractError:
        return None  # likewise
    return found
