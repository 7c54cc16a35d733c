"""A JSON Schema of the contract, ready to check values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.records import MISSING, json_equal
from bothends.records.pointers import join, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract.documents import Place
    from bothends.errors import ContractError


# Bundling: a schema that stands anywhere in the contract, made to stand alone.
#
# OpenAPI lets a schema refer to any other, in any file. Validators want one JSON Schema document. So
# each schema that is referred to becomes a member of `$defs`, and each `$ref` leads there. Where each
# part came from is kept, so that an error in it names the file that a person can edit.

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
        raise place.error("This is not a schema.", expected="a mapping, true or false")
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
            raise place.child(key).error(f"bothends does not support {key}.", expected="$ref")
    dialect = place.value.get("$schema", DIALECTS[0])
    if dialect not in DIALECTS:
        raise place.child("$schema").error(
            f"bothends does not support the JSON Schema dialect {dialect}.", expected=DIALECTS[0]
        )


def _refuse_circles(made: Bundle) -> None:
    """Refuse a schema whose validation would check the same value without end.

    Raises:
        ContractError: There is a circle of `$ref`, `allOf` and their kin with nothing between.
    """
    definitions: dict[str, Any] = made.schema.get("$defs", {})
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        if name in trail:
            problem = f"The schema '{name}' refers to itself directly, so validation would never end."
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


_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class SchemaError:
    """What is wrong with a value.

    Attributes:
        pointer: JSON pointer to what is wrong, in the value.
        message: What is wrong, in one sentence without a full stop.
        schema_pointer: JSON pointer to the keyword that says so, in the bundled schema.
    """

    pointer: str
    message: str
    schema_pointer: str


class Schema:
    """A JSON Schema (2020-12) that stands alone, compiled when it is first asked.

    `format` is an annotation and is not checked, as 2020-12 says of it unless a dialect asks for more
    (validation, section 7.2.1). `is_valid_with_formats` tells what a stricter reader would say.
    Numbers are JSON's: 1.0 equals 1, and is an integer.

    A contract may have it that `format` is asserted: then both say so.

    Attributes:
        raw: The schema; every `$ref` in it leads to its own `$defs`.
        pointer: Where in the contract it stands: JSON pointer in its file.
        has_formats: Whether `format` is used anywhere in it.
    """

    __slots__ = ("_formats", "_strict", "_validator", "has_formats", "pointer", "raw")

    def __init__(self, raw: dict[str, Any], pointer: str = "", *, formats: bool = False) -> None:
        """Take a schema that stands alone.

        Args:
            raw: The schema, its references leading to its own `$defs`.
            pointer: Where in the contract it stands.
            formats: Whether `format` is asserted.
        """
        self._formats = formats
        self.raw = raw
        self.pointer = pointer
        self.has_formats = any("format" in schema for _, schema in walk(raw))
        self._validator: Any = None
        self._strict: Any = None

    def __repr__(self) -> str:
        """Say where it stands."""
        return f"Schema({self.pointer!r})"

    def __reduce__(self) -> tuple[partial[Schema], tuple[dict[str, Any], str]]:
        """Leave the compiled validators behind when it is sent to another process."""
        return partial(Schema, formats=self._formats), (self.raw, self.pointer)

    def like(self, raw: dict[str, Any]) -> Schema:
        """Return another schema of the same place, and as strict."""
        return Schema(raw, self.pointer, formats=self._formats)

    def compile(self) -> None:
        """Compile it now.

        Raises:
            ValueError: It is no schema: a pattern is no regular expression, or the like.
        """
        if self._validator is None:
            self._validator = jsonschema_rs.validator_for(self.raw, validate_formats=self._formats, offline=True)

    def is_valid(self, value: Any) -> bool:
        """Return whether a JSON value is what the schema asks for."""
        self.compile()
        return bool(_on_storable(self._validator.is_valid, value))

    def is_valid_with_formats(self, value: Any) -> bool:
        """Return what `is_valid` would, did it check `format` too."""
        if not self.has_formats:
            return self.is_valid(value)
        if self._strict is None:
            self._strict = jsonschema_rs.validator_for(self.raw, validate_formats=True, offline=True)
        return bool(_on_storable(self._strict.is_valid, value))

    def errors(self, value: Any) -> list[SchemaError]:
        """Return what is wrong with a JSON value; empty when nothing is."""
        if self.is_valid(value):
            return []
        try:
            outer = list(_on_storable(self._validator.iter_errors, value))
        except ValueError:  # jsonschema-rs tells of no value that is more than 255 levels deep
            return [SchemaError("", "the value does not match its schema, and is nested too deeply for details", "")]
        return [
            SchemaError(join(*error.instance_path), _short(error.message), join(*error.schema_path))
            for each in outer
            for error in _to_the_point(each)
        ]


class SchemaShelf:
    """The schemas of a contract: each place is bundled, checked and compiled once."""

    def __init__(self, *, formats: bool = False) -> None:
        """Begin with no schema.

        Args:
            formats: Whether `format` is asserted in all of them.
        """
        self._formats = formats
        self._schemas: dict[tuple[str, str], tuple[Schema, Bundle]] = {}

    def take(self, place: Place) -> Schema:
        """Return the schema at a place.

        Raises:
            ContractError: It is no JSON Schema, or a reference in it leads nowhere.
        """
        return self.take_bundle(place)[0]

    def take_bundle(self, place: Place) -> tuple[Schema, Bundle]:
        """Return the schema at a place, and its bundle, which knows where each part came from."""
        known = self._schemas.get(place.identity)
        if known is None:
            made = bundle(place)
            schema = Schema(made.schema, place.pointer, formats=self._formats)
            try:
                jsonschema_rs.meta.validate(made.schema)
                schema.compile()
            except jsonschema_rs.ValidationError as error:
                raise _no_schema(made, error) from error
            known = self._schemas[place.identity] = (schema, made)
        return known


def walk(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield all schemas in one that stands alone, itself and its `$defs` too, each with its JSON pointer."""
    pending: list[tuple[str, Any]] = [("", schema)]
    pending.extend((join("$defs", name), item) for name, item in schema.get("$defs", {}).items())
    while pending:
        pointer, item = pending.pop()
        if isinstance(item, dict):
            yield pointer, item
            pending.extend((pointer + relative, child) for relative, child in subschemas(item))


