"""Texts for regular expressions: one that a pattern matches, made from its parsed form."""

from __future__ import annotations

import re
import string
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

_MOST_REPEATS = 3
_PRINTABLE = [*string.ascii_lowercase, *string.digits, *string.ascii_uppercase, *"-_. "]
_CLASSES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": string.ascii_lowercase + string.digits,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": string.ascii_lowercase + string.digits,
}


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> Any:
    # ECMA-262 names a group without the P.
    python = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)
    try:
        return sre_parse.parse(python)
    except (re.error, OverflowError, RecursionError):
        return None


def text_for(pattern: str, rng: Random, least: int = 0) -> str | None:
    """Return a text in which a pattern finds itself; None where none can be aimed at.

    Args:
        pattern: The regular expression, as JSON Schema has it: it is not anchored.
        rng: Chooses.
        least: Characters that the text should have: repetitions are longer for it.
    """
    parsed = _parsed(pattern)
    if parsed is None:
        return None
    for repeats in dict.fromkeys((_MOST_REPEATS, least)):
        text = _sequence(parsed, rng, repeats, {})
        if text is not None and len(text) >= least:
            return text
    return None


def _sequence(parts: Any, rng: Random, repeats: int, groups: dict[int, str]) -> str | None:
    made = []
    for part in parts:
        text = _one(part, rng, repeats, groups)
        if text is None:
            return None
        made.append(text)
    return "".join(made)


def _one(part: tuple[Any, Any], rng: Random, repeats: int, groups: dict[int, str]) -> str | None:  # noqa: C901, PLR0911 -- one for each operator
    operator, value = str(part[0]), part[1]
    match operator:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if chr(value) != "a" else "b"
        case "ANY":
            return rng.choice(string.ascii_lowercase)
        case "IN":
            return _among(value, rng)
        case "BRANCH":
            return _sequence(rng.choice(value[1]), rng, repeats, groups)
        case "SUBPATTERN":
            text = _sequence(value[-1], rng, repeats, groups)
            if text is not None and value[0] is not None:
                groups[value[0]] = text
            return text
        case "ATOMIC_GROUP":
            return _sequence(value, rng, repeats, groups)
        case "GROUPREF":
            return groups.get(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            count = rng.randint(int(least), max(int(least), min(int(most), max(repeats, int(least) + 1))))
            texts = [_sequence(inner, rng, repeats, groups) for _ in range(count)]
            return None if None in texts else "".join(text for text in texts if text is not None)
        case "AT":
            return ""
        case _:
            return None  # what looks around is not aimed at


def _among(choices: Any, rng: Random) -> str | None:
    if str(choices[0][0]) == "NEGATE":
        left = [each for each in _PRINTABLE if not any(_has(choice, each) for choice in choices[1:])]
        return rng.choice(left) if left else None
    operator, value = choices[rng.randrange(len(choices))]
    match str(operator):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(rng.randint(value[0], min(value[1], value[0] + 93)))
        case "CATEGORY":
            return rng.choice(_CLASSES[str(value)])
        case _:
            return None


def _has(choice: tuple[Any, Any], character: str) -> bool:
    operator, value = choice
    match str(operator):
        case "LITERAL":
            return ord(character) == int(value)
        case "RANGE":
            return int(value[0]) <= ord(character) <= int(value[1])
        case "CATEGORY":
            kind = str(value)
            inside = character in _CLASSES[kind.replace("_NOT_", "_")] or (
                kind.endswith("WORD") and character.isupper()
            )
            return not inside if "_NOT_" in kind else inside
        case _:
            return True
