"""Writes a document anew with another value: what stays as it is keeps its place, its form and its comments.

Theory of operation. A text of YAML is composed into nodes, which know where they stand. They are compared with the
value that is wanted, and each difference is one edit of the text: another key or value, what is new, what is gone. What
comes of it is read again; if it says anything else than what is wanted, nothing is changed. So a form that is not
understood here (an anchor that others share, a merge key) is refused, and never spoilt.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from bothends.documents import TextError, parse_yaml
from bothends.errors import ContractError
from bothends.scaffold.yaml_lines import block, flow, scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.documents import Document

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCK_TEXTS = ("|", ">")
_Entry = tuple[yaml.Node, yaml.Node]


def rewritten(document: Document, wanted: Any, indent: int | str) -> str:
    """Return the text of a document with another value, and all else as it was.

    Args:
        document: The document, without overlays.
        wanted: What it is to hold.
        indent: What a level of it is indented by, if it is JSON.

    Raises:
        ContractError: It is written in a form that can't be changed so.
    """
    if document.file.suffix.lower() == ".json":
        return json.dumps(_arranged(document.value, wanted), indent=indent, ensure_ascii=False) + "\n"
    edits = _Edits(document.text)
    try:
        node = yaml.compose(document.text, Loader=_LOADER)
        if node is None:
            raise _NoWayError  # noqa: TRY301 -- what has no text is refused as all else is
        edits.compare(node, document.value, wanted)
        text = edits.text()
        value, _ = parse_yaml(text)
    except (yaml.YAMLError, TextError, _NoWayError) as error:
        raise not_so(document) from error
    if not _alike(value, wanted):
        raise not_so(document)
    return text


def not_so(document: Document) -> ContractError:
    """Return that a document can't be changed in place."""
    return ContractError(
        f"{document.file} is written in a form that can't be changed in place.",
        where=document.location(""),
        expected="a mapping with a line for each key",
        advice="Leave --in-place out: the changes are then written as an overlay.",
    )


class _NoWayError(Exception):
    """A part of a text is written in a form that is not understood here."""


def _alike(value: Any, other: Any) -> bool:
    """Whether two values are the same JSON, in whatever order: `true` is not 1."""
    return value is other or json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True)


def _renamed(old: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, str]:
    """Return the new key of each member that has another one: with the same value, or the same key in other letters."""
    gone = [key for key in old if key not in wanted]
    found: dict[str, str] = {}
    for key in (key for key in wanted if key not in old):
        free = [each for each in gone if each not in found]
        same = [each for each in free if _alike(old[each], wanted[key])] or [
            each for each in free if each.lower() == key.lower()
        ]
        if same:
            found[same[0]] = key
    return found


def _arranged(old: Any, wanted: Any) -> Any:
    """Return what is wanted in the order of what was there; what is new comes last."""
    if isinstance(old, dict) and isinstance(wanted, dict):
        renamed = _renamed(old, wanted)
        kept = {renamed.get(key, key): value for key, value in old.items() if renamed.get(key, key) in wanted}
        made = {key: _arranged(value, wanted[key]) for key, value in kept.items()}
        return {**made, **{key: value for key, value in wanted.items() if key not in made}}
    if isinstance(old, list) and isinstance(wanted, list):
        made_items = [_arranged(was, now) for was, now in zip(old, wanted, strict=False)]
        return [*made_items, *wanted[len(made_items) :]]
    return wanted


