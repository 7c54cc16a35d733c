"""Bundling: a schema that stands anywhere in the contract, made to stand alone.

Theory of operation. OpenAPI lets a schema refer to any other, in any file. Validators want one JSON Schema document.
So each schema that is referred to becomes a member of `$defs`, and each `$ref` leads there. Large documents refer from
almost everywhere to almost everything: each of these members, a *part*, is copied and checked once for the whole
contract, and bundles share them. Where each part came from is kept, so that an error in it names the file that a
person can edit; what is wrong with a part is told of each bundle that needs it, and of no other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import jsonschema_rs

from bothends.errors import ContractError
from bothends.records import join, split
from bothends.schemas.openapi_30 import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.documents import Place

# JSON Schema 2020-12 (core, sections 10 and 11; validation, section 8): where schemas stand in a schema.
SINGLE = (
    *("additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames"),
    *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
NAMED = ("properties", "patternProperties", "dependentSchemas")
LISTED = ("allOf", "anyOf", "oneOf", "prefixItems")
_HOLDERS = {**dict.fromkeys(SINGLE, "single"), **dict.fromkeys(NAMED, "named"), **dict.fromkeys(LISTED, "listed")}
# The applicators that look at the same value again: a circle of these would never end.
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
_UNSUPPORTED = ("$dynamicRef", "$recursiveRef")
# Names that would give the bundle's parts a base URI or a name of their own, and lead `$ref` astray.
_DROPPED = frozenset({"$id", "$anchor", "$dynamicAnchor", "$schema", "$defs", "definitions"})
_NOTES: dict[str, type] = {"examples": list, "title": str, "description": str, "deprecated": bool}
"""Annotations, and their types: one of another type is no schema's fault, as no value depends on it."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
DIALECTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://spec.openapis.org/oas/3.1/dialect/base",
    "https://spec.openapis.org/oas/3.2/dialect/2025-09-17",
)
_LONGEST_MESSAGE = 300
_LONGEST_END = 100
"""Characters of the end of a message that is cut."""

Direction = Literal["request", "answer", ""]
"""Which way the values of a schema go; empty: it is not said, or the callback's own.

What only the other way has is not required: `readOnly` in a `request`, `writeOnly` in an `answer`.
"""


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


