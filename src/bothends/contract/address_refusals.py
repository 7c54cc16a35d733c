"""Whether the schema of a place in a request takes the world's URLs: a pattern, a choice, a length may refuse them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bothends.contract.addresses import sample_url
from bothends.contract.content import media_types
from bothends.contract.pointers import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract.addresses import RequestAddress
    from bothends.contract.references import Place
    from bothends.contract.schema import SchemaShelf
    from bothends.contract.settings import WorldSettings
    from bothends.errors import Location


def with_refusals(
    places: Sequence[RequestAddress], operation: Place, item: Place, shelf: SchemaShelf, world: WorldSettings
) -> tuple[RequestAddress, ...]:
    """Return places of an operation's requests with where the contract refuses the world's URLs in them.

    Args:
        places: The places.
        operation: The operation.
        item: Its path item.
        shelf: The schemas so far.
        world: Says what the URLs look like.
    """
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
