"""What the schema of an answer has room for: its members, the items of a list, and a value without the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.records import MISSING
from bothends.schemas import in_place, targets_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.schemas import Schema, Target


def members_in(schema: Any, target: Target) -> dict[str, Any]:
    """Return the members that a schema names, with the schema of each; one of several schemas has them as choices."""
    found: dict[str, list[Any]] = {}
    for part in in_place(schema, target):
        for name, each in part.get("properties", {}).items():
            found.setdefault(name, []).append(each)
    return {name: each[0] if len(each) == 1 else {"anyOf": each} for name, each in found.items()}


def items_in(schema: Any, target: Target) -> Any:
    """Return the schema of the items of a list; True: any will do; None: it is no list."""
    parts = list(in_place(schema, target))
    items = next((part["items"] for part in parts if "items" in part), None)
    return items if items is not None else True if any(_is_array(part) for part in parts) else None


def _is_array(part: Mapping[str, Any]) -> bool:
    named = part.get("type")
    return named == "array" or (isinstance(named, list) and "array" in named)


def within(value: Any, schema: Any, target: Target) -> Any:
    """Return a value with no members but those that its schema names; where that names none, all stay."""
    if isinstance(value, dict):
        members = members_in(schema, target)
        if not members:
            return value
        return {name: within(value[name], each, target) for name, each in members.items() if name in value}
    if isinstance(value, list):
        items = items_in(schema, target)
        return value if items is None else [within(each, items, target) for each in value]
    return value


def as_list(things: Sequence[tuple[dict[str, Any], dict[str, Any]]], schema: Schema) -> Any:
    """Return what a list is to have, as its schema has it: at the top, or in the one member that is a list.

    Args:
        things: Of each what is known, and what to show of it where the schema names no members.
        schema: The schema of the answer.
    """
    raw, target = schema.raw, targets_in(schema.raw)
    name, items = "", items_in(raw, target)
    if items is None:
        members = members_in(raw, target).items()
        lists = [(key, found) for key, each in members if (found := items_in(each, target)) is not None]
        if len(lists) != 1:
            return MISSING
        [(name, items)] = lists
    named = bool(members_in(items, target))
    values = [within(known, items, target) if named else shown for known, shown in things]
    return {name: values} if name else values
