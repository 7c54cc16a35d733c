"""The answers of one upstream: a pool of shapes, each stamped anew with the call's own token."""

from __future__ import annotations

import json
import math
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.errors import ContractError
from bothends.records import join, mint, put, split
from bothends.schemas import (
    SAFE,
    Maker,
    NoValueError,
    Ordinary,
    draw,
    odd_name,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


# What the world itself may say: I-JSON (RFC 7493), at most 32 deep and 16 KiB.

MOST_BYTES = 16 << 10
MOST_LEVELS = 32
_NONCHARACTERS = range(0xFDD0, 0xFDF0)
_PLANE_END = 0xFFFE
_SURROGATES = range(0xD800, 0xE000)


def is_ordinary(value: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether a JSON value is one that every reader reads the same.

    Args:
        value: The value.
        levels: How deep it may go.
    """
    if isinstance(value, str):
        return all(_is_character(ord(character)) for character in value)
    if isinstance(value, dict):
        return levels > 0 and all(is_ordinary(key) and is_ordinary(item, levels - 1) for key, item in value.items())
    if isinstance(value, list):
        return levels > 0 and all(is_ordinary(item, levels - 1) for item in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (isinstance(value, int) and abs(value) <= SAFE)


def _is_character(code: int) -> bool:
    # NUL is allowed by RFC 7493, and no text to half of all databases.
    return code != 0 and code not in _SURROGATES and code not in _NONCHARACTERS and code & _PLANE_END != _PLANE_END


_SHAPES = 64
_TRIES = 50
_MARK_TRIES = 10
_DRAWN = 32  # Schemathesis takes some 20 ms for each
# Tokens differ in length by the digits of their number: a place must take the shortest and the longest.
_SHORTEST, _LONGEST = "sx0x00000000", "sxffffffffx00000000"
_MARK = "\x1ftoken\x1f"  # JSON writes a control character as an escape, so no other text looks like it
_WRITTEN = json.dumps(_MARK)[1:-1].encode()
_Path = tuple[str | int, ...]


class Answers:
    """Makes an upstream's answers: valid, and another one at each call.

    Shapes are made when they are first needed, by the generator or else by Schemathesis. In each, a place
    is sought where a token is valid: in a string of it, or as a setting that the schema does not name.
    A schema that has no such place (closed, without a free string) gets values that vary without a token.

    Args:
        name: The upstream's name.
        schema: The answer's JSON Schema, self-contained.
        seed: The run's seed: same seed and number, same answer.
        given: JSON pointers to what `make` is given: no token is put there.

    Raises:
        ContractError: The schema is no valid JSON Schema.
    """

    def __init__(self, name: str, schema: Any, seed: int, given: Collection[str] = ()) -> None:
        self._name = name
        self._schema = schema
        self._given = given
        self._seed = seed
        self._shapes: dict[int, tuple[bytes, ...]] = {}
        self._drawn: list[Any] | None = None
        try:
            self._validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise ContractError(f"The schema of the answers of `{name}` is not a JSON Schema: {error}") from error

    def make(self, number: int, values: Mapping[str, str] | None = None) -> tuple[Any, bytes]:
        """Return the answer to a call: its value, and its text.

        Args:
            number: The call's number.
            values: Texts that stand in it, by JSON pointer.

        Raises:
            ContractError: No answer can be made from the schema, or none with these texts.
        """
        index = number % _SHAPES
        if index not in self._shapes:
            self._shapes[index] = self._shape(index)
        text = mint(self._seed, "s", number).encode().join(self._shapes[index])
        value = json.loads(text)
        if not values:
            return value, text
        for pointer, given in values.items():
            value = put(value, split(pointer), given)
        error = next(iter(self._validator.iter_errors(value)), None)
        if error is not None:
            raise ContractError(
                f"What the settings put into an answer of `{self._name}` does not fit its schema: {error.message}",
                expected="texts that the schema allows there",
            )
        rng = Random(f"{self._seed}/{self._name}/{number}/text")  # noqa: S311 -- reproducible, not secret
        return value, write(value, rng, escape=rng.random() < 0.3).encode()  # noqa: PLR2004 -- now and then

    def is_valid(self, value: Any) -> bool:
        """Whether a value is a right answer by the schema."""
        return self._validator.is_valid(value)

    def _shape(self, index: int) -> tuple[bytes, ...]:
        """Make a shape, cut where the token goes."""
        rng = Random(f"{self._seed}/{self._name}/{index}")  # noqa: S311 -- reproducible, not secret
        unmarked: tuple[bytes, ...] | None = None
        for tries, value in enumerate(self._candidates(index)):
            if unmarked is not None and tries >= _MARK_TRIES:
                break
            if is_ordinary(value) and self._validator.is_valid(value):
                text = write(self._marked(value, rng), rng, escape=rng.random() < 0.3).encode()  # noqa: PLR2004 -- now and then
                if _WRITTEN in text and len(text) <= MOST_BYTES - len(_LONGEST):
                    return tuple(text.split(_WRITTEN))
                if len(text) <= MOST_BYTES:
                    unmarked = unmarked or (text,)
        if unmarked is not None:
            return unmarked
        raise ContractError(
            f"No answer of the upstream `{self._name}` can be made from its schema",
            expected="a JSON Schema with at least one ordinary value: I-JSON, 16 KiB, 32 levels",
            advice="Loosen the schema, or give it a property with `examples`",
        )

    def _candidates(self, index: int) -> Iterator[Any]:
        maker = Maker(self._schema)
        rng = Random(f"{self._seed}/{self._name}/{index}/values")  # noqa: S311 -- reproducible, not secret
        for _ in range(_TRIES):
            try:
                yield maker.make(Ordinary(rng))
            except NoValueError:
                continue
        if self._drawn is None:
            self._drawn = draw(self._schema, self._seed, _DRAWN)
        start = index % max(1, len(self._drawn))
        yield from self._drawn[start:]
        yield from self._drawn[:start]

    def _marked(self, value: Any, rng: Random) -> Any:
        """Return the value with the mark in the first place that takes it; as it is when none does."""
        strings = [path for path in _strings(value) if join(*path) not in self._given]
        rng.shuffle(strings)
        for path in strings:
            old = _at(value, path)
            for pattern in (f"{old} {{}}", f"{old}{{}}", f"{{}}{old}", f"{old[: -len(_LONGEST)]}{{}}", "{}"):
                if self._takes(value, path, pattern):
                    return _with(value, path, pattern.replace("{}", _MARK, 1) if pattern != "{}" else _MARK)
        if isinstance(value, dict):
            path = (odd_name(rng) + " mark",)
            if self._takes(value, path, "{}"):
                return _with(value, path, _MARK)
        return value

    def _takes(self, value: Any, path: _Path, pattern: str) -> bool:
        return all(
            self._validator.is_valid(_with(value, path, pattern.replace("{}", token)))
            for token in (_SHORTEST, _LONGEST)
        )


def _strings(value: Any, path: _Path = ()) -> Iterator[_Path]:
    """Yield the path of each string in a value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*path, index))


