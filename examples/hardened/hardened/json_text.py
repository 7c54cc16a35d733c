"""JSON as RFC 8259 has it, and no more than I-JSON (RFC 7493) asks of a receiver."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


class NotJsonError(ValueError):
    """The bytes are no JSON text, or one that this program does not take."""


def _refuse_constant(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJsonError("a number is out of range")
    return number


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(members)
    if len(value) != len(members):
        raise NotJsonError("a name occurs twice")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_distinct)


def loads(raw: bytes) -> Any:
    """Return the JSON value of a UTF-8 text.

    Refused too, because a sender can't rely on it (RFC 8259 sections 4, 6, 8.1, 9): a byte order mark,
    a name that is there twice, a number beyond a double, an integer over 4,300 digits, a lone
    surrogate, nesting beyond what the interpreter takes (somewhat under 1,000).

    Raises:
        NotJsonError: It is no such text.
    """
    try:
        text = raw.decode()
        value = _DECODER.decode(text)
        # An escape can make a lone surrogate of valid UTF-8; nothing else can, and it is costly to look.
        if "\\u" in text:
            dumps(value)
    except RecursionError as error:
        raise NotJsonError("nested too deeply") from error
    except NotJsonError:
        raise
    except ValueError as error:
        raise NotJsonError("no JSON text") from error
    return value


def dumps(value: Any) -> bytes:
    """Return the compact UTF-8 text of a JSON value.

    Raises:
        ValueError: A string holds a lone surrogate, or a number is not finite.
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
