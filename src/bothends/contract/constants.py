"""Whether a value has the constants of a schema: what tells the events of one callback from those of another.

Only constants count (`const`, an `enum` of one value, of properties that are required): a value that lacks something
else is a wrong event of that callback, and not another callback's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.records import MISSING, json_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.contract.schema import Schema

_DEEPEST = 12


def has_constants(schema: Schema, value: Any) -> bool:
    """Return whether a value has all constants that a schema asks for.

    Args:
        schema: One that stands alone.
        value: A JSON value.
    """
    return _has(schema.raw, value, schema.raw.get("$defs", {}), 0)


def _has(schema: Any, value: Any, definitions: Mapping[str, Any], depth: int) -> bool:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema is not False

    def has(part: Any, of: Any = value) -> bool:
        return _has(part, of, definitions, depth + 1)

    constants = [schema["const"]] if "const" in schema else schema.get("enum", ())
    if len(constants) == 1 and (value is MISSING or not json_equal(constants[0], value)):
        return False
    same = list(schema.get("allOf", ()))
    if "$ref" in schema:
        same.append(definitions.get(schema["$ref"].rpartition("/")[2], True))
    choices = [schema[key] for key in ("oneOf", "anyOf") if schema.get(key)]
    return (
        all(has(part) for part in same)
        and all(any(has(branch) for branch in branches) for branches in choices)
        and _has_inside(schema, value, definitions, depth)
    )


def _has_inside(schema: Mapping[str, Any], value: Any, definitions: Mapping[str, Any], depth: int) -> bool:
    types = schema.get("type", ())
    names = {types} if isinstance(types, str) else set(types)
    if isinstance(value, list):
        items = schema.get("items", True)
        return (not names or "array" in names) and all(_has(items, each, definitions, depth + 1) for each in value)
    if isinstance(value, dict) and names and "object" not in names:
        return False
    members = value if isinstance(value, dict) else {}
    named = schema.get("properties", {})
    return all(
        _has(named[name], members.get(name, MISSING), definitions, depth + 1)
        for name in schema.get("required", ())
        if name in named
    )