def _at(value: Any, path: _Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _with(value: Any, path: _Path, leaf: str) -> Any:
    """Return a copy of a value with another leaf; only what is on the path is copied."""
    if not path:
        return leaf
    copy = value.copy()
    copy[path[0]] = _with(value.get(path[0]) if isinstance(value, dict) else value[path[0]], path[1:], leaf)
    return copy


# Writes a JSON value as text, in the many ways in which the same value may be written.


def write(value: Any, rng: Random, *, escape: bool) -> str:
    """Return the JSON text of a value.

    Args:
        value: The value.
        rng: Chooses how a float is spelled: `1000.0` or `1e+03`.
        escape: Whether characters beyond ASCII are written as escapes.
    """
    if isinstance(value, float):
        return rng.choice(_spellings(value))
    if isinstance(value, dict):
        members = [
            f"{json.dumps(key, ensure_ascii=escape)}:{write(item, rng, escape=escape)}" for key, item in value.items()
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(item, rng, escape=escape) for item in value) + "]"
    return json.dumps(value, ensure_ascii=escape)


def _spellings(value: float) -> list[str]:
    """Return texts that all read as this number."""
    texts = [repr(value), f"{value:.0e}", f"{value:.1E}", f"{value:.2f}"]
    return [text for text in texts if float(text) == value]
