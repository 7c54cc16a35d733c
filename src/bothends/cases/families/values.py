"""JSON values to build bodies of: one or two of each type, and a guess at what a schema asks for."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from bothends.records import MISSING
from bothends.schemas import IN_PLACE, certain, in_place, plainest, referred, same, targets_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


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
    parts = in_place(schema, targets_in(schema))
    members = (each for part in parts for each in part.get("properties", {}).items())
    return list(dict.fromkeys(name for name, part in members if not (isinstance(part, dict) and part.get("readOnly"))))


def _sample(root: Any, schema: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None
    given = [schema[word] for word in ("const", "default", "example") if word in schema]
    given += [value for word in ("examples", "enum") for value in schema.get(word, ())]
    if given:
        return given[0]
    found = referred(schema, targets_in(root))
    if found is not MISSING:
        return _sample(root, found, depth + 1)
    for word in ("oneOf", "anyOf"):
        if schema.get(word):
            rest = {key: value for key, value in schema.items() if key != word}
            first = schema[word][0]
            parts = [rest, first] if "properties" in rest else [first]
            return _merged([_sample(root, part, depth + 1) for part in _knowing(root, parts)])
    held = same(schema, targets_in(root))
    if held:
        rest = {key: value for key, value in schema.items() if key not in IN_PLACE}
        return _merged([_sample(root, part, depth + 1) for part in _knowing(root, [*held, rest])])
    build = _OF_TYPE.get(_type_of(schema))
    return None if build is None else build(root, schema, depth)


def _knowing(root: Any, parts: list[Any]) -> list[Any]:
    """Return the parts of a schema, where one that asks for properties has what the others say of them."""
    target = targets_in(root)
    known = {
        name: value
        for part in parts
        for each in reversed(list(certain(part, target)))
        for name, value in each.get("properties", {}).items()
    }
    return [
        {**part, "properties": known | part.get("properties", {})}
        if isinstance(part, dict) and known.keys() & set(part.get("required", ()))
        else part
        for part in parts
    ]


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
        return plainest(pattern, schema.get("minLength", 0), schema.get("maxLength")) or text
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
    # `minimum: 1.0` bounds an integer as 1 does, and many parsers take no 1.0 for one.
    return math.ceil(least) if _type_of(schema) == "integer" and math.isfinite(least) else least


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


# JSON texts to put where a value may stand: those that every parser must take, and those that one may refuse.
#
# Written as text, as it is the writing that some parsers stumble over.

_NESTED = 30  # with the body around it, no deeper than any parser reads
_LONG = 20_000  # characters
_ELSE = {"name": "Somebody Else", "email": "somebody.else@example.com", "image": "https://img.invalid/else.png"}
_HEADERS = "x\r\nSet-Cookie: session=injected\r\nX-Injected: yes\r\n\r\n<html>"

# RFC 8259 admits them, and no limit of section 9 can be meant.
RIGHT: dict[str, bytes] = {
    "negative-zero": b"-0",
    "whole-fraction": b"1.0",
    "exponent": b"[1E2, 1e+2, 1e-2, 0e0]",
    "nul-escape": b'"a\\u0000b"',
    "nul-escape-in-key": b'{"a\\u0000b": 1}',
    "escaped-letters": b'{"\\u0064\\u0061\\u0074\\u0061": "\\u0064\\/"}',
    "surrogate-pair": b'"\\ud83d\\ude80"',
    "empty-key": b'{"": {"": null}}',
    "prototype-keys": b'{"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}',
    "method-names": b'{"toString": 1, "hasOwnProperty": 2, "then": 3, "toJSON": 4, "__class__": 5, "length": -1}',
    "somebody-else": json.dumps(_ELSE | {"id": "1", "userId": "1", "user": _ELSE}).encode(),
    "line-breaks": json.dumps(_HEADERS).encode(),
    "percent-line-breaks": b'"%0d%0aSet-Cookie:%20session=injected"',
    "line-separators": '"a\u2028b\u2029c\u0085d\u007f"'.encode(),
    "right-to-left": '"\u202egnp.exe \u200b\ufeff"'.encode(),
    "nested-lists": b"[" * _NESTED + b"]" * _NESTED,
    "nested-objects": b'{"a":' * _NESTED + b"1" + b"}" * _NESTED,
    "long-text": b'"' + b"x" * _LONG + b'"',
    "long-unicode-text": f'"{"é東🚀" * (_LONG // 4)}"'.encode(),
    "thousand-members": b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(1000)) + b"}",
    "thousand-items": b"[" + b"0," * 999 + b"0]",
}

# RFC 8259 admits these too, and a parser may set limits (sections 4, 6, 8.2 and 9).
DOUBTFUL: dict[str, bytes] = {
    "lone-surrogate": b'"\\ud800"',
    "lone-low-surrogate": b'"\\udc00 after"',
    "lone-surrogate-in-key": b'{"\\ud800": 1}',
    "reversed-surrogates": b'"\\udc00\\ud800"',
    "beyond-doubles": b"1e999",
    "below-doubles": b"-1e-999",
    "beyond-53-bits": b"9007199254740993",
    "beyond-64-bits": b"-18446744073709551617",
    "many-decimals": b"0.1000000000000000055511151231257827021181583404541015625",
    "five-thousand-digits": b"9" * 5000,
    "key-twice": b'{"a": 1, "a": 2}',
    "key-twice-escaped": b'{"a": 1, "\\u0061": 2}',
    "key-twice-objects": b'{"a": {"b": 1}, "a": {"c": 2}}',
    **{f"depth-{depth}": b"[" * depth + b"]" * depth for depth in (100, 1_000, 10_000, 100_000)},
    "depth-5000-objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}


def many_keys(limit: int | None) -> Iterator[tuple[str, bytes]]:
    """Yield objects of a great many keys: as many as fit into a body, and a hundred thousand.

    Args:
        limit: The longest body, bytes; None: no limit is known.
    """
    each = len(b'"k00000":0,')
    yield "many-keys", _of_keys(min((limit or 1 << 16) // each - 100, 9_000))
    yield "hundred-thousand-keys", _of_keys(100_000)


def _of_keys(keys: int) -> bytes:
    made = bytearray(b'{"k00000":0')
    for n in range(1, keys):  # joined, a hundred thousand pieces of them would stand in memory at once
        made += b',"k%05d":0' % n
    return bytes(made + b"}")
