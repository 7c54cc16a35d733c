"""The answers of one upstream: a pool of shapes, each stamped anew with the call's own token."""

from __future__ import annotations

import json
import math
import uuid
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.errors import ContractError
from bothends.records import mint
from bothends.schemas import FORMAT_EXAMPLES, NoValueError, folded, targets_in, text_for
from bothends.world.answers import words
from bothends.world.answers.words import write

if TYPE_CHECKING:
    from collections.abc import Iterator


# Makes strings, numbers, booleans and null within a schema's bounds.

SAFE = (1 << 53) - 1
"""Largest integer that every JSON reader holds exactly (RFC 7493 section 2.2)."""

_INTEGERS = (0, 1, -1, 2, 7, 10, 42, 100, 255, 256, 65_536, 1_700_000_000_000, SAFE, -SAFE, -40)
_FLOATS = (0.5, -0.25, 1.0, 1e3, 100.0, 3.141592653589793, 0.1, 1e-7, 1e21, -1.5e3)


def make(kind: str, schema: dict[str, Any], rng: Random) -> Any:
    """Make a value that is neither an object nor an array.

    Args:
        kind: Its type, as JSON Schema names it.
        schema: What bounds it.
        rng: Chooses.
    """
    if kind == "string":
        return _string(schema, rng)
    if kind == "integer":
        return _integer(schema, rng)
    if kind == "number":
        return _number(schema, rng)
    return rng.random() < 0.5 if kind == "boolean" else None  # noqa: PLR2004 -- either way


def _string(schema: dict[str, Any], rng: Random) -> str:
    if "pattern" in schema:
        aimed = text_for(schema["pattern"], rng, schema.get("minLength", 0))
        if aimed is None:
            raise NoValueError(f"the pattern `{schema['pattern']}`")
        return aimed
    wanted = schema.get("format", "")
    if wanted == "uuid":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return FORMAT_EXAMPLES.get(wanted, "") or words.text(rng, schema.get("minLength", 0), schema.get("maxLength"))


def _bounds(schema: dict[str, Any]) -> tuple[float | None, float | None]:
    """Return the least and the most, the exclusive ones too: what is made may lie on them, and is tried again."""
    lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
    return max(lows, default=None), min(highs, default=None)


def _integer(schema: dict[str, Any], rng: Random) -> int:
    low, high = _bounds(schema)
    step = schema.get("multipleOf", 1)
    if low is None and high is None and step == 1:
        return rng.choice(_INTEGERS)
    least = -SAFE if low is None and high is None else math.ceil(low if low is not None else high - 1000)  # type: ignore[operator]  # one of them is there
    most = math.floor(high) if high is not None else least + 1000
    near = [number for number in (*_INTEGERS, least, most, least + 1, most - 1) if least <= number <= most]
    number = rng.choice(near) if near and rng.random() < 0.5 else rng.randint(least, max(least, most))  # noqa: PLR2004 -- half at the edges
    return number if step == 1 else int(math.ceil(number / step) * step)


def _number(schema: dict[str, Any], rng: Random) -> float:
    low, high = _bounds(schema)
    step = schema.get("multipleOf")
    if low is None and high is None and step is None:
        return rng.choice(_FLOATS) if rng.random() < 0.6 else rng.choice(_INTEGERS)  # noqa: PLR2004 -- mostly floats
    least = low if low is not None else (high - 1000 if high is not None else -1000)
    most = high if high is not None else least + 2000
    number = rng.uniform(least, most) if rng.random() < 0.7 else rng.choice((least, most))  # noqa: PLR2004 -- the bounds now and then
    return number if step is None else math.floor(number / step) * step


# Makes values of a JSON Schema (2020-12): as far as ordinary answers go, and fast.
#
# The generator aims and does not prove: what it makes is validated by its caller, who tries again. It says
# `NoValueError` at keywords that it can't aim at.

