"""Makes strings, numbers, booleans and null within a schema's bounds."""

from __future__ import annotations

import math
import uuid
from typing import TYPE_CHECKING, Any

from bothends.world.answers import words

if TYPE_CHECKING:
    from random import Random

SAFE = (1 << 53) - 1
"""Largest integer that every JSON reader holds exactly (RFC 7493 section 2.2)."""

_INTEGERS = (0, 1, -1, 2, 7, 10, 42, 100, 255, 256, 65_536, 1_700_000_000_000, SAFE, -SAFE, -40)
_FLOATS = (0.5, -0.25, 1.0, 1e3, 100.0, 3.141592653589793, 0.1, 1e-7, 1e21, -1.5e3)
_FORMATS = {
    "date-time": "2024-02-29T12:34:56Z",
    "date": "2024-02-29",
    "time": "12:34:56Z",
    "duration": "P1DT2H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/a?b=c",
    "uri-reference": "/a?b=c",
    "json-pointer": "/a/b",
}


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
    wanted = schema.get("format", "")
    if wanted == "uuid":
        return str(uuid.UUID(int=rng.getrandbits(128), version=4))
    return _FORMATS.get(wanted, "") or words.text(rng, schema.get("minLength", 0), schema.get("maxLength"))


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
