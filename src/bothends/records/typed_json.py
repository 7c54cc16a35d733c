"""Records as JSON values by their types, and back: what one process writes, another one reads and checks.

A `Coder` knows one type: it writes a value, gives the JSON Schema of what it writes, and reads it. What is read has
been held to the schema before. Dataclasses are objects, named tuples and tuples are arrays; sets are arrays in order;
what has keys is an array of pairs, as a key need not be a text; bytes are base64. `Any` is a JSON value.

What is written is hidden first: each text goes through a `Hider`, which takes secrets out.
"""

from __future__ import annotations

import base64
import collections.abc
import sys
import types
import typing
from collections import Counter, OrderedDict
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, Protocol, Union

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

_TAG = "is"
"""The member that says which dataclass of several an object is."""
_LARGEST = sys.float_info.max
"""JSON has no infinity."""


class Hider(Protocol):
    """Takes secrets out of what is written."""

    def text(self, text: str, /) -> str:
        """Return a text without secrets."""
        ...

    def headers(self, headers: Sequence[tuple[str, str]], /) -> list[tuple[str, str]]:
        """Return headers without the values of credentials."""
        ...

    def value(self, value: Any, /) -> Any:
        """Return a JSON value without secrets, that can be written as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Coder:
    """Writes and reads the values of one type.

    Attributes:
        write: Returns a value as JSON, without secrets.
        read: Returns the value that `write` wrote; what it is given has been held to the schema.
        schema: The JSON Schema of what `write` returns; definitions that it refers to are the `Coders`'.
    """

    write: Callable[[Any, Hider], Any]
    read: Callable[[Any], Any]
    schema: dict[str, Any]


class Coders:
    """The coders of all types that are asked for.

    Attributes:
        definitions: The schemas of dataclasses, by their names: the `$defs` of a schema.
    """

    def __init__(
        self,
        names: Mapping[str, Any] = types.MappingProxyType({}),
        *,
        special: Mapping[tuple[type, str], Coder | type] | None = None,
        plain: Collection[tuple[type, str]] = (),
        left_out: Mapping[type, frozenset[str]] | None = None,
        checks: Mapping[type, Callable[[Any], None]] | None = None,
    ) -> None:
        """Take what types are read by.

        Args:
            names: What the names in annotations stand for, where their modules do not have them when they run.
            special: The coder, or another type, of single fields.
            plain: Fields that are written as they are: names that something is found by, which no secret can be.
            left_out: Fields that are not written, and have their defaults when they are read.
            checks: Called with each object of a dataclass that is read; they raise `ValueError`.
        """
        self._names = {"Mapping": collections.abc.Mapping, "Any": Any, "date": date, **names}
        self._special = special or {}
        self._plain = frozenset(plain)
        self._left_out = left_out or {}
        self._checks = checks or {}
        self._known: dict[type, Coder] = {}
        self.definitions: dict[str, dict[str, Any]] = {}

    def of(self, kind: Any) -> Coder:
        """Return the coder of a type.

        Raises:
            TypeError: There is none.
        """
        plain = _PLAIN.get(kind) if isinstance(kind, type) or kind in {None, Any} else None
        if plain is not None:
            return plain
        if not isinstance(kind, type):
            return self._generic(kind, typing.get_origin(kind), typing.get_args(kind))
        if issubclass(kind, Enum):
            return Coder(lambda value, _: value.value, kind, {"enum": [member.value for member in kind]})
        if is_dataclass(kind):
            return self._dataclass(kind)
        if issubclass(kind, tuple):
            return self._named_tuple(kind)
        raise TypeError(f"no coder for {kind!r}")

    def _generic(self, kind: Any, origin: Any, arguments: tuple[Any, ...]) -> Coder:
        if origin is Literal:
            return Coder(_as_it_is, _read_as_it_is, {"enum": list(arguments)})
        if origin in {Union, types.UnionType}:
            return self._union(arguments)
        if origin is tuple and arguments[-1] is not Ellipsis:
            return _array([self.of(each) for each in arguments], tuple)
        if origin in _LISTS:
            return _list(self.of(arguments[0]), origin, in_order=issubclass(origin, tuple | list))
        if origin is Counter:
            return _pairs(self.of(arguments[0]), self.of(int), Counter)
        if origin in _MAPPINGS:
            return self._mapping(origin, *arguments)
        raise TypeError(f"no coder for {kind!r}")

    def _mapping(self, origin: Any, key: Any, item: Any) -> Coder:
        if (key, item) == (str, Any):
            return Coder(lambda value, hide: hide.value(dict(value)), _read_as_it_is, {"type": "object"})
        return _pairs(self.of(key), self.of(item), _MAPPINGS[origin])

    def _union(self, kinds: tuple[Any, ...]) -> Coder:
        """Return the coder of one of several types: None and another one, or dataclasses, which a member names."""
        some = [kind for kind in kinds if kind is not type(None)]
        optional = len(some) < len(kinds)
        inner = self.of(some[0]) if len(some) == 1 else self._tagged(some)
        if not optional:
            return inner
        return Coder(
            lambda value, hide: None if value is None else inner.write(value, hide),
            lambda value: None if value is None else inner.read(value),
            {"anyOf": [{"type": "null"}, inner.schema]},
        )

    def _tagged(self, kinds: list[Any]) -> Coder:
        coders = {kind: self.of(kind) for kind in kinds}
        names = {kind.__name__: coder for kind, coder in coders.items()}
        schemas = [
            {
                "type": "object",
                "properties": {_TAG: {"const": name}, "value": coder.schema},
                "required": [_TAG, "value"],
                "additionalProperties": False,
            }
            for name, coder in names.items()
        ]
        return Coder(
            lambda value, hide: {_TAG: type(value).__name__, "value": coders[type(value)].write(value, hide)},
            lambda value: names[value[_TAG]].read(value["value"]),
            {"anyOf": schemas},
        )

    def _dataclass(self, kind: type) -> Coder:
        if kind in self._known:
            return self._known[kind]
        name, coders = kind.__name__, dict[str, Coder]()
        check = self._checks.get(kind)

        def write(value: Any, hide: Hider) -> dict[str, Any]:
            return {field: coder.write(getattr(value, field), hide) for field, coder in coders.items()}

        def read(value: dict[str, Any]) -> Any:
            made = kind(**{field: coder.read(value[field]) for field, coder in coders.items()})
            if check is not None:
                check(made)
            return made

        # It is known before its fields are: a record may hold others of its own kind.
        self._known[kind] = Coder(write, read, {"$ref": f"#/$defs/{name}"})
        hints = typing.get_type_hints(kind, localns=self._names)
        left_out = self._left_out.get(kind, frozenset())
        for field in fields(kind):
            if field.name not in left_out:
                coders[field.name] = self._field(kind, field.name, hints[field.name])
        self.definitions[name] = {
            "type": "object",
            "properties": {field: coder.schema for field, coder in coders.items()},
            "required": list(coders),
            "additionalProperties": False,
        }
        return self._known[kind]

    def _named_tuple(self, kind: Any) -> Coder:
        hints = typing.get_type_hints(kind, localns=self._names)
        items = [self._field(kind, name, hints[name]) for name in kind._fields]
        return _array(items, lambda values: kind(*values))

    def _field(self, kind: type, name: str, hint: Any) -> Coder:
        special = self._special.get((kind, name), hint)
        coder = special if isinstance(special, Coder) else self.of(special)
        return unhidden(coder) if (kind, name) in self._plain else coder


class NothingHidden:
    """Hides nothing."""

    def text(self, text: str) -> str:
        """Return the text."""
        return text

    def headers(self, headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers."""
        return list(headers)

    def value(self, value: Any) -> Any:
        """Return the value."""
        return value


