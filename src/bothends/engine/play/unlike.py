"""Ids that no object has, each as like one that an object has as may be: a target reads it, and looks for it.

An id in another form may be refused for its form, and one that is drawn may be that of an object.
"""

from __future__ import annotations

import re
import string
from random import Random
from typing import TYPE_CHECKING, Any

from bothends.schemas import described_at, fits_schema

if TYPE_CHECKING:
    from bothends.schemas import Schema

_TRIES = 64
"""A schema may leave out a few letters, as that of a ULID does: each of a dozen has to fit."""
_LARGE = range(1_900_000_000, 2_147_483_000)
"""Numbers of 32 bits with their sign that hardly any counter has reached."""
_RUN = re.compile(r"[0-9A-Za-z]+")
_MOST_CHANGED = 12
_LEAST_CHANGED = 6
"""Characters that are changed: of fewer, another id may be the same."""
_MOST_COUNTED = 9
"""Digits of a number that somebody has counted; what has more is drawn."""
_HEX = "0123456789abcdef"
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def unlike(value: Any, schema: Schema | None, seed: str) -> Any:
    """Return an id that no object has; None: none is certain.

    Args:
        value: An id that an object has: a text or a number.
        schema: What the contract says of it; None: anything.
        seed: The same gives the same.
    """
    random = Random(seed)  # noqa: S311 -- it is no secret
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    for _ in range(_TRIES):
        found: Any = random.choice(_LARGE) if isinstance(value, int) else _other_text(value, schema, random)
        if found is None:
            return None
        if found != value and _fits(schema, found):
            return found
    return None


def _fits(schema: Schema | None, value: Any) -> bool:
    if isinstance(value, str):
        return fits_schema(schema, value, formats=True)
    return schema is None or schema.is_valid_with_formats(value)


def _other_text(text: str, schema: Schema | None, random: Random) -> str | None:
    """Return a text of the same kind: with another number at its end, or with other letters and digits.

    A short word is made longer where a pattern takes that: what the contract says of its form is all that there is.
    """
    counted = re.search(rf"(?<![0-9A-Za-z])[0-9]{{1,{_MOST_COUNTED}}}$", text)
    if counted is not None:
        return f"{text[: counted.start()]}{random.choice(_LARGE)}"
    # A word before the last sign, such as that of `cart_9f3k`, says what it is the id of.
    runs = list(_RUN.finditer(text))
    places = [at for run in runs[1:] or runs for at in range(*run.span())][-_MOST_CHANGED:]
    if len(places) < _LEAST_CHANGED:
        has_pattern = schema is not None and any("pattern" in part for part in described_at(schema.raw, ()))
        letters = next((each for each in _CLASSES if places and text[places[-1]] in each), "")
        return "".join(random.choices(letters, k=_MOST_CHANGED)) if has_pattern and text.isalnum() and letters else None
    is_hex = all(text[at] in _HEX for at in places)
    changed = list(text)
    for at in places:
        changed[at] = random.choice(_HEX if is_hex else next(each for each in _CLASSES if text[at] in each))
    return "".join(changed)


def tag_as_weak(value: Any) -> str | None:
    """Return the tag of an object as a weak one; None where it is one, or none (RFC 9110, section 8.8.3)."""
    return f"W/{value}" if isinstance(value, str) and re.fullmatch(r'"[^"]*"', value) else None


def tag_without_quotes(value: Any) -> str | None:
    """Return the tag of an object without its quotes; None where it is a weak one, or none."""
    return value[1:-1] if isinstance(value, str) and re.fullmatch(r'"[^"]+"', value) else None
