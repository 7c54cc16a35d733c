"""Bodies at and beyond the bounds that a schema sets, each different from a right one in one place.

Whether one is right, wrong or doubtful is not said here: `admission` judges it like any other.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bothends.cases.families import requests
from bothends.records import Condition
from bothends.schemas import beside, sample_of, targets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bothends.contract import Operation
    from bothends.schemas import Schema


Path = tuple[str | int, ...]

_DEEPEST = 6  # of a schema that asks for itself
LONGEST = 20_000  # characters of a text, or items of a list, that are made to reach a bound

# What is near to the format and is not of it, or only to those who are strict.
_NOT_OF_FORMAT = {
    "date-time": ("2024-02-30T12:00:00Z", "2024-02-29T12:00:00", "2024-02-29 12:00:00Z", "2024-02-29T24:00:00Z"),
    "date": ("2024-02-30", "2024-2-9", "20240229"),
    "time": ("24:00:00Z", "12:00", "23:59:60Z"),
    "email": ("someone", "@example.com", "a@b@example.com", "a b@example.com"),
    "uri": ("not a uri", "//elsewhere.invalid", "http://metadata.invalid/latest/meta-data/", "javascript:alert(1)"),
    "uuid": ("2f1c1b0e3f5d4d0e9a576f8f0a3f0c11", "2f1c1b0e-3f5d-4d0e-9a57"),
    "ipv4": ("192.0.2.256", "0x7f.1"),
    "hostname": ("-a.example", "a..b"),
}


def edges(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield bodies, each with a name that says where and how it differs from a right one."""
    schema = requests.json_schema(operation)
    base = requests.right_value(operation)
    seen: set[str] = set()
    for path, found, value in places_of(schema, base):
        where = "-".join(map(str, path)) or "body"
        for name, changed in _changes(found, value):
            label = f"{where}-{name}"
            if label not in seen:
                seen.add(label)
                yield label, with_value_at(base, path, changed)


def with_value_at(base: Any, path: Path, value: Any) -> Any:
    """Return a body with another value in one place, which need not be there yet."""
    if not path:
        return value
    step, *rest = path
    if isinstance(base, list) and isinstance(step, int):
        return [*base[:step], with_value_at(base[step], tuple(rest), value), *base[step + 1 :]]
    held = base if isinstance(base, dict) else {}
    return {**held, str(step): with_value_at(held.get(str(step)), tuple(rest), value)}


def places_of(schema: Any, value: Any) -> Iterator[tuple[Path, dict[str, Any], Any]]:
    """Yield each place of a body that its schema says something of, with what it says and what stands there.

    Where nothing stands yet, it is what may well stand there.
    """
    return _places(schema, schema, value, ())


def _places(root: Any, schema: Any, value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any], Any]]:
    """Yield each place of a body that the schema says something of, with what it says and what stands there."""
    if not isinstance(schema, dict) or len(path) > _DEEPEST:
        return
    yield path, schema, value
    for part in beside(schema, targets_in(root)):
        yield from _places(root, part, value, path)
    if isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            if isinstance(part, dict) and not part.get("readOnly"):
                held = value[name] if name in value else sample_of({**part, "$defs": root.get("$defs", {})})
                yield from _places(root, part, held, (*path, name))
    if isinstance(value, list) and value:
        yield from _places(root, schema.get("items"), value[0], (*path, 0))


def _changes(schema: dict[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what may stand in a place instead, by each bound that the schema sets for it."""
    for choice in schema.get("enum", [schema["const"]] if "const" in schema else ()):
        if isinstance(choice, str):
            yield from _like(choice)
    for kind, make in _BY_KIND.items():
        if isinstance(value, kind) and not (kind is not bool and isinstance(value, bool)):
            yield from make(schema, value)


def _like(text: str) -> Iterator[tuple[str, str]]:
    """Yield texts that look the same to code that compares without care."""
    yield "other-case", text.swapcase()
    yield "space-after", f"{text} "
    # Unicode's compatibility forms (NFKC) make these the letters that they look like.
    yield "full-width", "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def _texts(schema: dict[str, Any], value: str) -> Iterator[tuple[str, Any]]:
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is not None and 0 < least <= LONGEST:
        yield "shortest", "x" * least
        yield "too-short", "x" * (least - 1)
        # Length is counted in characters, not in UTF-16 units (JSON Schema validation, section 6.3.1).
        yield "too-short-astral", "\U0001f680" * (least - 1)
    if most is not None and most <= LONGEST:
        yield "longest", "x" * most
        yield "longest-in-bytes", "é" * most
        yield "longest-astral", "\U0001f680" * most
        yield "too-long", "x" * (most + 1)
    if least or "pattern" in schema or "enum" in schema or "format" in schema:
        yield from (("empty", ""), ("blank", " "), ("zero-width", "\u200b"))
    if "pattern" in schema:
        # `$` matches before a last line break in some languages.
        yield from (("line-break-after", f"{value}\n"), ("line-break-before", f"x\n{value}"))
    for number, text in enumerate(_NOT_OF_FORMAT.get(schema.get("format", ""), ()), start=1):
        yield f"not-{schema['format']}-{number}", text
    yield "in-list", [value]


def _numbers(schema: dict[str, Any], value: float) -> Iterator[tuple[str, Any]]:
    whole = schema.get("type") == "integer"
    for word, away in (("minimum", -1), ("exclusiveMinimum", -1), ("maximum", 1), ("exclusiveMaximum", 1)):
        bound = schema.get(word)
        if isinstance(bound, int | float):
            bound = int(bound) if whole and float(bound).is_integer() else bound
            yield f"at-{word}", bound
            yield f"beyond-{word}", bound + away
            yield f"within-{word}", bound - away
            if not whole:
                yield f"just-beyond-{word}", math.nextafter(bound, away * math.inf)
    step = schema.get("multipleOf")
    if isinstance(step, int | float):
        yield "between-steps", value + step / 2
    if whole:
        yield "and-a-half", value + 0.5
        yield "whole-fraction", float(value)
    yield "as-text", str(value)
    yield "as-true", True


def _lists(schema: dict[str, Any], value: list[Any]) -> Iterator[tuple[str, Any]]:
    least, most = schema.get("minItems"), schema.get("maxItems")
    item = value[0] if value else None
    if least:
        yield "too-few", value[: least - 1]
    if most is not None and most <= LONGEST:
        yield "most", [item] * most
        yield "too-many", [item] * (most + 1)
    if schema.get("uniqueItems"):
        yield "item-twice", [item, item]


def _objects(schema: dict[str, Any], value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in schema.get("required", ()):
        yield f"without-{name}", {key: held for key, held in value.items() if key != name}
    if schema.get("additionalProperties") is False:
        yield "additional", {**value, "unexpected": "x"}


def _truths(_schema: dict[str, Any], value: bool) -> Iterator[tuple[str, Any]]:  # noqa: FBT001 -- a JSON value
    yield "as-text", str(value).lower()
    yield "as-number", int(value)


_BY_KIND: dict[type | tuple[type, ...], Callable[[dict[str, Any], Any], Iterator[tuple[str, Any]]]] = {
    str: _texts,
    (int, float): _numbers,
    list: _lists,
    dict: _objects,
    bool: _truths,
}


# JSON values that are not what a schema asks for, each for one reason.

# "false" is true to code that does not check types.
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


def invalid_variants(schema: Schema) -> Iterator[tuple[str, Any]]:
    """Yield values that a schema refuses, each with a name: of another type, or right but for one property.

    Where no right value can be guessed, only those of another type are known.
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