def _no_schema(made: Bundle, error: jsonschema_rs.ValidationError) -> ContractError:
    error = _to_the_point(error)[0]
    place = made.origin(join(*error.instance_path))
    return place.error(f"This is not a valid JSON Schema: {_short(error.message)}.", expected="JSON Schema 2020-12")


def _to_the_point(error: jsonschema_rs.ValidationError) -> list[jsonschema_rs.ValidationError]:
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
    return [each for inner in meant[0] for each in _to_the_point(inner)] if len(meant) == 1 else [error]


def _short(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + " …"


def _on_storable(check: Callable[[Any], Any], value: Any) -> Any:
    """Return what a check says of a value.

    Where the value holds half of a surrogate pair, which Rust's strings can't, U+FFFD takes its place:
    one character for one.
    """
    try:
        return check(value)
    except UnicodeEncodeError:
        text = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
        return check(json.loads(text.decode("utf-16-le", "replace")))


# Whether a value has the constants of a schema: what tells the events of one callback from those of another.
#
# Only constants count (`const`, an `enum` of one value, of properties that are required): a value that lacks something
# else is a wrong event of that callback, and not another callback's.

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


# The text of a parameter, and the values that it may stand for.

_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def fits_schema(schema: Schema | None, text: str, *, formats: bool = False) -> bool:
    """Return whether the text of a parameter, or the value that it stands for, is what its schema asks for.

    Args:
        schema: The parameter's; None: anything.
        text: As it stands in the request.
        formats: Whether `format` is checked too.
    """
    if schema is None:
        return True
    is_valid = schema.is_valid_with_formats if formats else schema.is_valid
    return any(is_valid(value) for value in _readings(text))


def _readings(text: str) -> Iterator[Any]:
    yield text
    if _INTEGER.fullmatch(text):
        yield int(text)
    if _NUMBER.fullmatch(text):
        yield float(text)
    if text in ("true", "false"):
        yield text == "true"
