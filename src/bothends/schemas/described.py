"""What a schema surely says of a place in its values, and whether there may be another value in each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.schemas.flatten import certain, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MANY = frozenset({"string", "integer", "number"})
_FEW = ("const", "enum")


def described_at(raw: Any, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Return all that surely holds of what stands at a place of each value; empty: nothing is said of it.

    Args:
        raw: A schema that stands alone.
        keys: The way to the place: names of members, and numbers of items.
    """
    target = targets_in(raw)
    parts = list(certain(raw, target))
    for key in keys:
        held = [part["properties"][key] for part in parts if key in part.get("properties", {})]
        held += [part["items"] for part in parts if key.isdecimal() and "items" in part]
        parts = [one for each in held for one in certain(each, target)]
    return parts


def may_differ(parts: Iterable[dict[str, Any]]) -> bool:
    """Return whether a place of such parts may differ each time: a text or a number, and none of a few."""
    return not any(
        any(word in part for word in _FEW) or ("type" in part and _MANY.isdisjoint(_types(part))) for part in parts
    )


def _types(part: dict[str, Any]) -> list[str]:
    types = part["type"]
    return types if isinstance(types, list) else [types]
