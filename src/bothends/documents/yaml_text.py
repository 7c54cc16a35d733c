"""YAML, read as OpenAPI 3.1 asks: YAML 1.2, with values that JSON has and strings as keys.

Theory of operation. PyYAML reads YAML 1.1, in which `no` is false, `0777` is 511, `12:30:00` is a
number, `2024-01-01` is a date, and an unquoted `200:` is a number that no JSON pointer finds. So
only its parser is used (libyaml's, which is fast): the events are made into values here, with the
JSON ruleset of YAML 1.2 (section 10.3, https://yaml.org/spec/1.2.2/#103-core-schema). Keys are the
text that stands there. The tree of lines is built on the way.

Anchors, aliases and merge keys (`<<`) work. An alias to what is still being read would be endless,
and is an error; so is a key that stands twice, because readers disagree on which one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import yaml

from bothends.records import join, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Where things stand in a text: a tree of lines beside the tree of values.

# Far more than a contract needs, and far less than what Python's stack takes.
DEEPEST = 100


class TextError(ValueError):
    """A text that can't be read.

    Attributes:
        problem: What is wrong, without a full stop.
        line: The line, starting at 1; None when it is not known.
        pointer: Where in the value, as a JSON pointer.
    """

    def __init__(self, problem: str, line: int | None, pointer: str = "") -> None:
        """Say what is wrong, and where."""
        super().__init__(problem)
        self.problem = problem
        self.line = line
        self.pointer = pointer


@dataclass(slots=True)
class Mark:
    """The line of a value, and the marks of what is in it.

    Attributes:
        line: The line of the value's key, or of the value where it has none; starts at 1.
        children: The marks of its members by key, or of its items by index as text.
    """

    line: int
    children: dict[str, Mark] = field(default_factory=dict)


def line_at(mark: Mark, pointer: str) -> int:
    """Return the line of what stands at a JSON pointer, or of the nearest thing that holds it."""
    for key in split(pointer):
        child = mark.children.get(key)
        if child is None:
            break
        mark = child
    return mark.line


class Lines:
    """The lines of a text's values, which are made when the first one is asked for.

    A document of many megabytes is read in a moment; its lines take far longer, and only an error wants them.
    """

    def __init__(self, make: Callable[[], Mark]) -> None:
        """Take what makes the marks."""
        self._make = make

    @cached_property
    def marks(self) -> Mark:
        """The marks of all that is in the text."""
        return self._make()

    def at(self, pointer: str) -> int:
        """Return the line of what stands at a JSON pointer, or of the nearest thing that holds it."""
        return line_at(self.marks, pointer)


NO_LINES = Lines(partial(Mark, 1))
"""The lines of a text that has but one."""


# A wheel of PyYAML has libyaml in it; one built without it reads the same, slower.
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_NODES = 1_000_000
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", f"{_TAG}str", f"{_TAG}timestamp"})
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_TAB_BEFORE_COMMENT = re.compile(r" *\t[ \t]*(?=#)")
_NUMBER_STARTS = frozenset("+-.0123456789")
_NO_MARKS: dict[str, Mark] = {}
"""Those of all values that hold none: nothing is ever put into it."""

_NOT_JSON = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(slots=True)
class _Container:
    """A mapping or sequence that is being read.

    Attributes:
        value: What has been read of it.
        mark: Its line and those of what is in it.
        anchor: Its anchor, or None.
        key: The key whose value comes next; None: a key comes next, or it is a sequence.
        key_line: The line of that key.
        merged: Keys that came in by `<<`: the mapping's own may replace them.
        size: How many nodes it holds, those of aliases counted each time.
    """

    value: dict[str, Any] | list[Any]
    mark: Mark
    anchor: str | None
    key: str | None = None
    key_line: int = 0
    merged: set[str] = field(default_factory=set)
    size: int = 1


@dataclass(slots=True)
class _Node:
    """A value that has been read whole."""

    value: Any
    mark: Mark
    size: int


def parse_yaml(text: str) -> tuple[Any, Lines]:
    """Return the value of a YAML text, and the lines of what is in it.

    Raises:
        TextError: The text is not YAML, is empty, holds several documents, or holds what JSON can't.
    """
    try:
        value, marks = _Reader().read(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        repaired = None if mark is None else _without_tab_before_comment(text, mark.line)
        if repaired is not None:
            return parse_yaml(repaired)
        problem = f"{error.problem} ({error.context})" if error.context else str(error.problem)
        raise TextError(problem, None if mark is None else mark.line + 1) from error
    except yaml.reader.ReaderError as error:
        # libyaml counts bytes, PyYAML's own reader characters: the line is near enough either way.
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        raise TextError(f"it contains a character that YAML does not allow ({error.reason})", line) from error
    return value, Lines(partial(_known, marks))


def _without_tab_before_comment(text: str, number: int) -> str | None:
    """Return a text with spaces for the tabs before a comment that is alone in its line; None where there is none.

    YAML allows them (1.2.2, section 6.6, `s-separate-in-line`); libyaml does not.
    """
    lines = text.splitlines(keepends=True)
    found = _TAB_BEFORE_COMMENT.match(lines[number]) if number < len(lines) else None
    if found is None:
        return None
    lines[number] = " " * len(found[0]) + lines[number][len(found[0]) :]
    return "".join(lines)


def _known(marks: Mark) -> Mark:
    return marks


class _Reader:
    """Makes values of YAML events, without recursion."""

    def __init__(self) -> None:
        self._open: list[_Container] = []
        self._anchors: dict[str, _Node | None] = {}
        self._root: _Node | None = None
        self._documents = 0

    def read(self, events: Iterator[Any]) -> tuple[Any, Mark]:
        for event in events:
            line = event.start_mark.line + 1
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event, line)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._end()
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event, line)
            elif kind is yaml.AliasEvent:
                self._alias(event, line)
            elif kind is yaml.DocumentStartEvent:
                self._documents += 1
                if self._documents > 1:
                    raise TextError("a second document starts here; one is allowed", line)
        if self._root is None:
            raise TextError("it is empty", None)
        return self._root.value, self._root.mark

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        container = self._open[-1] if self._open else None
        if container is not None and container.key is None and type(container.value) is dict:
            self._take_key(container, event, line)
            return
        try:
            value = _scalar_value(event)
        except ValueError as error:
            raise TextError(str(error), line, self._pointer()) from error
        mark = Mark(line, _NO_MARKS)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Node(value, mark, 1)
        self._add(value, mark, 1)

    def _take_key(self, container: _Container, event: yaml.ScalarEvent, line: int) -> None:
        key = event.value
        if event.anchor is not None:
            self._anchors[event.anchor] = _Node(key, Mark(line), 1)
        if key in container.value and key not in container.merged:
            raise TextError(f"duplicate key '{key}'", line, self._pointer() + join(key))
        container.key = key
        container.key_line = line

    def _start(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> None:
        self._refuse_key(line)
        mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag is not None and event.tag != (f"{_TAG}map" if mapping else f"{_TAG}seq"):
            raise TextError(f"the tag {event.tag} has no JSON equivalent", line, self._pointer())
        if len(self._open) >= DEEPEST:
            raise TextError(f"it is more than {DEEPEST} levels deep", line, self._pointer())
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Container({} if mapping else [], Mark(line), event.anchor))

    def _end(self) -> None:
        container = self._open.pop()
        if container.anchor is not None:
            self._anchors[container.anchor] = _Node(container.value, container.mark, container.size)
        self._add(container.value, container.mark, container.size)

    def _alias(self, event: yaml.AliasEvent, line: int) -> None:
        if event.anchor not in self._anchors:
            raise TextError(f"the alias *{event.anchor} has no anchor before it", line, self._pointer())
        node = self._anchors[event.anchor]
        if node is None:
            raise TextError(f"the alias *{event.anchor} is inside its own anchor", line, self._pointer())
        container = self._open[-1]
        if isinstance(container.value, dict) and container.key is None:
            if not isinstance(node.value, str):
                problem = f"the alias *{event.anchor} is used as a key but is not a string"
                raise TextError(problem, line, self._pointer())
            self._take_key(container, yaml.ScalarEvent(None, None, (False, True), node.value), line)
            return
        self._add(node.value, node.mark, node.size)

    def _refuse_key(self, line: int) -> None:
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            raise TextError("a key is a mapping or a list; a string is expected", line, self._pointer())

    def _pointer(self) -> str:
        """Return the pointer of what comes next: it is put together when something is wrong, and not before."""
        parts = (len(each.value) if isinstance(each.value, list) else each.key for each in self._open)
        return "".join(join(part) for part in parts if part is not None)

    def _add(self, value: Any, mark: Mark, size: int) -> None:
        if not self._open:
            self._root = _Node(value, mark, size)
            return
        container = self._open[-1]
        container.size += size
        if container.size > _MOST_NODES:
            raise TextError(f"its aliases expand to more than {_MOST_NODES:,} values", container.mark.line)
        holder = container.value
        if isinstance(holder, list):
            container.mark.children[str(len(holder))] = mark
            holder.append(value)
            return
        key, container.key = container.key or "", None
        if key == "<<":
            _merge(container, _Node(value, mark, size), self._pointer() + join("<<"))
            return
        holder[key] = value
        if container.merged:
            container.merged.discard(key)
        container.mark.children[key] = Mark(container.key_line, mark.children)


def _merge(container: _Container, node: _Node, pointer: str) -> None:
    """Take over the members of a mapping, or of each of a list of mappings; the first one wins."""
    items = node.value if isinstance(node.value, list) else [node.value]
    many = isinstance(node.value, list)
    for index, item in enumerate(items):
        if not isinstance(item, dict) or isinstance(container.value, list):
            problem = "the value of '<<' is not a mapping"
            raise TextError(problem, container.key_line, pointer)
        mark = node.mark.children[str(index)] if many else node.mark
        for key, value in item.items():
            if key not in container.value:
                container.value[key] = value
                container.merged.add(key)
                container.mark.children[key] = mark.children[key]


def _scalar_value(event: yaml.ScalarEvent) -> Any:
    """Return the value of a scalar.

    Raises:
        ValueError: It has none that JSON has.
    """
    text: str = event.value
    tag = event.tag
    plain, quoted = event.implicit
    if tag in _TEXT_TAGS or (tag is None and quoted and not plain):
        return text
    value = _plain_value(text)
    if tag is None or _has_type(value, tag):
        return value
    if tag == f"{_TAG}float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"'{text}' does not fit the tag {tag}, or the tag has no JSON equivalent")


def _has_type(value: Any, tag: str) -> bool:
    types: dict[str, type] = {"null": type(None), "bool": bool, "int": int, "float": float}
    return type(value) is types.get(tag.removeprefix(_TAG))


def _plain_value(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.fullmatch(text):
        try:
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        except ValueError as error:
            raise ValueError("a number has more digits than bothends supports") from error
    if _FLOAT.fullmatch(text):
        return _finite(float(text), text)
    if _NOT_JSON.fullmatch(text):
        raise ValueError(f"'{text}' is not a JSON number")
    return text


def _finite(value: float, text: str) -> float:
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:40]} is too large")
    return value