class _Edits:
    """Edits of a text of YAML."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._made: set[tuple[int, int, str]] = set()

    def text(self) -> str:
        """Return the text with all edits made.

        Raises:
            _NoWayError: One is within another.
        """
        text, before = self._text, len(self._text) + 1
        for start, end, new in sorted(self._made, reverse=True):
            if end > before:
                raise _NoWayError
            text, before = text[:start] + new + text[end:], start
        return text

    def compare(self, node: yaml.Node, old: Any, wanted: Any) -> None:
        """Note what has to be edited for a node to hold what is wanted.

        Raises:
            _NoWayError: It is written in a form that can't be edited.
        """
        if _alike(old, wanted):
            return
        if isinstance(node, yaml.MappingNode) and isinstance(old, dict) and isinstance(wanted, dict):
            self._mapping(node, old, wanted)
        elif isinstance(node, yaml.SequenceNode) and isinstance(old, list) and isinstance(wanted, list):
            self._sequence(node, old, wanted)
        elif isinstance(node, yaml.ScalarNode) and node.style not in _BLOCK_TEXTS and self._end(node) > _start(node):
            self._made.add((_start(node), self._end(node), flow(wanted)))
        else:
            raise _NoWayError

    def _mapping(self, node: yaml.MappingNode, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        entries: list[_Entry] = node.value
        if [key.value for key, _ in entries] != list(old):
            raise _NoWayError  # a merge key
        renamed = _renamed(old, wanted)
        kept = [renamed.get(key, key) in wanted for key in old]
        for (key, value), is_kept in zip(entries, kept, strict=True):
            name: str = key.value
            new = renamed.get(name, name)
            if new != name:
                self._made.add((_start(key), self._end(key), scalar(new)))
            if is_kept:
                self.compare(value, old[name], wanted[new])
        for first, last in _runs(kept):
            self._remove(node, first, last)
        there = {renamed.get(key, key) for key in old}
        added = {key: value for key, value in wanted.items() if key not in there}
        if added and node.flow_style:
            self._insert(_start(node) + 1, flow(added)[1:-1] + (", " if any(kept) else ""))
        elif added:
            indent = " " * entries[0][0].start_mark.column
            self._insert_lines(entries[-1][1], block(added, indent, {}))

    def _remove(self, node: yaml.MappingNode, first: int, last: int) -> None:
        """Remove some members that follow each other: with their lines, where these have nothing else."""
        entries: list[_Entry] = node.value
        start, end = _start(entries[first][0]), self._end(entries[last][1])
        begins = self._text.rfind("\n", 0, start) + 1
        if first == 0 and last + 1 == len(entries):
            raise _NoWayError  # nothing would be left
        if not node.flow_style and not self._text[begins:start].strip():
            self._made.add((begins, self._next_line(end), ""))
        elif last + 1 < len(entries):
            self._made.add((start, _start(entries[last + 1][0]), ""))
        else:
            self._made.add((self._end(entries[first - 1][1]), end, ""))

    def _sequence(self, node: yaml.SequenceNode, old: list[Any], wanted: list[Any]) -> None:
        if len(wanted) < len(old):
            raise _NoWayError
        for item, was, now in zip(node.value, old, wanted, strict=False):
            self.compare(item, was, now)
        added = wanted[len(old) :]
        if added and node.flow_style:
            text = ", ".join(map(flow, added))
            self._insert(self._end(node) - 1, f", {text}" if old else text)
        elif added:
            indent = " " * node.start_mark.column
            self._insert_lines(node.value[-1], [f"{indent}- {flow(each)}" for each in added])

    def _insert(self, at: int, text: str) -> None:
        self._made.add((at, at, text))

    def _insert_lines(self, after: yaml.Node, lines: Sequence[str]) -> None:
        """Insert lines below the last line of a node."""
        at = self._next_line(self._end(after))
        before = "\n" if at and self._text[at - 1] != "\n" else ""  # the last line may have no end
        self._insert(at, before + "".join(f"{line}\n" for line in lines))

    def _next_line(self, at: int) -> int:
        found = self._text.find("\n", at)
        return len(self._text) if found < 0 else found + 1

    def _end(self, node: yaml.Node) -> int:
        """Return where a node ends: a block is said to end where something else begins."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(node, yaml.MappingNode) else last)
        end: int = node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in _BLOCK_TEXTS:
            return len(self._text[:end].rstrip())
        return end


def _start(node: yaml.Node) -> int:
    return int(node.start_mark.index)


def _runs(kept: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last place of each run of members that are not kept."""
    first = None
    for place, is_kept in enumerate((*kept, True)):
        if not is_kept and first is None:
            first = place
        elif is_kept and first is not None:
            yield first, place - 1
            first = None