_DEEP = 6  # from here on, only what is required
_DEEPEST = 24
_MOST_EXTRA = 4
_ANY = ("string", "integer", "number", "boolean", "null", "object", "array")
_HINTS = (
    ("object", {"properties", "required", "additionalProperties", "patternProperties", "minProperties"}),
    ("array", {"items", "prefixItems", "minItems", "maxItems", "contains"}),
    ("string", {"minLength", "maxLength", "pattern", "format"}),
    ("number", {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
)


class Generator:
    """Makes values of one schema.

    Args:
        root: The schema, with all that its references lead to inside it.
        rng: Chooses.
    """

    def __init__(self, root: Any, rng: Random) -> None:
        self._target = targets_in(root)
        self._rng = rng

    def value(self, schema: Any, depth: int = 0) -> Any:
        """Make a value that is probably valid.

        Args:
            schema: The schema, or a part of it.
            depth: Levels above it.

        Raises:
            NoValueError: The schema is beyond the generator.
        """
        if depth > _DEEPEST or schema is False:
            raise NoValueError("no value is shallow enough" if schema is not False else "a schema that nothing fits")
        if schema is True or not schema:
            return self.anything(depth)
        schema = folded(schema, self._target, self._rng.choice)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._rng.choice(schema["enum"])
        kinds = schema.get("type") or self._hinted(schema)
        kind = kinds if isinstance(kinds, str) else self._rng.choice(kinds)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        return make(kind, schema, self._rng)

    def anything(self, depth: int) -> Any:
        """Make any JSON value, a nested one now and then."""
        kind = self._rng.choice(_ANY if depth < _DEEP else _ANY[:5])
        if kind == "object":
            return {words.key(self._rng): self.anything(depth + 1) for _ in range(self._rng.randint(0, 3))}
        if kind == "array":
            return [self.anything(depth + 1) for _ in range(self._rng.randint(0, 3))]
        return make(kind, {}, self._rng)

    @staticmethod
    def _hinted(schema: dict[str, Any]) -> tuple[str, ...]:
        """Return the types that the keywords of a schema without a type are about."""
        hinted = tuple(kind for kind, keywords in _HINTS if keywords & schema.keys())
        return hinted or _ANY

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties: dict[str, Any] = schema.get("properties", {})
        required = set(schema.get("required", ()))
        chance = 0.7 if depth < _DEEP else 0.0
        made = {
            name: self.value(part, depth + 1)
            for name, part in properties.items()
            if name in required or (part is not False and self._rng.random() < chance)
        }
        other = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        for name in sorted(required - properties.keys()):
            made[name] = self.value(other, depth + 1)
        least, most = schema.get("minProperties", 0), schema.get("maxProperties")
        wanted = max(least, len(made) + (self._rng.randint(0, _MOST_EXTRA) if depth < _DEEP else 0))
        if most is not None:
            wanted = min(wanted, most)
        for _ in range(4 * wanted if other is not False else 0):
            if len(made) >= wanted:
                break
            name = self.value(schema["propertyNames"], depth + 1) if "propertyNames" in schema else words.key(self._rng)
            if name not in made and name not in properties:
                made[name] = self.value(other, depth + 1)
        return made

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        made = [self.value(part, depth + 1) for part in schema.get("prefixItems", ())]
        other = schema.get("items", True)
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", max(least, len(made)) + (_MOST_EXTRA if depth < _DEEP else 0))
        if "contains" in schema:
            made.extend(self.value(schema["contains"], depth + 1) for _ in range(schema.get("minContains", 1)))
        wanted = self._rng.randint(least, max(least, most)) if other is not False else least
        tries = 0
        while len(made) < wanted and tries < 4 * wanted:
            tries += 1
            item = self.value(other, depth + 1)
            if not schema.get("uniqueItems") or item not in made:
                made.append(item)
        return made


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


# Values of schemas that are beyond the generator, from Schemathesis: slow, loaded only when needed.


def draw(schema: Any, seed: int, count: int) -> list[Any]:
    """Return values that fit a schema; none when Schemathesis can't make any either.

    Args:
        schema: A self-contained JSON Schema.
        seed: Same seed, same values.
        count: Most values wanted.
    """
    import schemathesis  # noqa: PLC0415 -- takes a second to import, and hardly any schema needs it
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 -- likewise
    from hypothesis import seed as seeded  # noqa: PLC0415 -- likewise
    from hypothesis.errors import HypothesisException  # noqa: PLC0415 -- likewise
    from schemathesis.errors import InvalidSchema  # noqa: PLC0415 -- likewise

    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "answers", "version": "1"},
        "paths": {"/": {"post": {"requestBody": body, "responses": {"200": {"description": "made"}}}}},
    }
    made: list[Any] = []

    def collect(case: schemathesis.Case[Any]) -> None:
        made.append(case.body)

    try:
        strategy = schemathesis.openapi.from_dict(document)["/"]["POST"].as_strategy()
        run = settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(seeded(seed)(given(case=strategy)(collect)))
        run()
    except (HypothesisException, InvalidSchema):
        return made
    return made


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
            raise ContractError(f"The schema of the answers of `{name}` is not a JSON Schema: {error}") from error

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
            f"No answer of the upstream `{self._name}` can be made from its schema",
            expected="a JSON Schema with at least one ordinary value: I-JSON, 16 KiB, 32 levels",
            advice="Loosen the schema, or give it a property with `examples`",
        )

    def _candidates(self, rng: Random, index: int) -> Iterator[Any]:
        generator = Generator(self._schema, rng)
        for _ in range(_TRIES if self._drawn is None else 0):
            try:
                yield generator.value(self._schema)
            except NoValueError:
                continue
        if self._drawn is None:
            self._drawn = draw(self._schema, self._seed, _DRAWN)
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
