"""JSON as Go's encoding/json reads it, with a note of each value that is not read as it was written.

A value read into a Go `any` is not quite what was sent: numbers become float64, invalid UTF-8 and lone
surrogates become U+FFFD, of a repeated key the last one stays. The notes are what a sender never hears.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from bothends.records import join

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPACE = " \t\n\r"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EXACT = 1 << 53
DEEPEST = 200
"""Levels of lists and objects that are read.

Go reads 10,000, and Python as many as its version has room for. Nothing that the world gives out is deeper than 32.
"""
_TOO_DEEP = "exceeded max depth"
_MOST_DIGITS = 400  # float64 ends at 1.8e308, so a longer literal can't be read


class GoJsonError(ValueError):
    """Text that Go would refuse."""


class Repeated(dict[str, Any]):
    """An object in which a key stood twice.

    Attributes:
        pairs: All keys and values as written, in order.
    """

    pairs: list[tuple[str, Any]]


class _Hooks:
    """What the decoder asks about the parts of a value."""

    def __init__(self) -> None:
        self.altered = False

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Make an object, and keep what a repeated key would lose."""
        value = dict(pairs)
        if len(value) == len(pairs):
            return value
        self.altered = True
        repeated = Repeated(value)
        repeated.pairs = pairs
        return repeated

    def integer(self, literal: str) -> int:
        """Make an integer that may be beyond what float64 can hold exactly."""
        if len(literal) > _MOST_DIGITS:
            raise GoJsonError(f"cannot read number {literal[:20]}… into float64")
        value = int(literal)
        if abs(value) > _EXACT:
            self.altered = True
        return value


class Reader:
    """Reads one text from its start to its end, value by value.

    Args:
        body: The text as bytes.

    Attributes:
        text: The text; what is not UTF-8 is U+FFFD.
        at: Where reading goes on, in characters.
        replaced: Whether anything became U+FFFD.
    """

    def __init__(self, body: bytes) -> None:
        self.at = 0
        self.replaced = False
        try:
            self.text = body.decode()
        except UnicodeDecodeError:
            self.text = body.decode(errors="replace")
            self.replaced = True
        self._surrogates = _SURROGATE_ESCAPE.search(body) is not None
        self._hooks = _Hooks()
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._hooks.object,
            parse_int=self._hooks.integer,
            parse_float=_float,
            parse_constant=_constant,
        )

    @property
    def altered(self) -> bool:
        """Whether what was read so far may be other than what was written: `as_any` tells."""
        return self.replaced or self._hooks.altered

    def peek(self) -> str:
        """Return the next character that is no white space; empty at the end."""
        text, end = self.text, len(self.text)
        while self.at < end and text[self.at] in _SPACE:
            self.at += 1
        return text[self.at : self.at + 1]

    def skip(self) -> None:
        """Skip the character that was peeked."""
        self.at += 1

    def value(self) -> Any:
        """Read one value.

        Raises:
            GoJsonError: There is none.
        """
        self.peek()
        begin = self.at
        try:
            value, self.at = self._decoder.raw_decode(self.text, self.at)
        except RecursionError as error:
            raise GoJsonError(_TOO_DEEP) from error
        except json.JSONDecodeError as error:
            raise GoJsonError(f"invalid JSON: {error.msg} at character {error.pos}") from error
        opened = self.text.count("[", begin, self.at) + self.text.count("{", begin, self.at)
        if opened > DEEPEST and _depth(value) > DEEPEST:
            raise GoJsonError(_TOO_DEEP)
        return self._repaired(value) if self._surrogates else value

    def _repaired(self, value: Any) -> Any:
        """Replace lone surrogates, which no UTF-8 can hold."""
        if isinstance(value, str):
            repaired = _LONE_SURROGATE.sub("\ufffd", value)
            self.replaced = self.replaced or repaired != value
            return repaired
        if isinstance(value, dict):
            pairs = value.pairs if isinstance(value, Repeated) else value.items()
            return self._hooks.object([(self._repaired(key), self._repaired(item)) for key, item in pairs])
        if isinstance(value, list):
            return [self._repaired(item) for item in value]
        return value


def _depth(value: Any) -> int:
    """Return how deep lists and objects are nested in a value; one that is none of them has no depth."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in _inner(each)]
    return depth


def _inner(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    if isinstance(value, Repeated):
        return [inner for _, inner in value.pairs]
    return value.values() if isinstance(value, dict) else value


def as_any(value: Any, pointer: str, notes: list[tuple[str, str]], *, replaced: bool) -> Any:
    """Return a value as Go holds it in an `any`, and note what changed on the way.

    Args:
        value: What `Reader` read.
        pointer: JSON pointer to it, for the notes.
        notes: Gets a pair of pointer and note for each change.
        replaced: Whether U+FFFD in it stands for what could not be read.

    Raises:
        GoJsonError: A number is beyond float64.
    """
    if isinstance(value, dict):
        if isinstance(value, Repeated):
            notes.extend((f"{pointer}{join(key)}", "repeated key: the last one is kept") for key in _doubles(value))
        return {key: as_any(item, f"{pointer}{join(key)}", notes, replaced=replaced) for key, item in value.items()}
    if isinstance(value, list):
        return [as_any(item, f"{pointer}/{index}", notes, replaced=replaced) for index, item in enumerate(value)]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return _as_float(value, pointer, notes)
    if replaced and isinstance(value, str) and "\ufffd" in value:
        notes.append((pointer, "what is not Unicode became U+FFFD"))
    return value


def _as_float(value: int, pointer: str, notes: list[tuple[str, str]]) -> int:
    try:
        kept = int(float(value))
    except OverflowError as error:
        raise GoJsonError("cannot read number into float64") from error
    if kept != value:
        notes.append((pointer, f"precision is lost: {value} became {kept}"))
    return kept


def _doubles(value: Repeated) -> list[str]:
    seen: set[str] = set()
    return [key for key, _ in value.pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]  # None is false


def _float(literal: str) -> float:
    value = float(literal)
    if math.isinf(value):
        raise GoJsonError(f"cannot read number {literal[:20]} into float64")
    return value


def _constant(literal: str) -> float:
    raise GoJsonError(f"invalid character in literal {literal}")
