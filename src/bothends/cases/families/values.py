"""JSON values to build bodies of: one or two of each type, and texts that some parsers stumble over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.schemas import in_place, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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


def property_names(schema: Any) -> list[str]:
    """Return the names of the properties that a schema declares at its top, through references and combinations.

    What becomes of a `readOnly` one in a request is the target's choice, so it is left out.
    """
    parts = in_place(schema, targets_in(schema))
    members = (each for part in parts for each in part.get("properties", {}).items())
    return list(dict.fromkeys(name for name, part in members if not (isinstance(part, dict) and part.get("readOnly"))))


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

# RFC 8259 admits these too, and a parser may set limits (sections 4, 6, 8.2 and 9), or guard JavaScript's prototypes.
DOUBTFUL: dict[str, bytes] = {
    "prototype-keys": b'{"__proto__": {"admin": true}, "constructor": {"prototype": {"admin": true}}}',
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
    """Yield objects of a great many keys: as many as fit into a body of `limit` bytes, and a hundred thousand."""
    each = len(b'"k00000":0,')
    yield "many-keys", _of_keys(min((limit or 1 << 16) // each - 100, 9_000))
    yield "hundred-thousand-keys", _of_keys(100_000)


def _of_keys(keys: int) -> bytes:
    made = bytearray(b'{"k00000":0')
    for n in range(1, keys):  # joined, a hundred thousand pieces of them would stand in memory at once
        made += b',"k%05d":0' % n
    return bytes(made + b"}")
