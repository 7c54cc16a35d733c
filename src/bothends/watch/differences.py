"""Which operations of a contract a change touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from bothends.errors import Location
from bothends.schemas import Schema

if TYPE_CHECKING:
    from bothends.contract import Contract


def touched(before: Contract, after: Contract) -> tuple[str, ...]:
    """Return the operations that are new or mean something else, wherever their lines are, in the document's order."""
    known = {operation.id: operation for operation in before.operations}
    return tuple(o.id for o in after.operations if o.id not in known or not same(known[o.id], o))


def same(one: Any, other: Any) -> bool:
    """Return whether two parts of contracts mean the same; where that can't be told, they do not.

    Args:
        one: A part of a contract, or a value in it.
        other: Another one.
    """
    if one is other or isinstance(one, Location):
        return True  # where it stands says nothing of what it means
    if type(one) is not type(other):
        return False
    if isinstance(one, Schema):
        return bool(one.raw == other.raw)
    if "__reduce__" in type(one).__dict__:  # what it is made from
        return same(one.__reduce__(), other.__reduce__())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return _same_members(one, other)


def _same_members(one: Any, other: Any) -> bool:
    """Return whether two records or mappings of one type have the same in them, or any other two values are equal."""
    if is_dataclass(one):
        names = (each.name for each in fields(one) if each.compare)
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)
