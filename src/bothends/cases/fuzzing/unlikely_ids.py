"""Ids that hardly any object has, in place of those that a generator draws for requests that write.

Generators begin with small numbers, and so does what numbers the objects of a service: `DELETE /orders/1` would remove
somebody's order. A large number stands there instead, another one for each, so that cases which differ still do. A
value that its schema refuses stays as it was drawn: it leads to no object, and its refusal is what the case is about.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bothends.contract.requests import SAFE
from bothends.schemas import fits_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.contract import Operation, Parameter

_LARGE = 2_147_483_629  # it has 32 bits with its sign, and so has each number that is made of it
_SMALL_DIGITS = 9
_FEWEST_DIGITS = 3
# What readers of numbers pass over stands before the digits; some read no further than to the first letter.
_NUMBER = re.compile(r"((?:\s|%20|%09|%0[AaDd]|%2[BbDd]|[+-])*)(0*)([0-9]{1,9})(?![0-9])")


def spared(operation: Operation, method: str, location: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values of a request's path or query with ids that are hardly there; None where they are so already.

    Args:
        operation: The operation.
        method: The request's method: what only reads may find an object.
        location: `path` or `query`.
        values: The values by the names of their parameters, as text escaped for the path, or as numbers.
    """
    if method in SAFE:
        return None
    ids = {
        parameter.name: parameter
        for parameter in operation.parameters
        if parameter.location == location and (location == "path" or parameter.mark)
    }
    made = {name: _spared(ids[name], value) for name, value in values.items() if name in ids}
    changed = {name: value for name, value in made.items() if value != values[name]}
    return {**values, **changed} if changed else None


def _spared(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str):
        return unlikely(parameter, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(unlikely(parameter, str(value)))
    if isinstance(value, float) and value.is_integer():
        return float(unlikely(parameter, str(int(value))))
    return value


def unlikely(parameter: Parameter, text: str) -> str:
    """Return a text that hardly any object has as its id; the text itself where it is so, or where none is found.

    Args:
        parameter: The parameter that it is of.
        text: As it stands in a request.
    """
    found = _NUMBER.match(text)
    if found is None or unquote(text) == parameter.example_text or not _fits(parameter, text):
        return text
    before, after = found[1], text[found.end() :]
    candidates = (f"{before}{digits}{after}" for digits in _large(parameter, int(found[3]), len(found[2] + found[3])))
    return next((each for each in candidates if _fits(parameter, each)), text)


def _large(parameter: Parameter, number: int, width: int) -> Iterator[str]:
    """Yield digits that may stand for a small number, the likest to be free first.

    Within a limit, what is left are the largest numbers that the schema takes, which may be drawn as they are, too.
    """
    yield str(_LARGE - number)
    raw = {} if parameter.schema is None else parameter.schema.raw
    most = min(
        (limit for key in ("maximum", "exclusiveMaximum") if isinstance(limit := raw.get(key), int)), default=None
    )
    if most is not None:
        made = [limit - number for limit in (most, most - 1)]
    else:
        lengths = [width] if width > _SMALL_DIGITS else []
        lengths += range(_SMALL_DIGITS, _FEWEST_DIGITS - 1, -1)
        made = [10**length - 1 - number for length in lengths]
    yield from (str(each) for each in made if each > number)


def _fits(parameter: Parameter, text: str) -> bool:
    return fits_schema(parameter.schema, unquote(text), formats=True)
