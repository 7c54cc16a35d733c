"""A JSON Schema of the contract, ready to check values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.records import MISSING, join, json_equal, resolve
from bothends.schemas.bundles import Parts, short, subschemas, to_the_point
from bothends.schemas.flatten import certain, choices, same, targets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from bothends.documents import Place
    from bothends.schemas.bundles import Bundle, Direction
    from bothends.schemas.flatten import Target


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

    def mistake(self, value: Any) -> str:
        """Return what it has in common with the same mistake in another place of a value; empty: nothing is known."""
        if self.schema_pointer.rpartition("/")[2] != "type":
            return ""
        return f"{_kind(resolve(value, self.pointer))} where another type is declared"


def _kind(value: Any) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


_URLS = ("uri", "iri")
"""Formats of absolute URLs (JSON Schema 2020-12, validation, section 7.3.5)."""


def _is_of_the_web(text: str) -> bool:
    return text.partition(":")[0].lower() in {"http", "https"}


class Schema:
    """A JSON Schema (2020-12) that stands alone, compiled when it is first asked.

    `format` is an annotation and is not checked, as 2020-12 says of it unless a dialect asks for more
    (validation, section 7.2.1). `is_valid_with_formats` tells what a stricter reader would say.
    Numbers are JSON's: 1.0 equals 1, and is an integer.

    A contract may have it that `format` is asserted: then both say so.

    Attributes:
        pointer: Where in the contract it stands: JSON pointer in its file.
    """

    __slots__ = ("_formats", "_named", "_of_the_web", "_raw", "_strict", "_validator", "pointer")

    def __init__(
        self, raw: dict[str, Any] | Callable[[], dict[str, Any]], pointer: str = "", *, formats: bool = False
    ) -> None:
        """Take a schema, its references leading to its own `$defs`; or what puts it together when it is asked for."""
        self._formats = formats
        self._raw = raw
        self.pointer = pointer
        self._named: frozenset[str] | None = None
        self._validator: Any = None
        self._strict: Any = None
        self._of_the_web: Any = None

    @property
    def raw(self) -> dict[str, Any]:
        """The schema; every `$ref` in it leads to its own `$defs`."""
        if not isinstance(self._raw, dict):
            self._raw = self._raw()
        return self._raw

    @property
    def has_formats(self) -> bool:
        """Whether `format` is used anywhere in it."""
        return bool(self._formats_named)

    @property
    def _formats_named(self) -> frozenset[str]:
        if self._named is None:
            self._named = frozenset(str(schema["format"]) for _, schema in walk(self.raw) if "format" in schema)
        return self._named

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
        """Compile it now; what is no schema, as a pattern is no regular expression, is a `ValueError`."""
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

    def is_of_the_web(self, value: Any) -> bool:
        """Return whether each URL that a valid value must have is one that a server may call: of `http` or `https`."""
        if self._formats_named.isdisjoint(_URLS):
            return True
        if self._of_the_web is None:
            checks = dict.fromkeys(_URLS, _is_of_the_web)
            self._of_the_web = jsonschema_rs.validator_for(
                self.raw, validate_formats=True, ignore_unknown_formats=True, formats=checks, offline=True
            )
        return bool(_on_storable(self._of_the_web.is_valid, value))

    def errors(self, value: Any) -> list[SchemaError]:
        """Return what is wrong with a JSON value; empty when nothing is."""
        if self.is_valid(value):
            return []
        try:
            outer = list(_on_storable(self._validator.iter_errors, value))
        except ValueError:  # jsonschema-rs tells of no value that is more than 255 levels deep
            return [SchemaError("", "the value does not match its schema, and is nested too deeply for details", "")]
        return [
            SchemaError(join(*error.instance_path), short(error.message), join(*error.schema_path))
            for each in outer
            for error in to_the_point(each)
        ]


class SchemaShelf:
    """The schemas of a contract: each place is bundled and checked once."""

    def __init__(self, *, formats: bool = False, check: Callable[[Bundle], None] | None = None) -> None:
        """Take what raises an error for a schema that can't be used; those of answers, it is not asked about."""
        self._formats = formats
        self._check = check
        self._parts: dict[str, Parts] = {}
        self._schemas: dict[tuple[str, str, str], tuple[Schema, Bundle]] = {}

    def extensions(self, direction: Direction = "") -> AbstractSet[str]:
        """Return the keywords that begin with `x-`, of all schemas so far whose values go that way."""
        return self._parts[direction].extensions if direction in self._parts else frozenset()

    def take(self, place: Place, direction: Direction = "") -> Schema:
        """Return the schema at a place, or raise a `ContractError`; see `bundle`."""
        return self.take_bundle(place, direction)[0]

    def take_bundle(self, place: Place, direction: Direction = "") -> tuple[Schema, Bundle]:
        """Return the schema at a place, and its bundle, which knows where each part came from."""
        key = (*place.identity, direction)
        known = self._schemas.get(key)
        if known is None:
            parts = self._parts.get(direction) or self._parts.setdefault(direction, Parts(direction))
            made = parts.bundle(place)
            if self._check is not None and direction != "answer":
                self._check(made)
            schema = Schema(lambda: made.schema, place.pointer, formats=self._formats)
            known = self._schemas[key] = (schema, made)
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
    """Return whether a value has all constants that a schema asks for."""
    return _has(schema.raw, value, targets_in(schema.raw), 0)


def has_own_constants(schema: Schema, value: Any) -> bool:
    """Return whether a value has the constants that a schema asks for, and it asks for some."""
    return has_constants(schema, value) and not has_constants(schema, {})


def _has(schema: Any, value: Any, target: Target, depth: int, required: frozenset[str] = frozenset()) -> bool:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema is not False
    # A member is often required by one part of an `allOf`, and has its constant in another.
    required = required.union(*(each.get("required", ()) for each in certain(schema, target)))

    def has(part: Any) -> bool:
        return _has(part, value, target, depth + 1, required)

    constants = [schema["const"]] if "const" in schema else schema.get("enum", ())
    if len(constants) == 1 and (value is MISSING or not json_equal(constants[0], value)):
        return False
    return (
        all(has(part) for part in same(schema, target))
        and all(any(has(branch) for branch in branches) for branches in choices(schema))
        and _has_inside(schema, value, target, depth, required)
    )


def _has_inside(schema: Mapping[str, Any], value: Any, target: Target, depth: int, required: frozenset[str]) -> bool:
    types = schema.get("type", ())
    names = {types} if isinstance(types, str) else set(types)
    if isinstance(value, list):
        items = schema.get("items", True)
        return (not names or "array" in names) and all(_has(items, each, target, depth + 1) for each in value)
    if isinstance(value, dict) and names and "object" not in names:
        return False
    members = value if isinstance(value, dict) else {}
    named = schema.get("properties", {})
    return all(
        _has(part, members.get(name, MISSING), target, depth + 1) for name, part in named.items() if name in required
    )


# The text of a parameter, and the values that it may stand for.

_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def fits_schema(schema: Schema | None, text: str, *, formats: bool = False) -> bool:
    """Return whether the text of a parameter, or the value that it stands for, is what its schema asks for, if any."""
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
