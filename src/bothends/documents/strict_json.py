"""JSON as RFC 8259 has it, and what in a text a right parser may still refuse.

The grammar lets through more than a parser must take (section 9: "An implementation may set limits on
the size of texts that it accepts, on the maximum depth of nesting, on the range and precision of
numbers, on the length and character contents of strings"). So a text is malformed, or right, or right
and doubtful: then the contract alone can't say what becomes of it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from bothends.documents.yaml_text import DEEPEST, Lines, Mark, TextError
from bothends.records import join, split

if TYPE_CHECKING:
    from collections.abc import Iterator

# Some parsers stop at 32 (PHP's older, several in C), 64 (.NET) or 100 (Ruby).
DEEPEST_STRICT_JSON = 32
MOST_KEYS = 10_000
DUPLICATE_KEY = "a duplicate key"
"""The doubt about a text in which parsers read different values."""
# Beyond these a double is not exact (RFC 8259 section 6, RFC 7493 section 2.2).
_LARGEST_INTEGER = 2**53
_MOST_DIGITS = 17

_BOM = b"\xef\xbb\xbf"
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_STEP_INTO = [0] * 256
for _opens, _closes in zip(b"[{", b"]}", strict=True):
    _STEP_INTO[_opens], _STEP_INTO[_closes] = 1, -1
_NO_BRACKETS = bytes(byte for byte, step in enumerate(_STEP_INTO) if not step)
_DIGITS = re.compile(r"[0-9]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class JsonText:
    """What is to be said of a text.

    Attributes:
        well_formed: Whether the grammar admits it; a text with a byte order mark is not (section 8.1).
        doubts: Why a right parser may refuse a well-formed text, or take one that is not.
        value: What it says, when it is well-formed and not too deep to be read; else None.
        readable: Whether `value` is there.
    """

    well_formed: bool
    doubts: frozenset[str] = frozenset()
    value: Any = None
    readable: bool = False


class _Notes:
    """Takes note of what is doubtful while `json` reads."""

    def __init__(self) -> None:
        self.doubts: set[str] = set()
        self._keys = 0

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        self._keys += len(pairs)
        if len(members) != len(pairs):
            self.doubts.add(DUPLICATE_KEY)
        if self._keys > MOST_KEYS:
            self.doubts.add("many keys")
        return members

    def integer(self, text: str) -> int | float:
        if len(text) > _MOST_DIGITS + 1:
            self.doubts.add("a number that a double does not hold")
            # Python would refuse the longest; as a double it is near enough to be checked.
            return _double(text)
        value = int(text)
        if abs(value) > _LARGEST_INTEGER:
            self.doubts.add("a number that a double does not hold")
        return value

    def fraction(self, text: str) -> float:
        mantissa = text.lower().partition("e")[0]
        digits = "".join(_DIGITS.findall(mantissa)).lstrip("0")
        value = _double(text)
        lost = value == 0 and digits.strip("0")
        if len(digits) > _MOST_DIGITS or lost or abs(value) >= _LARGEST_DOUBLE:
            self.doubts.add("a number that a double does not hold")
        return value

    @staticmethod
    def constant(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")


_LARGEST_DOUBLE = 1.7976931348623157e308


def _double(text: str) -> float:
    """Return the nearest double; where there is none, the largest: infinity is no JSON value."""
    return max(-_LARGEST_DOUBLE, min(_LARGEST_DOUBLE, float(text)))


def read_json_text(body: bytes) -> JsonText:
    """Return what is to be said of a text: malformed, right, or doubtful; never raises."""
    if body.startswith(_BOM):
        return JsonText(well_formed=False, doubts=frozenset({"a byte order mark"}))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        # Section 8.1: UTF-8. What else it may be is no matter: it is not that.
        return JsonText(well_formed=False)
    if body.count(b"[") + body.count(b"{") > DEEPEST_STRICT_JSON and _depth(body) > DEEPEST_STRICT_JSON:
        # A parser may refuse such a text before it has seen whether it is well-formed.
        return JsonText(well_formed=True, doubts=frozenset({"deep nesting"}))
    notes = _Notes()
    try:
        value = json.loads(
            text,
            object_pairs_hook=notes.members,
            parse_int=notes.integer,
            parse_float=notes.fraction,
            parse_constant=notes.constant,
        )
    except ValueError:
        return JsonText(well_formed=False)
    if "\\u" in text and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        notes.doubts.add("half of a surrogate pair")
    return JsonText(well_formed=True, doubts=frozenset(notes.doubts), value=value, readable=True)


def _depth(body: bytes) -> int:
    brackets = _STRING.sub(b"", body).translate(None, delete=_NO_BRACKETS)
    return max(accumulate(map(_STEP_INTO.__getitem__, brackets)), default=0)


# JSON, read strictly (RFC 8259), with the line of everything in it.

_SYMBOL = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+|\n', re.DOTALL)


def parse_json(text: str) -> tuple[Any, Lines]:
    """Return the value of a JSON text, and the lines of what is in it.

    Raises:
        TextError: The text is not JSON, is empty, holds a key twice, or is too deep.
    """
    if not text.strip():
        raise TextError("it is empty", None)
    keys = _Keys()
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=keys.members)
    except json.JSONDecodeError as error:
        raise TextError(error.msg[:1].lower() + error.msg[1:], error.lineno) from error
    except RecursionError as error:
        raise TextError(f"it is more than {DEEPEST} levels deep", None) from error
    except ValueError as error:
        problem = str(error) if isinstance(error, TextError) else "a number has more digits than bothends supports"
        raise TextError(problem, None) from error
    if keys.duplicate or _is_too_deep(value):
        _marks(text)  # says where
    return value, _LinesOfJson(text)


def _nothing(_pairs: list[tuple[str, Any]]) -> None:
    """Stand for an object that is passed over."""


_SPACE = re.compile(r"[ \t\n\r,:]*")
_STEP = 1 << 16
_PASS_OVER = json.JSONDecoder(object_pairs_hook=_nothing)


class _LinesOfJson(Lines):
    """The lines of a text that is known to be JSON.

    A few are asked for, of documents of many megabytes: only the containers on the way are looked through, and what is
    in them is passed over by the parser in C.
    """

    def __init__(self, text: str) -> None:
        """Take the text."""
        super().__init__(partial(_marks, text))
        self._text = text
        self._known: dict[int, dict[str, tuple[int, int]]] = {}
        self._counted = [0]

    def at(self, pointer: str) -> int:
        """Return the line of what stands at a JSON pointer, or of the nearest thing that holds it."""
        begins = place = self._next(0)
        for key in split(pointer):
            members = self._members(place)
            if key not in members:
                break
            begins, place = members[key]
        return self._line(begins)

    def _line(self, place: int) -> int:
        """Return the line of a place: counted from the nearest place before it whose line is known."""
        step = place // _STEP
        while len(self._counted) <= step:
            end = len(self._counted) * _STEP
            self._counted.append(self._counted[-1] + self._text.count("\n", end - _STEP, end))
        return self._counted[step] + self._text.count("\n", step * _STEP, place) + 1

    def _next(self, place: int) -> int:
        """Return where the next thing that is no space begins, separators passed over."""
        found = _SPACE.match(self._text, place)
        return place if found is None else found.end()

    def _members(self, place: int) -> dict[str, tuple[int, int]]:
        """Return the members or items of what begins at a place: where each begins, and where its value does."""
        if place not in self._known:
            self._known[place] = dict(self._look_through(place))
        return self._known[place]

    def _look_through(self, place: int) -> Iterator[tuple[str, tuple[int, int]]]:
        if self._text[place] not in "{[":
            return
        is_list = self._text[place] == "["
        place = self._next(place + 1)
        count = 0
        while self._text[place] not in "]}":
            begins, key = place, str(count)
            if not is_list:
                key, end = _PASS_OVER.raw_decode(self._text, place)
                place = self._next(end)
            yield key, (begins, place)
            place = self._next(_PASS_OVER.raw_decode(self._text, place)[1])
            count += 1


class _Keys:
    """Notes whether a key stands twice in one mapping."""

    def __init__(self) -> None:
        self.duplicate = False

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        self.duplicate = self.duplicate or len(members) != len(pairs)
        return members


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [each for items in inner for each in items if isinstance(each, dict | list)]
    return bool(level)


def _refuse_constant(name: str) -> Any:
    raise TextError(f"'{name}' is not a JSON number", None)


def _marks(text: str) -> Mark:
    """Return the lines of a text that is known to be JSON.

    Raises:
        TextError: It holds a key twice, or is too deep.
    """
    root = Mark(0)
    # Each open container: its mark, its pointer, and whether it is a list. The text itself counts as
    # the only item of a list.
    stack: list[tuple[Mark, str, bool]] = [(root, "", True)]
    key: str | None = None  # the key whose value comes next
    key_line = 0
    line = 1
    for match in _SYMBOL.finditer(text):
        symbol = match[0]
        mark, pointer, is_list = stack[-1]
        if symbol == "\n":
            line += 1
        elif symbol in ",:":
            continue
        elif symbol in "}]":
            stack.pop()
        elif not is_list and key is None:
            key, key_line = json.loads(symbol), line
            if key in mark.children:
                raise TextError(f"duplicate key '{key}'", line, pointer + join(key))
        else:
            name = key if key is not None else str(len(mark.children))
            child = Mark(key_line if key is not None else line)
            mark.children[name] = child
            key = None
            if symbol in "{[":
                if len(stack) > DEEPEST:
                    raise TextError(f"it is more than {DEEPEST} levels deep", line, pointer)
                stack.append((child, (pointer + join(name)) if len(stack) > 1 else "", symbol == "["))
    return root.children["0"]
