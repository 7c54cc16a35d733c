"""Bundling: a schema that stands anywhere in the contract, made to stand alone.

OpenAPI lets a schema refer to any other, in any file. Validators want one JSON Schema document. So
each schema that is referred to becomes a member of `$defs`, and each `$ref` leads there. Where each
part came from is kept, so that an error in it names the file that a person can edit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bothends.contract.pointers import join, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract.references import Place

# JSON Schema 2020-12 (core, sections 10 and 11; validation, section 8): where schemas stand in a schema.
SINGLE = (
    *("additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
NAMED = ("properties", "patternProperties", "dependentSchemas")
LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
# The applicators that look at the same value again: a circle of these would never end.
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
_UNSUPPORTED = ("$dynamicRef", "$recursiveRef")
# Names that would give the bundle's parts a base URI or a name of their own, and lead `$ref` astray.
_DROPPED = frozenset({"$id", "$anchor", "$dynamicAnchor", "$schema", "$defs", "definitions"})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
DIALECTS = ("https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A schema that stands alone.

    Attributes:
        schema: JSON Schema 2020-12; every `$ref` in it leads to its own `$defs`.
        root: Where the schema came from.
        origins: Where each member of `$defs` came from.
    """

    schema: dict[str, Any]
    root: Place
    origins: Mapping[str, Place] = field(repr=False)

    def origin(self, pointer: str) -> Place:
        """Return where in the contract a part of the bundle stands: as near to it as there is something."""
        keys = split(pointer)
        place = self.root
        if keys[:1] == ["$defs"] and len(keys) > 1 and keys[1] in self.origins:
            place, keys = self.origins[keys[1]], keys[2:]
        for key in keys:
            if isinstance(place.value, dict) and key in place.value:
                place = place.child(key)
            elif isinstance(place.value, list) and key.isdigit() and int(key) < len(place.value):
                place = place.child(int(key))
            else:
                break
        return place


def subschemas(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the schemas that stand directly in a schema, each with its relative JSON pointer."""
    for key in SINGLE:
        if key in schema:
            yield join(key), schema[key]
    for key in NAMED:
        members = schema.get(key)
        if isinstance(members, dict):
            yield from ((join(key, name), member) for name, member in members.items())
    for key in LISTED:
        items = schema.get(key)
        if isinstance(items, list):
            yield from ((join(key, index), item) for index, item in enumerate(items))


def bundle(place: Place) -> Bundle:
    """Return the schema at a place as one that stands alone.

    Raises:
        ContractError: A `$ref` in it leads nowhere, or round in a circle that never ends, or a
            keyword is used that bothends does not follow.
    """
    work = _Bundling(place)
    root = work.copy(place)
    if isinstance(root, bool):
        root = {} if root else {"not": {}}
    if not isinstance(root, dict):
        raise place.error("This is no schema.", expected="a mapping, true or false")
    work.finish()
    schema = {"$schema": DIALECTS[0], **root}
    if work.definitions:
        schema["$defs"] = work.definitions
    made = Bundle(schema, place, work.origins)
    _refuse_circles(made)
    return made


class _Bundling:
    """One bundling: the definitions so far, and those that are still to be copied."""

    def __init__(self, root: Place) -> None:
        self._root = root
        self.definitions: dict[str, Any] = {}
        self.origins: dict[str, Place] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._pending: list[tuple[str, Place]] = []

    def finish(self) -> None:
        while self._pending:
            name, place = self._pending.pop(0)
            self.definitions[name] = self.copy(place)

    def copy(self, place: Place) -> Any:
        schema = place.value
        if not isinstance(schema, dict):
            return schema  # true, false, or an error that the check of the schema finds
        _refuse_what_is_not_followed(place)
        made: dict[str, Any] = {}
        for key in schema:
            if key in _DROPPED:
                continue
            value = schema[key]
            if key == "$ref":
                made[key] = self._definition(place)
            elif key in SINGLE:
                made[key] = self.copy(place.child(key))
            elif key in NAMED and isinstance(value, dict):
                members = place.child(key)
                made[key] = {name: self.copy(members.child(name)) for name in value}
            elif key in LISTED and isinstance(value, list):
                items = place.child(key)
                made[key] = [self.copy(items.child(index)) for index in range(len(value))]
            else:
                made[key] = value
        return made

    def _definition(self, place: Place) -> str:
        target = place.library.resolve(place.value["$ref"], place.child("$ref"))
        name = self._names.get(target.identity)
        if name is None:
            stem = _UNSAFE.sub("_", (split(target.pointer) or [target.document.file.stem])[-1]) or "schema"
            name, number = stem, 2
            while name in self.origins:
                name, number = f"{stem}-{number}", number + 1
            self._names[target.identity] = name
            self.origins[name] = target
            self._pending.append((name, target))
        return "#" + join("$defs", name)


def _refuse_what_is_not_followed(place: Place) -> None:
    for key in _UNSUPPORTED:
        if key in place.value:
            raise place.child(key).error(f"bothends does not follow {key}.", expected="$ref")
    dialect = place.value.get("$schema", DIALECTS[0])
    if dialect not in DIALECTS:
        raise place.child("$schema").error(f"bothends does not read {dialect}.", expected=DIALECTS[0])


def _refuse_circles(made: Bundle) -> None:
    """Refuse a schema that asks to look at the same value again and again.

    Raises:
        ContractError: There is a circle of `$ref`, `allOf` and their kin with nothing between.
    """
    definitions: dict[str, Any] = made.schema.get("$defs", {})
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            problem = f"The schema '{name}' refers to itself with nothing between: checking a value would never end."
            raise made.origins[name].error(problem)
        if name not in done:
            for target in _in_place_references(definitions[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in definitions:
        visit(name, ())


def _in_place_references(schema: Any) -> Iterator[str]:
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for key in _IN_PLACE:
        value = schema.get(key)
        for item in value if isinstance(value, list) else (value,):
            yield from _in_place_references(item)
    members = schema.get("dependentSchemas")
    for item in members.values() if isinstance(members, dict) else ():
        yield from _in_place_references(item)
