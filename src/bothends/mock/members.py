"""What the schema of an answer has room for: its members, the items of a list, and a value without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.records import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract.schema import Schema

_DEEPEST = 8


def _parts(schema: Any, definitions: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield a schema and those that look at the same value: behind references, in `allOf`, `oneOf` and `anyOf`."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    yield schema
    if "$ref" in schema:
        yield from _parts(definitions.get(schema["$ref"].rpartition("/")[2]), definitions, depth + 1)
    for key in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(key, ()):
            yield from _parts(part, definitions, depth + 1)


def members_in(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that a schema names, with the schema of each; one of several schemas has them as choices."""
    found: dict[str, list[Any]] = {}
    for part in _parts(schema, definitions):
        for name, each in part.get("properties", {}).items():
            found.setdefault(name, []).append(each)
    return {name: each[0] if len(each) == 1 else {"anyOf": each} for name, each in found.items()}


def items_in(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return the schema of the items of a list; True: any will do; None: it is no list."""
    parts = list(_parts(schema, definitions))
    items = next((part["items"] for part in parts if "items" in part), None)
    return items if items is not None else True if any(_is_array(part) for part in parts) else None


def _is_array(part: Mapping[str, Any]) -> bool:
    named = part.get("type")
    return named == "array" or (isinstance(named, list) and "array" in named)


def within(value: Any, schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return a value with no members but those that its schema names; where that names none, all stay."""
    if isinstance(value, dict):
        members = members_in(schema, definitions)
        if not members:
            return value
        return {name: within(value[name], each, definitions) for name, each in members.items() if name in value}
    if isinstance(value, list):
        items = items_in(schema, definitions)
        return value if items is None else [within(each, items, definitions) for each in value]
    return value


def as_list(values: Sequence[dict[str, Any]], schema: Schema) -> Any:
    """Return what a list is to have, as its schema has it: at the top, or in the one member that is a list.

    Args:
        values: What is listed.
        schema: The schema of the answer.
    """
    raw, definitions = schema.raw, schema.raw.get("$defs", {})
    if items_in(raw, definitions) is not None:
        return within(list(values), raw, definitions)
    lists = [name for name, each in members_in(raw, definitions).items() if items_in(each, definitions) is not None]
    return within({lists[0]: list(values)}, raw, definitions) if len(lists) == 1 else MISSING
