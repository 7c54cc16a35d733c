"""What a schema says of a place in its values, and whether there may be another value in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.records import join
from bothends.schemas.flatten import CHOICES, certain, located, targets_in
from bothends.schemas.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bothends.schemas.schema import Schema

_MANY = frozenset({"string", "integer", "number"})
_FEW = ("const", "enum")
ANY = "*"
"""Stands in a pointer for each item of a list, and for each member of a map whose schema is one for all names."""


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


# What a schema says of each place of one value, and where it says so.


@dataclass(frozen=True, slots=True)
class Described:
    """A place in a value, and what a schema says of what stands there.

    Attributes:
        keys: The way to it: names of members, and numbers of items.
        pointer: JSON pointer to it; `*` stands for each item of a list, and for a name that the schema does not choose.
        value: What stands there.
        parts: All that holds of it, each with its JSON pointer in the schema; none: nothing is said of it.
        holder: What holds it; None: it is the whole value.
    """

    keys: tuple[str, ...]
    pointer: str
    value: Any
    parts: tuple[tuple[str, dict[str, Any]], ...]
    holder: Described | None = None

    def says(self, keyword: str) -> Iterator[Any]:
        """Yield what is said under a keyword."""
        return (part[keyword] for _, part in self.parts if keyword in part)


class Descriptions:
    """Says what one schema says of its values."""

    def __init__(self, schema: Schema) -> None:
        """Take the schema."""
        self._schema = schema
        self._target = targets_in(schema.raw)
        self._branches: dict[int, Schema] = {}

    def places(self, value: Any) -> Iterator[Described]:
        """Yield each place of a value, itself first; of a list, the first item stands for all."""
        pending = [Described((), "", value, self._parts([("", self._schema.raw)], value))]
        while pending:
            place = pending.pop()
            yield place
            pending.extend(reversed(list(self._inside(place))))

    def _inside(self, place: Described) -> Iterator[Described]:
        value = place.value
        keys: Iterable[str] = value if isinstance(value, dict) else ("0",) if isinstance(value, list) and value else ()
        for key in keys:
            inner = value[key] if isinstance(value, dict) else value[0]
            found, named = self._members(place, key) if isinstance(value, dict) else (self._first(place), False)
            parts = self._parts(found, inner)
            is_chosen = named or (isinstance(value, dict) and not found)
            yield Described((*place.keys, key), place.pointer + join(key if is_chosen else ANY), inner, parts, place)

    def _members(self, place: Described, key: str) -> tuple[list[tuple[str, Any]], bool]:
        """Return what is said of a member, and whether the schema has its name."""
        found: list[tuple[str, Any]] = []
        named = False
        for pointer, part in place.parts:
            patterns = [one for one in part.get("patternProperties", {}) if matches(one, key)]
            found += [(pointer + join("patternProperties", one), part["patternProperties"][one]) for one in patterns]
            if key in part.get("properties", {}):
                named = True
                found.append((pointer + join("properties", key), part["properties"][key]))
            elif not patterns and isinstance(part.get("additionalProperties"), dict):
                found.append((pointer + join("additionalProperties"), part["additionalProperties"]))
        return found, named

    @staticmethod
    def _first(place: Described) -> list[tuple[str, Any]]:
        """Return what is said of the first item of a list."""
        found: list[tuple[str, Any]] = []
        for pointer, part in place.parts:
            if part.get("prefixItems"):
                found.append((pointer + join("prefixItems", 0), part["prefixItems"][0]))
            elif "items" in part:
                found.append((pointer + join("items"), part["items"]))
        return found

    def _parts(self, found: list[tuple[str, Any]], value: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
        """Return some schemas and all that look at the same value: of choices, the branches that it fits."""
        parts: dict[str, dict[str, Any]] = {}
        pending = found[::-1]
        while pending:
            pointer, part = pending.pop()
            if not isinstance(part, dict) or pointer in parts:
                continue
            parts[pointer] = part
            onward = list(located(part, pointer, self._target))
            for keyword in CHOICES:
                branches = enumerate(part.get(keyword, ()))
                onward += [(pointer + join(keyword, at), one) for at, one in branches if self._fits(one, value)]
            pending += reversed(onward)
        return tuple(parts.items())

    def _fits(self, branch: Any, value: Any) -> bool:
        if not isinstance(branch, dict):
            return bool(branch)
        made = self._branches.get(id(branch))
        if made is None:
            definitions = self._schema.raw.get("$defs", {})
            made = self._branches[id(branch)] = self._schema.like({**branch, "$defs": definitions})
        return made.is_valid(value)
