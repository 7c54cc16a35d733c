"""JSON values that are not what a schema asks for, each for one reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.cases.families.samples import sample_of
from bothends.records import Condition

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Schema

# "false" is true to whoever does not look at types.
_OTHERS: Mapping[str, Any] = {"text": "false", "number": 17, "list": [], "object": {}, "true": True}
_NOT_OBJECTS: Mapping[str, Any] = {
    "null": None,
    "list": [],
    "list-of-null": [None],
    "text": "ok",
    "true": True,
    "zero": 0,
}


def answers_json(value: Any, status: int = 200) -> Condition:
    """Return the state of an upstream that answers with a value; which upstream is still to be said."""
    return Condition.of("answers-json", status=status, json=compact(value))


def compact(value: Any) -> str:
    """Return a value as JSON without spaces, so that a sentence is as short as it can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def not_objects(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Yield values of other types than objects that a schema refuses, named."""
    for name, value in _NOT_OBJECTS.items():
        if not schema.is_valid(value):
            yield name, value


def spoilt(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Yield values that a schema refuses, each with a name: of another type, or right but for one property.

    Where no right value can be guessed, only those of another type are known.

    Args:
        schema: The schema of a right value.
    """
    yield from not_objects(schema)
    base = sample_of(schema.raw)
    if not isinstance(base, dict) or not schema.is_valid(base):
        return
    for name, value in _one_property(base):
        if not schema.is_valid(value):
            yield name, value


def _one_property(base: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield an object with one property less, or another value of it."""
    yield "empty-object", {}
    for key, value in base.items():
        yield f"without-{key}", {name: other for name, other in base.items() if name != key}
        yield f"{key}-null", {**base, key: None}
        yield from ((f"{key}-as-{kind}", {**base, key: other}) for kind, other in _other_types(value))
        if isinstance(value, str):
            yield f"{key}-unknown", {**base, key: "nobody knows this"}
        if isinstance(value, dict):
            yield from ((f"{key}-of-{kind}", {**base, key: {"x": other}}) for kind, other in _OTHERS.items())


def _other_types(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield values of another type; one or two are enough to see whether anybody looks."""
    kinds = ("number", "list") if isinstance(value, str) else ("text", "list" if isinstance(value, dict) else "object")
    yield from ((kind, _OTHERS[kind]) for kind in kinds)