def unhidden(coder: Coder) -> Coder:
    """Return a coder that writes what another one does, and hides nothing of it."""
    return Coder(lambda value, _: coder.write(value, NothingHidden()), coder.read, coder.schema)


def _write_bytes(value: bytes, hide: Hider) -> str:
    text = value.decode("utf-8", "surrogateescape")
    return base64.b64encode(hide.text(text).encode("utf-8", "surrogateescape")).decode()


def _as_it_is(value: Any, _: Hider) -> Any:
    return value


def _read_as_it_is(value: Any) -> Any:
    return value


def _finite(value: float, _: Hider) -> float:
    return max(-_LARGEST, min(float(value), _LARGEST))


BYTES = Coder(
    _write_bytes,
    lambda value: base64.b64decode(value, validate=True),
    {"type": "string", "pattern": "^[A-Za-z0-9+/]*={0,2}$"},
)
"""Bytes as base64; where a secret is in them as text, without it."""

_PLAIN: dict[Any, Coder] = {
    str: Coder(lambda value, hide: hide.text(value), _read_as_it_is, {"type": "string"}),
    int: Coder(_as_it_is, int, {"type": "integer"}),
    float: Coder(_finite, float, {"type": "number"}),
    bool: Coder(_as_it_is, _read_as_it_is, {"type": "boolean"}),
    bytes: BYTES,
    date: Coder(lambda value, _: value.isoformat(), date.fromisoformat, {"type": "string", "format": "date"}),
    None: Coder(_as_it_is, _read_as_it_is, {"type": "null"}),
    type(None): Coder(_as_it_is, _read_as_it_is, {"type": "null"}),
    Any: Coder(lambda value, hide: hide.value(value), _read_as_it_is, {}),
}
_LISTS = frozenset({tuple, list, set, frozenset})
_MAPPINGS: dict[Any, Callable[[Any], Any]] = {dict: dict, OrderedDict: OrderedDict, collections.abc.Mapping: dict}


def _list(item: Coder, make: Callable[[Any], Any], *, in_order: bool) -> Coder:
    def write(value: Any, hide: Hider) -> list[Any]:
        written = [item.write(each, hide) for each in value]
        return written if in_order else sorted(written, key=repr)

    return Coder(
        write, lambda value: make([item.read(each) for each in value]), {"type": "array", "items": item.schema}
    )


def _array(items: list[Coder], make: Callable[[Any], Any]) -> Coder:
    return Coder(
        lambda value, hide: [coder.write(each, hide) for coder, each in zip(items, value, strict=True)],
        lambda value: make([coder.read(each) for coder, each in zip(items, value, strict=True)]),
        {
            "type": "array",
            "prefixItems": [coder.schema for coder in items],
            "items": False,
            "minItems": len(items),
        },
    )


def _pairs(key: Coder, item: Coder, make: Callable[[Any], Any]) -> Coder:
    pair = _array([key, item], tuple)
    return Coder(
        lambda value, hide: [pair.write(each, hide) for each in value.items()],
        lambda value: make(dict(pair.read(each) for each in value)),
        {"type": "array", "items": pair.schema},
    )
