"""Texts for regular expressions: whether one matches, and texts that do, made from the parsed form of a pattern.

A pattern is one of ECMA-262, as JSON Schema has it: it may be found anywhere in the text. What looks around is not
aimed at: texts are tried, and Hypothesis at last. Of what Python can't read, there is none.
"""

from __future__ import annotations

import re
import string
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Sequence

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

_One = TypeVar("_One")
_USUAL = 3
"""Of what may be repeated without end, where nothing asks for more."""
_REPEATS = (1, _USUAL, 8)
_DRAWS = 48
_FEW = 12
_OF_A_LENGTH = 3
_TRIES = 50
_MOST_TRIES = 500
_PRINTABLE = [*string.ascii_lowercase, *string.digits, *string.ascii_uppercase, *"-_. "]
_CLASSES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": string.ascii_lowercase + string.digits,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_lowercase,
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": string.ascii_lowercase + string.digits,
}


@lru_cache(maxsize=4096)
def _validator(pattern: str) -> Any:
    return jsonschema_rs.validator_for({"pattern": pattern}, offline=True)


def matches(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern, as JSON Schema has patterns."""
    return bool(_validator(pattern).is_valid(text))


def _in_python(pattern: str) -> str:
    return re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)  # ECMA-262 names a group without the P


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> Any:
    try:
        return sre_parse.parse(_in_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return None


def text_for(pattern: str, rng: Random, least: int = 0, repeats: int = _USUAL) -> str | None:
    """Return a text that a pattern is found in, of `least` characters if that can be; None: none is found.

    What may be repeated without end is repeated `repeats` times at most.
    """
    for _ in range(_TRIES):
        aimed = _aimed(pattern, rng, (repeats, least), least, None)
        if aimed is None:
            break
        if re.search(_in_python(pattern), aimed):
            return aimed
    return plainest(pattern, least)


def plainest(pattern: str, least: int = 0, most: int | None = None) -> str | None:
    """Return a text of some length that a pattern is found in, a plain one, the same each time; None: none is found."""
    try:
        compiled = re.compile(_in_python(pattern))
    except (re.error, OverflowError, RecursionError):  # ECMA-262 knows more than Python does: \p{L}
        return None
    rng = Random(0)  # noqa: S311 -- nothing is to be secret
    aimed = (_aimed(pattern, rng if number else None, (0, least), least, most) for number in range(_TRIES))
    for text in chain(("text".ljust(least, "x")[:most],), aimed):
        if text is not None and compiled.search(text):
            return text
    return _found(compiled, least, most)


@lru_cache(maxsize=1024)
def several(pattern: str) -> tuple[str, ...]:
    """Return a few texts that match a pattern, short ones first, the same each time."""
    rng, parsed = Random(pattern), _parsed(pattern)  # noqa: S311 -- nothing is to be secret
    made = [plainest(pattern)]
    for number in range(_DRAWS if parsed else 0):
        text = _aimed(pattern, rng, _REPEATS[number % 3 :][:1], 0, None)
        before, after = (
            "".join(rng.choices(_PRINTABLE, k=rng.randint(0, 2)))
            if number % 2 and not str(end[1]).startswith("AT_")
            else ""
            for end in (parsed[0], parsed[-1])
        )
        made.append(None if text is None else before + text + after)
    found = dict.fromkeys(each for each in made if each is not None and each.isprintable() and matches(pattern, each))
    lengths = Counter[int]()
    kept = []
    for text in sorted(found, key=len):
        lengths[len(text)] += 1
        kept += [text] if lengths[len(text)] <= _OF_A_LENGTH else []
    return tuple(kept[:_FEW])


@lru_cache(maxsize=1024)
def _found(pattern: re.Pattern[str], least: int, most: int | None) -> str | None:
    from hypothesis import HealthCheck, find, settings  # noqa: PLC0415 -- half a second, and few patterns need it
    from hypothesis import strategies as st  # noqa: PLC0415 -- as above
    from hypothesis.errors import HypothesisException  # noqa: PLC0415 -- as above

    quiet = settings(max_examples=_MOST_TRIES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    wanted = st.from_regex(pattern).filter(lambda text: least <= len(text) and (most is None or len(text) <= most))
    try:
        return find(wanted, lambda _: True, settings=quiet, random=Random(0))  # noqa: S311 -- nothing is to be secret
    except HypothesisException as error:
        if isinstance(error, Warning):  # where warnings are errors, one says nothing of the pattern
            raise
        return None
    except NotImplementedError:  # Hypothesis does not know each word of Python's: `(?!)`, since 3.13
        return None


# A text along the parsed form.


@dataclass(slots=True)
class _Chooser:
    """Chooses as chance has it, or the plainest.

    Attributes:
        rng: None: the first of all, as few as there may be.
        repeats: Repetitions that are taken where there may be as many.
        groups: The texts of the groups so far.
    """

    rng: Random | None
    repeats: int
    groups: dict[int, str] = field(default_factory=dict)

    def one(self, choices: Sequence[_One]) -> _One:
        return choices[0] if self.rng is None else self.rng.choice(choices)

    def count(self, least: int, most: int) -> int:
        if self.rng is None:
            return min(most, max(least, self.repeats))
        return self.rng.randint(least, max(least, min(most, max(self.repeats, least + 1))))


def _aimed(pattern: str, rng: Random | None, repeats: Sequence[int], least: int, most: int | None) -> str | None:
    parsed = _parsed(pattern)
    for number in dict.fromkeys(repeats) if parsed is not None else ():
        text = _sequence(parsed, _Chooser(rng, number))
        if text is not None and least <= len(text) and (most is None or len(text) <= most):
            return text
    return None


def _sequence(parts: Any, chooser: _Chooser) -> str | None:
    made = []
    for part in parts:
        text = _one(part, chooser)
        if text is None:
            return None
        made.append(text)
    return "".join(made)


def _one(part: tuple[Any, Any], chooser: _Chooser) -> str | None:  # noqa: C901, PLR0911 -- one for each operator
    operator, value = str(part[0]), part[1]
    match operator:
        case "LITERAL":
            return chr(value)
        case "NOT_LITERAL":
            return "a" if chr(value) != "a" else "b"
        case "ANY":
            return chooser.one(string.ascii_lowercase)
        case "IN":
            return _among(value, chooser)
        case "BRANCH":
            return _sequence(chooser.one(value[1]), chooser)
        case "SUBPATTERN":
            text = _sequence(value[-1], chooser)
            if text is not None and value[0] is not None:
                chooser.groups[value[0]] = text
            return text
        case "ATOMIC_GROUP":
            return _sequence(value, chooser)
        case "GROUPREF":
            return chooser.groups.get(value)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            texts = [_sequence(inner, chooser) for _ in range(chooser.count(int(least), int(most)))]
            return None if None in texts else "".join(text for text in texts if text is not None)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return ""
        case _:
            return None


def _among(choices: Any, chooser: _Chooser) -> str | None:
    if str(choices[0][0]) == "NEGATE":
        left = [each for each in _PRINTABLE if not any(_has(choice, each) for choice in choices[1:])]
        return chooser.one(left) if left else None
    operator, value = chooser.one(choices)
    match str(operator):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(chooser.one(range(value[0], min(value[1], value[0] + 93) + 1)))
        case "CATEGORY":
            return chooser.one(_CLASSES[str(value)])
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
