"""Overlays: changes to a document that one does not own.

Source: Overlay Specification 1.0.0. An overlay is a list of actions; each selects parts of the document by a JSONPath
(RFC 9535) and merges something into them, or removes them. Where arrays meet, the overlay's items are appended, as
version 1.1 makes plain. What an overlay brings in is told by its place in the overlay, all else by its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bothends.records import join, split

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bothends.documents import Document, Place
    from bothends.errors import ContractError, Location

_VERSION = re.compile(r"1\.0\.\d+")
Keys = tuple[str | int, ...]
"""The way to a part of a document."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def json_path(way: Keys) -> str:
    """Return the JSONPath (RFC 9535) of one part of a document."""
    return "$" + "".join(map(_step, way))


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if _WORD.fullmatch(key):
        return f".{key}"
    quoted = json.dumps(key, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"['{quoted}']"


def way_of(place: Place) -> Keys:
    """Return the keys and indices that lead to a place from the root of its document."""
    way: list[str | int] = []
    value = place.document.value
    for text in split(place.pointer):
        key: str | int = int(text) if isinstance(value, list) else text
        way.append(key)
        value = value[key]
    return tuple(way)


def overlaid(root: Place, files: Sequence[Path]) -> tuple[Place, list[tuple[str, ContractError]]]:
    """Return a document with overlays applied, and the actions that select nothing, each with why.

    Args:
        root: The document.
        files: The overlays, in the order in which they are applied.

    Raises:
        ContractError: One can't be read, or is no overlay.
    """
    edited = _Edited(root.document)
    idle: list[tuple[str, ContractError]] = []
    for file in files:
        overlay = root.library.open(file, what="The overlay", advice="Set `overlays` in the settings to the overlays.")
        for number, action in enumerate(_actions(overlay), 1):
            if not edited.apply(action):
                problem = f"The target selects nothing: {action.value['target']}."
                expected = f"a JSONPath that selects a part of {root.document.file.name}"
                what = f"action {number} of the overlay {file.name}"
                idle.append((what, action.child("target").error(problem, expected=expected)))
    document = replace(root.document, value=edited.value, origins=edited)
    root.library.put(document)
    return replace(root, document=document, value=document.value), idle


def _actions(overlay: Place) -> Iterator[Place]:
    version = overlay.mapping().get("overlay")
    if not isinstance(version, str) or _VERSION.fullmatch(version) is None:
        where = overlay.child("overlay") if "overlay" in overlay.value else overlay
        raise where.error("This is not an overlay of version 1.0.", expected="overlay: 1.0.0")
    if "actions" not in overlay.value:
        raise overlay.error("The overlay has no actions.", expected="actions: a list of targets and updates")
    for action in overlay.child("actions").items():
        if not isinstance(action.mapping().get("target"), str):
            raise action.error(
                "The action has no target.", expected="target: a JSONPath, such as $.paths['/orders'].post"
            )
        if "update" not in action.value and action.value.get("remove") is not True:
            raise action.error("The action changes nothing.", expected="update, or remove: true")
        yield action


class _Edited:
    """A document that is being changed, and where each part of it comes from.

    Nothing that others hold is changed: the containers on the way to a change are copied.
    """

    def __init__(self, document: Document) -> None:
        self.value = document.value
        self._document = document
        self._own: set[int] = set()
        self._from: dict[Keys, tuple[Document, str]] = {}
        self._removed: dict[Keys, list[int]] = {}

    def location(self, pointer: str) -> Location:
        """Return where what stands at a pointer into the changed document was written."""
        document, found = self._document, ""
        way: Keys = ()
        value = self.value
        for text in split(pointer):
            key: str | int = int(text) if isinstance(value, list) and text.isdigit() else text
            way = (*way, key)
            if way in self._from:
                document, found = self._from[way]
            else:
                found += join(self._before(way) if isinstance(key, int) else key)
            value = _child(value, key)
        return document.location(found)

    def apply(self, action: Place) -> bool:
        """Do what an action says; return whether it selects anything.

        Raises:
            ContractError: The target is no JSONPath, or what it selects can't be changed so.
        """
        # It is a second of start-up, which only documents with overlays need.
        from jsonpath_rfc9535 import JSONPathError, find  # noqa: PLC0415

        try:
            ways: list[Keys] = [node.location for node in find(action.value["target"], self.value)]
        except JSONPathError as error:
            problem = f"The target is not a JSONPath: {error}."
            raise action.child("target").error(problem, expected="a JSONPath of RFC 9535") from error
        if action.value.get("remove") is True:
            for way in sorted(ways, key=_for_removal, reverse=True):
                self._remove(way, action)
        else:
            for way in ways:
                self._update(way, action.child("update"), action)
        return bool(ways)

    def _remove(self, way: Keys, action: Place) -> None:
        if not way:
            raise action.error("The action removes the whole document.", expected="the target of a part of it")
        holder, key = self._writable(way[:-1]), way[-1]
        del holder[key]
        self._forget(way)
        if isinstance(key, int):
            self._move_up(way[:-1], key)

    def _update(self, way: Keys, update: Place, action: Place) -> None:
        target = self._at(way)
        if isinstance(target, list):
            items = self._writable(way)
            self._from[*way, len(items)] = (update.document, update.pointer)
            items.append(update.value)
        elif isinstance(target, dict) and isinstance(update.value, dict):
            self._merge(way, update)
        else:
            problem = "The target selects what is neither a mapping nor a list, or the update is no mapping."
            raise action.error(problem, expected="a mapping to merge into a mapping, or an item to append to a list")

    def _merge(self, way: Keys, update: Place) -> None:
        holder = self._writable(way)
        for key, value in update.value.items():
            here, old = (*way, key), holder.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                self._merge(here, update.child(key))
            elif isinstance(old, list) and isinstance(value, list):
                items = self._writable(here)
                for index, item in enumerate(value):
                    self._from[*here, len(items)] = (update.document, update.pointer + join(key, index))
                    items.append(item)
            else:
                self._forget(here)
                holder[key] = value
                self._from[here] = (update.document, update.pointer + join(key))

    def _at(self, way: Keys) -> Any:
        value = self.value
        for key in way:
            value = value[key]
        return value

    def _writable(self, way: Keys) -> Any:
        """Return the container at a place, which is nobody else's from now on."""
        self.value = holder = self._copy(self.value)
        for key in way:
            holder[key] = self._copy(holder[key])
            holder = holder[key]
        return holder

    def _copy(self, container: Any) -> Any:
        if id(container) in self._own:
            return container
        made = dict(container) if isinstance(container, dict) else list(container)
        self._own.add(id(made))
        return made

    def _before(self, way: Keys) -> int:
        """Return the index that an item of a list had before others were removed."""
        *holder, index = way
        found = int(index)
        for removed in sorted(self._removed.get(tuple(holder), ())):
            found += removed <= found
        return found

    def _forget(self, way: Keys) -> None:
        """Drop what was known of a part that is there no more."""
        for known in [each for each in self._from if each[: len(way)] == way]:
            del self._from[known]

    def _move_up(self, holder: Keys, index: int) -> None:
        """Note that the items of a list which follow a removed one have moved."""
        self._removed.setdefault(holder, []).append(self._before((*holder, index)))
        depth = len(holder)
        for way in sorted(each for each in self._from if each[:depth] == holder and len(each) > depth):
            key = way[depth]
            if isinstance(key, int) and key > index:
                self._from[(*holder, key - 1, *way[depth + 1 :])] = self._from.pop(way)


def _for_removal(way: Keys) -> list[tuple[bool, int, str]]:
    """Return what orders the parts to remove: of a list, the last items go first."""
    return [(isinstance(key, int), key if isinstance(key, int) else 0, str(key)) for key in way]


def _child(value: Any, key: str | int) -> Any:
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return None
