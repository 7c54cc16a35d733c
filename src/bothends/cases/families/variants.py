"""Bodies that show what a schema offers: each choice, each bound, each optional member there and not, and null.

An object that is made of one of them has in it what few other objects have: what reads it may not know that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.cases.families import boundaries, requests
from bothends.contract.messages import json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract import Operation

_MOST = 64
_MOST_CHOICES = 32
_LONGEST_LIST = 20
_LARGE = 2_147_483_647
"""What stands for the bound of a number that has none above: it has 32 bits."""


def variants(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield bodies that the contract certainly admits, each with what it differs in from the first right one.

    Args:
        operation: One that takes JSON.
    """
    media_type = requests.json_media_type(operation)
    base = requests.right_value(operation)
    if media_type is None or not isinstance(base, dict):
        return
    names: set[str] = set()
    bodies = {json_bytes(base)}
    for name, value in _candidates(operation, base):
        if len(names) >= _MOST:
            return
        body = json_bytes(value)
        if name not in names and body not in bodies and requests.is_admitted(operation, body, media_type):
            names.add(name)
            bodies.add(body)
            yield name, value


def _candidates(operation: Operation, base: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    schema = requests.json_schema(operation)
    places = list(boundaries.places_of(schema, base))
    whole = base
    for path, _, value in places:
        if len(path) == 1 and path[0] not in whole:
            more = {**whole, str(path[0]): value}
            whole = more if requests.is_admitted(operation, json_bytes(more)) else whole
    yield "whole", whole
    for path, found, value in places:
        where = "-".join(map(str, path))
        for name, other in _changes(found, value):
            yield f"{where}-{name}" if where else name, boundaries.with_value_at(base, path, other)


def _changes(schema: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what may stand in a place instead, and what stands there now: where it is optional, it may not be there."""
    yield "there", value
    yield "null", None
    choices = schema.get("enum", ())
    yield from ((f"is-{_word(choice)}", choice) for choice in choices[:_MOST_CHOICES])
    if isinstance(value, bool):
        yield from (("is-true", True), ("is-false", False))
    elif isinstance(value, int | float):
        yield from _numbers(schema)
    elif isinstance(value, str):
        bounds = {"shortest": schema.get("minLength", 0), "longest": schema.get("maxLength", 0)}
        yield from ((name, "x" * bound) for name, bound in bounds.items() if bound <= boundaries.LONGEST)
    elif isinstance(value, list) and value:
        sizes = {"fewest": schema.get("minItems", 0), "most": schema.get("maxItems", _LONGEST_LIST)}
        yield from ((name, value[:1] * min(size, _LONGEST_LIST)) for name, size in sizes.items())
    elif isinstance(value, dict):
        for name in value:
            yield f"{name}-absent", {key: each for key, each in value.items() if key != name}


def _numbers(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    step = schema.get("multipleOf", 1)
    for word, inwards in (("minimum", 0), ("maximum", 0), ("exclusiveMinimum", step), ("exclusiveMaximum", -step)):
        if isinstance(schema.get(word), int | float):
            bound = schema[word] + inwards
            whole = schema.get("type") == "integer" and float(bound).is_integer()
            yield f"at-{word}", int(bound) if whole else bound
    if not {"maximum", "exclusiveMaximum"} & schema.keys():
        yield "large", _LARGE


def _word(choice: Any) -> str:
    return choice if isinstance(choice, str) else json.dumps(choice)
