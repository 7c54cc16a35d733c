"""JSON values to build bodies of: one or two of each type, and a guess at what a schema asks for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from bothends.cases.families.patterns import matching
from bothends.contract.pointers import Missing, lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# RFC 8259 section 3 has these types. Numbers stay within what a double holds exactly.
SAMPLES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "negative": -17,
    "fraction": 1.5,
    "large-number": 9_007_199_254_740_991,
    "empty-text": "",
    "text": "text",
    "unicode": "Zürich, 東京, \N{ROCKET}, e\N{COMBINING ACUTE ACCENT}",
    "escapes": '"quoted" \\ / \b\f\n\r\t',
    "markup": "<script>${jndi:ldap://x.invalid}</script> {{7*7}} ' OR 1=1 --",
    "empty-list": [],
    "list": [1, "two", None, [True]],
    "empty-object": {},
    "object": {"a": {"b": [1, {"c": None}]}},
    "prototype": {"__proto__": {"admin": True}, "constructor": {"prototype": {}}},
}

_FORMATS = {
    "date-time": "2024-02-29T12:00:00Z",
    "date": "2024-02-29",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.invalid/",
    "uuid": "2f1c1b0e-3f5d-4d0e-9a57-6f8f0a3f0c11",
    "ipv4": "192.0.2.1",
    "hostname": "example.com",
}
_DEEPEST = 8  # of a schema that asks for itself


def sample_of(schema: Any) -> Any:
    """Return a small value that a schema may well admit. It is a guess: the schema has the last word.

    Args:
        schema: A self-contained JSON Schema; references lead into itself.
    """
    return _sample(schema, schema, 0)


def property_names(schema: Any) -> list[str]:
    """Return the names of the properties that a schema declares at its top, through references and combinations.

    A property that is `readOnly` is left out: what becomes of it in a request is the target's choice.

    Args:
        schema: A self-contained JSON Schema; references lead into itself.
    """
    found: dict[str, None] = {}
    pending, seen = [schema], set[str]()
    while pending:
        part = pending.pop(0)
        if not isinstance(part, dict):
            continue
        found.update(
            dict.fromkeys(
                name
                for name, value in part.get("properties", {}).items()
                if not (isinstance(value, dict) and value.get("readOnly"))
            )
        )
        pending += [branch for word in ("allOf", "anyOf", "oneOf") for branch in part.get(word, ())]
        reference = part.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            pending.append(referenced(schema, reference))
    return list(found)


def referenced(root: Any, reference: str) -> Any:
    """Return what a reference within a schema leads to; an empty schema for what leads nowhere.

    Args:
        root: The self-contained schema.
        reference: The `$ref`.
    """
    with contextlib.suppress(Missing, ValueError):
        return lookup(root, reference.removeprefix("#"))
    return {}


def _sample(root: Any, schema: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    given = [schema[word] for word in ("const", "default", "example") if word in schema]
    given += [value for word in ("examples", "enum") for value in schema.get(word, ())]
    if given:
        return given[0]
    if "$ref" in schema:
        return _sample(root, referenced(root, schema["$ref"]), depth + 1)
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            return _sample(root, schema[word][0], depth + 1)
    if schema.get("allOf"):
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        return _merged([_sample(root, part, depth + 1) for part in (*schema["allOf"], rest)])
    build = _OF_TYPE.get(_type_of(schema))
    return None if build is None else build(root, schema, depth)


def _type_of(schema: dict[str, Any]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        return str(named[0]) if named else "null"
    if named is not None:
        return str(named)
    return "object" if "properties" in schema or "required" in schema else "null"


def _merged(values: list[Any]) -> Any:
    """Return the members of all objects in one; the first value that is no null where there is no object."""
    objects = [value for value in values if isinstance(value, dict)]
    if objects:
        return {key: value for one in objects for key, value in one.items()}
    return next((value for value in values if value is not None), None)


def _object(root: Any, schema: dict[str, Any], depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {name: _sample(root, properties.get(name, {}), depth + 1) for name in schema.get("required", ())}


def _list(root: Any, schema: dict[str, Any], depth: int) -> list[Any]:
    first = [_sample(root, part, depth + 1) for part in schema.get("prefixItems", ())]
    more = max(0, schema.get("minItems", 0) - len(first))
    return first + [_sample(root, schema.get("items", {}), depth + 1) for _ in range(more)]


def _text(_root: Any, schema: dict[str, Any], _depth: int) -> str:
    text = _FORMATS.get(schema.get("format", ""), "text")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        return matching(pattern, schema.get("minLength", 0), schema.get("maxLength")) or text
    longest = schema.get("maxLength", max(len(text), schema.get("minLength", 0)))
    return text.ljust(schema.get("minLength", 0), "x")[:longest]


def _number(_root: Any, schema: dict[str, Any], _depth: int) -> int | float:
    step = schema.get("multipleOf", 1)
    if "minimum" in schema:
        least: int | float = schema["minimum"]
    elif "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + step
    else:
        least = min(step, schema.get("maximum", step), schema.get("exclusiveMaximum", step + 1) - 1)
    return least


def _boolean(_root: Any, _schema: dict[str, Any], _depth: int) -> bool:
    return True


_OF_TYPE: Mapping[str, Callable[[Any, dict[str, Any], int], Any]] = {
    "object": _object,
    "array": _list,
    "string": _text,
    "integer": _number,
    "number": _number,
    "boolean": _boolean,
}
