"""Whether a JSON pointer can lead anywhere in a schema's values: false only where none of them has such a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.contract.pointers import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bothends.contract.schema import Schema


def can_lead(schema: Schema, pointer: str) -> bool:
    """Return whether a value that fits a schema may have the place that a pointer leads to.

    Args:
        schema: The schema.
        pointer: The JSON pointer.
    """
    return _may(schema.raw, tuple(split(pointer)), schema.raw.get("$defs", {}))


def _may(schema: Any, keys: Sequence[str], definitions: dict[str, Any]) -> bool:
    if not isinstance(schema, dict):
        return bool(schema)
    if not keys:
        return True
    same = list(schema.get("allOf", ()))
    if "$ref" in schema:
        same.append(definitions.get(schema["$ref"].removeprefix("#/$defs/"), True))
    choices = [schema[keyword] for keyword in ("oneOf", "anyOf") if schema.get(keyword)]
    return (
        all(_may(each, keys, definitions) for each in same)
        and all(any(_may(branch, keys, definitions) for branch in branches) for branches in choices)
        and _within(schema, keys, definitions)
    )


def _within(schema: dict[str, Any], keys: Sequence[str], definitions: dict[str, Any]) -> bool:
    """Whether what a schema says of members and items lets one have the first key, and that one the others."""
    key, rest = keys[0], keys[1:]
    types = schema.get("type", ("object", "array"))
    named = schema.get("properties", {})
    if key in named:
        member = _may(named[key], rest, definitions)
    else:
        # Whether a pattern matches is not looked at: what is not certain may be.
        member = bool(schema.get("patternProperties")) or _may(
            schema.get("additionalProperties", True), rest, definitions
        )
    first = schema.get("prefixItems", ())
    item = key.isdecimal() and _may(
        first[int(key)] if int(key) < len(first) else schema.get("items", True), rest, definitions
    )
    return ("object" in types and member) or ("array" in types and item)
