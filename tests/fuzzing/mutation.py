"""Changes inputs so that they keep their form: a reader is to come further than to what parses them."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    Mutation = Callable[[bytes, "random.Random", Sequence[str]], bytes | None]
    """Returns changed bytes; None: the bytes do not have the form, so any of them are changed."""

_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    -0.0,
    2**31,
    2**63,
    10**30,
    1e308,
    "",
    " ",
    "\u0000",
    "\u202e\u0007",
    "ü" * 300,
    "*",
    "{",
    "{x}",
    "#/",
    "/~2",
    "[",
    "(?P<",
    "%ZZ",
    "2026-13-99",
    [],
    {},
    [[]],
    [None],
    [0, 0],
    {"": None},
    {"$ref": "#"},
    {"$ref": "#/$defs/x"},
    {"type": "object"},
    {"type": ["string", "null"]},
    {"const": 1e308},
)
"""Values that are seldom thought of."""


def json_value(data: bytes, random: random.Random, words: Sequence[str]) -> bytes | None:
    """Change a value of JSON."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        value = _changed(value, random, words)
    return json.dumps(value).encode()


def _changed(value: Any, random: random.Random, words: Sequence[str]) -> Any:
    """Return a value that differs in one place."""
    places = list(_places(value))
    if not places:
        return _odd(random, words)
    holder, key = random.choice(places)
    _, (other, name) = holder, random.choice(places)
    match random.randrange(7):
        case 0:
            del holder[key]
        case 1:
            holder[key] = _odd(random, words)
        case 2:
            holder[key] = copy.deepcopy(other[name])
        case 3 if isinstance(holder, dict):
            new = random.choice(words) if words else key
            holder[new] = holder.pop(key)
        case 4 if isinstance(holder, dict):
            holder[random.choice(words) if words else ""] = random.choice(
                (_odd(random, words), copy.deepcopy(other[name]))
            )
        case 5 if isinstance(holder, list):
            holder.insert(random.randrange(len(holder) + 1), copy.deepcopy(other[name]))
        case _:
            holder[key] = random.choice(([holder[key]], {"x": holder[key]}, str(holder[key]), _odd(random, words)))
    return value


def _odd(random: random.Random, words: Sequence[str]) -> Any:
    return random.choice(words) if words and random.random() < 0.3 else copy.deepcopy(random.choice(_ODD))


def _places(value: Any) -> Any:
    """Yield each place of a value: what holds it, and its key there."""
    pending = [value]
    while pending:
        holder = pending.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        for key in keys:
            yield holder, key
            pending.append(holder[key])


_TOML = ('""', "true", "-1", "9223372036854775808", "nan", "1.0", "[]", "{}", '["x"]', "{x = 1}", "2030-01-01", "[[1]]")


def toml_lines(data: bytes, random: random.Random, words: Sequence[str]) -> bytes | None:
    """Change lines of TOML."""
    lines = data.decode("utf-8", "replace").splitlines()
    if not lines:
        return None
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(lines))
        key, equals, _value = lines[at].partition("=")
        match random.randrange(6):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines.insert(at, random.choice(lines))
            case 2 if equals:
                lines[at] = f"{key}= {random.choice((*_TOML, json.dumps(random.choice(words))))}"
            case 3 if equals:
                lines[at] = f"{random.choice(words)} ={_value}"
            case 4:
                lines.insert(at, f"{random.choice(words)} = {random.choice(_TOML)}")
            case _:
                lines.insert(at, f"[{random.choice(('', 'world.', 'target.', 'callbacks.'))}{random.choice(words)}]")
    return ("\n".join(lines) + "\n").encode()


def json_lines(data: bytes, random: random.Random, words: Sequence[str]) -> bytes | None:
    """Change one line of JSON lines."""
    lines = data.splitlines()
    if not lines:
        return None
    at = random.randrange(len(lines))
    match random.randrange(12):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case _:
            changed = json_value(lines[at], random, words)
            if changed is None:
                return None
            lines[at] = changed
    return b"".join(line + b"\n" for line in lines)


def wire_lines(data: bytes, random: random.Random, words: Sequence[str]) -> bytes | None:
    """Change lines of a message of HTTP; the first byte is the reader's own."""
    head, separator, body = data[1:].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = random.randrange(len(lines))
    word = random.choice(words).encode()
    match random.randrange(8):
        case 0 if len(lines) > 1:
            del lines[at]
        case 1:
            lines.insert(at, random.choice(lines))
        case 2:
            lines.insert(at, word)
        case 3:
            lines[at] = lines[at].partition(b":")[0] + b": " + word
        case 4:
            return data[:1] + head + separator + body + data[1:]
        case 5:
            return data[:1] + head + separator + word + body
        case 6:
            return bytes([random.randrange(256)]) + data[1:]
        case _:
            return None
    return data[:1] + b"\r\n".join(lines) + separator + body
