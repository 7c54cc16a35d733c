"""The answers of one upstream: a pool of shapes, each stamped anew with the call's own token."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.errors import ContractError
from bothends.records import mint
from bothends.world.answers import fallback, words
from bothends.world.answers.generator import BeyondReachError, Generator
from bothends.world.answers.ordinary import MOST_BYTES, is_ordinary
from bothends.world.answers.text import write

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    Raises:
        ContractError: The schema is no valid JSON Schema.
    """

    def __init__(self, name: str, schema: Any, seed: int) -> None:
        self._name = name
        self._schema = schema
        self._seed = seed
        self._shapes: dict[int, tuple[bytes, ...]] = {}
        self._drawn: list[Any] | None = None
        try:
            self._validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise ContractError(f"the schema of the answers of `{name}` is no JSON Schema: {error}") from error

    def make(self, number: int) -> tuple[Any, bytes]:
        """Return the answer to a call: its value, and its text.

        Args:
            number: The call's number.

        Raises:
            ContractError: No answer can be made from the schema.
        """
        index = number % _SHAPES
        if index not in self._shapes:
            self._shapes[index] = self._shape(index)
        text = mint(self._seed, "s", number).encode().join(self._shapes[index])
        return json.loads(text), text

    def is_valid(self, value: Any) -> bool:
        """Whether a value is a right answer by the schema."""
        return self._validator.is_valid(value)

    def _shape(self, index: int) -> tuple[bytes, ...]:
        """Make a shape, cut where the token goes."""
        rng = Random(f"{self._seed}/{self._name}/{index}")  # noqa: S311 -- reproducible, not secret
        unmarked: tuple[bytes, ...] | None = None
        for tries, value in enumerate(self._candidates(rng, index)):
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
            f"no answer of the upstream `{self._name}` can be made from its schema",
            expected="a JSON Schema with at least one ordinary value: I-JSON, 16 KiB, 32 levels",
            advice="loosen the schema, or give it a property with `examples`",
        )

    def _candidates(self, rng: Random, index: int) -> Iterator[Any]:
        generator = Generator(self._schema, rng)
        for _ in range(_TRIES if self._drawn is None else 0):
            try:
                yield generator.value(self._schema)
            except BeyondReachError:
                continue
        if self._drawn is None:
            self._drawn = fallback.draw(self._schema, self._seed, _DRAWN)
        start = index % max(1, len(self._drawn))
        yield from self._drawn[start:]
        yield from self._drawn[:start]

    def _marked(self, value: Any, rng: Random) -> Any:
        """Return the value with the mark in the first place that takes it; as it is when none does."""
        strings = list(_strings(value))
        rng.shuffle(strings)
        for path in strings:
            old = _at(value, path)
            for pattern in (f"{old} {{}}", f"{old}{{}}", f"{{}}{old}", f"{old[: -len(_LONGEST)]}{{}}", "{}"):
                if self._takes(value, path, pattern):
                    return _with(value, path, pattern.replace("{}", _MARK, 1) if pattern != "{}" else _MARK)
        if isinstance(value, dict):
            path = (words.key(rng) + " mark",)
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
