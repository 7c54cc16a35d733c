"""A JSON Schema of the contract, ready to check values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.contract.bundle import Bundle, bundle, subschemas
from bothends.contract.pointers import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.contract.references import Place
    from bothends.errors import ContractError

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
            return [SchemaError("", "the value is not what the schema asks for, and is too deep to say more", "")]
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
    return place.error(f"This is no JSON Schema: {_short(error.message)}.", expected="JSON Schema 2020-12")


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