def directly_in(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the schemas that stand directly in a schema."""
    for key in SINGLE:
        if key in schema:
            yield schema[key]
    for key in NAMED:
        members = schema.get(key)
        if isinstance(members, dict):
            yield from members.values()
    for key in LISTED:
        items = schema.get(key)
        if isinstance(items, list):
            yield from items


@dataclass(frozen=True, slots=True)
class Bundle:
    """A schema that stands alone.

    Attributes:
        root: Where the schema came from.
        top: The schema, without the parts that it refers to.
        references: The names of the parts that it refers to directly.
        parts: The parts of the contract, those that it needs among them.
    """

    root: Place
    top: dict[str, Any] = field(repr=False)
    references: tuple[str, ...] = field(repr=False)
    parts: Parts = field(repr=False)

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12; every `$ref` in it leads to its own `$defs`."""
        schema = {"$schema": DIALECTS[0], **self.top}
        definitions = {name: self.parts.definitions[name] for name in self.parts.needed(self.references)}
        return schema | {"$defs": definitions} if definitions else schema

    def origin(self, pointer: str) -> Place:
        """Return where in the contract a part of the bundle stands: as near to it as there is something."""
        keys = split(pointer)
        if keys[:1] == ["$defs"] and len(keys) > 1 and keys[1] in self.parts.origins:
            return _nearest(self.parts.origins[keys[1]], keys[2:])
        return _nearest(self.root, keys)


def bundle(place: Place) -> Bundle:
    """Return the schema at a place as one that stands alone.

    Raises:
        ContractError: It is no JSON Schema; a `$ref` in it leads nowhere, or round in a circle that never ends; or a
            keyword is used that bothends does not follow.
    """
    return Parts().bundle(place)


class Parts:
    """The schemas of a contract that others refer to, each copied and checked once.

    Attributes:
        definitions: Each part by its name.
        origins: Where each came from.
        extensions: All keywords that begin with `x-`, of any schema so far.
    """

    def __init__(self, direction: Direction = "") -> None:
        """Begin with none."""
        self.definitions: dict[str, Any] = {}
        self.origins: dict[str, Place] = {}
        self.extensions: set[str] = set()
        self._one_way = {"request": "readOnly", "answer": "writeOnly"}.get(direction, "")
        self._names: dict[tuple[str, str], str] = {}
        self._targets: dict[tuple[str, str], str] = {}
        self._references: dict[str, tuple[str, ...]] = {}
        self._pending: list[str] = []
        self._wrong: dict[str, ContractError] = {}
        self._without_circle: set[str] = set()
        self._patterns: set[str] = set()

    def bundle(self, place: Place) -> Bundle:
        """Return the schema at a place as one that stands alone.

        Raises:
            ContractError: As for the function `bundle`.
        """
        top, references = self._copied(place)
        self._finish()
        for name in self.needed(references) if self._wrong else ():
            if name in self._wrong:
                raise self._wrong[name]
        return Bundle(place, top, references, self)

    def needed(self, references: Iterable[str]) -> list[str]:
        """Return the names of the parts that some parts need, themselves too, in the order in which they are met."""
        found = dict.fromkeys(references)
        pending = list(found)
        for name in pending:
            fresh = [each for each in self._references[name] if each not in found]
            found.update(dict.fromkeys(fresh))
            pending += fresh
        return list(found)

    def _finish(self) -> None:
        """Copy and check each part that was met and is not there yet."""
        fresh: list[str] = []
        while self._pending:
            name = self._pending.pop(0)
            fresh.append(name)
            try:
                self.definitions[name], self._references[name] = self._copied(self.origins[name])
            except ContractError as error:
                self.definitions[name], self._references[name], self._wrong[name] = {}, (), error
        for name in fresh:
            self._refuse_circle(name, ())

    def _copied(self, place: Place) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return a checked copy of one schema, and the names of the parts that it refers to."""
        copying = _Copying(self, place)
        made = copying.copy(place.value)
        if isinstance(made, bool):
            made = {} if made else {"not": {}}
        if not isinstance(made, dict):
            raise place.error("This is not a schema.", expected="a mapping, true or false")
        try:
            jsonschema_rs.meta.validate({"$schema": DIALECTS[0], **made})
        except jsonschema_rs.ValidationError as error:
            raise _no_schema(place, error) from error
        for pattern, keys in copying.patterns:
            self._check_pattern(pattern, place, keys)
        return made, tuple(copying.references)

    def _check_pattern(self, pattern: str, place: Place, keys: tuple[str | int, ...]) -> None:
        if pattern in self._patterns:
            return
        try:
            jsonschema_rs.validator_for({"pattern": pattern}, offline=True)
        except jsonschema_rs.ValidationError as error:
            raise _no_schema(_nearest(place, keys), error) from error
        self._patterns.add(pattern)

    def name_of(self, reference: str, place: Place) -> str:
        """Return the name of the part that a `$ref` leads to, which stands at a place.

        Raises:
            ContractError: It leads nowhere.
        """
        key = (str(place.document.file), reference)
        name = self._targets.get(key)
        if name is None:
            name = self._targets[key] = self._take(place.library.resolve(reference, place))
        return name

    def _take(self, target: Place) -> str:
        name = self._names.get(target.identity)
        if name is None:
            stem = _UNSAFE.sub("_", (split(target.pointer) or [target.document.file.stem])[-1]) or "schema"
            name, number = stem, 2
            while name in self.origins:
                name, number = f"{stem}-{number}", number + 1
            self._names[target.identity] = name
            self.origins[name] = target
            self._pending.append(name)
        return name

    def _refuse_circle(self, name: str, trail: tuple[str, ...]) -> None:
        """Note where validation would check the same value without end: `$ref`, `allOf` and their kin in a circle."""
        if name in trail:
            problem = f"The schema '{name}' refers to itself directly, so validation would never end."
            self._wrong.setdefault(name, self.origins[name].error(problem))
        elif name not in self._without_circle:
            for target in _in_place_references(self.definitions[name]):
                self._refuse_circle(target, (*trail, name))
            self._without_circle.add(name)

    def required(self, schema: Mapping[str, Any], place: Place) -> Any:
        """Return what is required of an object, each once, without what never goes in this direction."""
        names, members = schema["required"], schema.get("properties")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return names
        one_way = members if self._one_way and isinstance(members, dict) else {}
        return [name for name in dict.fromkeys(names) if not self._is_one_way(one_way.get(name), place)]

    def _is_one_way(self, member: Any, place: Place) -> bool:
        if not isinstance(member, dict):
            return False
        if "$ref" in member and self._one_way not in member:
            member = place.library.resolve(member["$ref"], place).value
        return isinstance(member, dict) and member.get(self._one_way) is True


class _Copying:
    """One copying of one schema: the way to what is being copied, and the parts that it refers to."""

    def __init__(self, parts: Parts, place: Place) -> None:
        self._parts = parts
        self._place = place
        self._old = place.library.is_openapi_30
        self._way: list[str | int] = []
        self.references: dict[str, None] = {}
        self.patterns: list[tuple[str, tuple[str | int, ...]]] = []

    def copy(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema  # true, false, or an error that the check of the schema finds
        if self._old:
            schema = rewritten(schema)
        self._refuse_what_is_not_followed(schema)
        made = {
            key: self._value(key, value)
            for key, value in schema.items()
            if not (key in _DROPPED or (key in _NOTES and not isinstance(value, _NOTES[key])))
        }
        if "required" in made:
            made["required"] = self._parts.required(schema, self._here())
        return made

    def _value(self, key: str, value: Any) -> Any:
        """Return a copy of what stands under a keyword."""
        holder = _HOLDERS.get(key)
        if holder is None:
            return self._definition(value) if key == "$ref" else self._noted(key, value)
        if key == "patternProperties" and isinstance(value, dict):
            self.patterns += ((name, (*self._way, key, name)) for name in value)
        if holder == "named" and isinstance(value, dict):
            return {name: self._inside(member, key, name) for name, member in value.items()}
        if holder == "listed" and isinstance(value, list):
            return [self._inside(item, key, index) for index, item in enumerate(value)]
        return self._inside(value, key) if holder == "single" else value

    def _noted(self, key: str, value: Any) -> Any:
        """Return a value that no schema stands in, after a note of what is to be looked at."""
        if key.startswith("x-"):
            self._parts.extensions.add(key)
        elif key == "pattern" and isinstance(value, str):
            self.patterns.append((value, (*self._way, key)))
        return value

    def _inside(self, schema: Any, *keys: str | int) -> Any:
        self._way.extend(keys)
        made = self.copy(schema)
        del self._way[-len(keys) :]
        return made

    def _definition(self, reference: Any) -> str:
        place = self._here("$ref")
        if not isinstance(reference, str):
            raise place.error("This $ref is not a string.", expected="a URI reference, such as #/components/schemas/X")
        name = self._parts.name_of(reference, place)
        self.references[name] = None
        return "#" + join("$defs", name)

    def _here(self, *keys: str | int) -> Place:
        return _nearest(self._place, [*self._way, *keys])

    def _refuse_what_is_not_followed(self, schema: Mapping[str, Any]) -> None:
        for key in _UNSUPPORTED:
            if key in schema:
                raise self._here(key).error(f"bothends does not support {key}.", expected="$ref")
        dialect = schema.get("$schema", DIALECTS[0])
        if dialect not in DIALECTS:
            raise self._here("$schema").error(
                f"bothends does not support the JSON Schema dialect {dialect}.", expected=DIALECTS[0]
            )


def _nearest(place: Place, keys: Iterable[str | int]) -> Place:
    """Return what stands below a place, as far down as there is something."""
    for key in keys:
        if isinstance(place.value, dict) and key in place.value:
            place = place.child(key)
        elif isinstance(place.value, list) and str(key).isdigit() and int(key) < len(place.value):
            place = place.child(int(key))
        else:
            break
    return place


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


def _no_schema(place: Place, error: jsonschema_rs.ValidationError) -> ContractError:
    """Return the error of what is no JSON Schema."""
    error = to_the_point(error)[0]
    where = _nearest(place, map(str, error.instance_path))
    return where.error(f"This is not a valid JSON Schema: {short(error.message)}.", expected="JSON Schema 2020-12")


def to_the_point(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
    """Return what is wrong with a value that fits none of several schemas.

    Where only one of them is for values of its type, that one was meant, and its errors say more than
    that none fits. This schema's errors may be of the same kind.
    """
    if error.kind.name not in ("oneOf", "anyOf") or not hasattr(error.kind, "context"):
        return [error]
    here = error.instance_path
    meant = [
        branch
        for branch in error.kind.context
        if branch and not any(each.kind.name == "type" and each.instance_path == here for each in branch)
    ]
    return [each for inner in meant[0] for each in to_the_point(inner)] if len(meant) == 1 else [error]


def short(message: str) -> str:
    """Return a message that may quote a large value, cut in the middle: what is wrong stands at its end."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return f"{message[: _LONGEST_MESSAGE - _LONGEST_END]} … {message[-_LONGEST_END:]}"
