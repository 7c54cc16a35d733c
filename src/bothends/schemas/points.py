"""What a schema offers that a value can show: its fields, and the branches between which a value chooses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.records import join, json_equal
from bothends.schemas.flatten import same, targets_in
from bothends.schemas.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 64
"""Levels of a value that are looked into; a recursive schema has no end of its own."""
_LONGEST_NAME = 60
_TYPES = ((bool, "boolean"), (str, "string"), (dict, "object"), (list, "array"))


class SchemaPoints:
    """The points of one schema, and which of them were shown.

    A *field* is a property that an object may have. A *branch* is a member of `oneOf`, `anyOf`, `enum` or of
    a list of types. A part of the schema that is referred to from several places has its points once.

    Attributes:
        names: Whether each point is a field, and its name: `/user/name: null`.
        seen: Whether each point was shown.
    """

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._definitions: dict[str, Any] = schema.raw.get("$defs", {})
        self._target = targets_in(schema.raw)
        self._nodes: dict[int, _Node] = {}
        self.names: list[tuple[bool, str]] = []
        self._root = self._node(schema.raw, "")
        self.seen = [False] * len(self.names)
        self._unseen = set(range(len(self.names)))

    @property
    def whole(self) -> bool:
        """Whether all points were shown."""
        return not self._unseen

    def note(self, value: Any) -> None:
        """Take a value: what it shows counts only if it is what the schema asks for."""
        if self._unseen and self._schema.is_valid(value):
            self._walk(self._root, value, DEEPEST)

    def _point(self, name: str, *, field: bool) -> int:
        self.names.append((field, name))
        return len(self.names) - 1

    def _node(self, schema: Any, at: str) -> _Node | None:
        """Return the node of a schema, which is made when it is first met."""
        if not isinstance(schema, dict):
            return None
        known = self._nodes.get(id(schema))
        if known is not None:
            return known
        node = self._nodes[id(schema)] = _Node()
        for name, member in schema.get("properties", {}).items():
            if member is not False:
                path = at + join(name)
                node.fields[name] = self._point(path, field=True), self._node(member, path)
        for child in (schema.get("items"), *schema.get("prefixItems", ())):
            node.items.append(self._node(child, f"{at}/*"))
        node.values = self._node(schema.get("additionalProperties"), f"{at}/*")
        node.same = [self._node(each, at) for each in same(schema, self._target)]
        self._choices(node, schema, at)
        return node

    def _choices(self, node: _Node, schema: dict[str, Any], at: str) -> None:
        """Add the branches of a schema to its node."""
        place = at or "/"
        for keyword in ("oneOf", "anyOf"):
            branches = schema.get(keyword, ())
            for number, branch in enumerate(branches, 1):
                alone = Schema({**branch, "$defs": self._definitions}) if isinstance(branch, dict) else None
                several = len(branches) > 1
                point = self._point(f"{place}: {keyword} {number}", field=False) if several else None
                node.branches.append((point, alone, self._node(branch, at)))
        types = schema.get("type", ())
        if isinstance(types, list) and len(types) > 1:
            node.types = {name: self._point(f"{place}: {name}", field=False) for name in types}
        members = schema.get("enum", ())
        if len(members) > 1:
            node.members = [(self._point(f"{place}: {_short(each)}", field=False), each) for each in members]

    def _walk(self, node: _Node | None, value: Any, levels: int) -> None:
        # Soon most of a schema is seen, and there is nothing more to find under most of its parts.
        if node is None or levels == 0 or node.reached().isdisjoint(self._unseen):
            return
        self._chosen(node, value)
        for choice, alone, branch in node.branches:
            more = choice in self._unseen or (branch is not None and not branch.reached().isdisjoint(self._unseen))
            if more and alone is not None and alone.is_valid(value):
                self._mark(choice)
                self._walk(branch, value, levels - 1)
        for child, item in node.children(value):
            self._walk(child, item, levels - 1)

    def _chosen(self, node: _Node, value: Any) -> None:
        """Mark the type, the member and the fields that a value has chosen."""
        for name in _types(value) if node.types else ():
            self._mark(node.types.get(name))
        for point, member in node.members:
            if not self.seen[point] and json_equal(member, value):
                self._mark(point)
        if isinstance(value, dict):
            for name in value.keys() & node.fields.keys():
                self._mark(node.fields[name][0])

    def _mark(self, point: int | None) -> None:
        if point is not None:
            self.seen[point] = True
            self._unseen.discard(point)


class _Node:
    """One schema: its points, and the nodes that its parts lead to."""

    __slots__ = ("_reached", "branches", "fields", "items", "members", "same", "types", "values")

    def __init__(self) -> None:
        self.fields: dict[str, tuple[int, _Node | None]] = {}
        self.items: list[_Node | None] = []
        self.values: _Node | None = None
        self.same: list[_Node | None] = []
        self.branches: list[tuple[int | None, Schema | None, _Node | None]] = []
        self.types: dict[str, int] = {}
        self.members: list[tuple[int, Any]] = []
        self._reached: frozenset[int] | None = None

    def reached(self) -> frozenset[int]:
        """Return the points that a value of this schema can show, those of all its parts too."""
        if self._reached is None:
            pending, met, points = [self], {id(self)}, set[int]()
            while pending:
                node = pending.pop()
                points.update(node.types.values(), (p for p, _ in node.members), (p for p, _ in node.fields.values()))
                points.update(choice for choice, _, _ in node.branches if choice is not None)
                parts = [part for _, part in node.fields.values()] + [part for _, _, part in node.branches]
                for part in (*parts, *node.items, *node.same, node.values):
                    if part is not None and id(part) not in met:
                        met.add(id(part))
                        pending.append(part)
            self._reached = frozenset(points)
        return self._reached

    def children(self, value: Any) -> Iterator[tuple[_Node | None, Any]]:
        """Yield what a value leads to, itself where several schemas are about it, each with its schema's node."""
        for node in self.same:
            yield node, value
        if isinstance(value, dict):
            for name, item in value.items():
                yield self.fields[name][1] if name in self.fields else self.values, item
        elif isinstance(value, list):
            rest, *first = self.items
            for place, item in enumerate(value):
                yield first[place] if place < len(first) else rest, item


def _types(value: Any) -> tuple[str, ...]:
    """Return the names that JSON Schema has for a value's type."""
    if value is None:
        return ("null",)
    if isinstance(value, int | float) and not isinstance(value, bool):
        # A float is asked, as no huge integer is one.
        return ("integer", "number") if isinstance(value, int) or value.is_integer() else ("number",)
    return (next(name for kind, name in _TYPES if isinstance(value, kind)),)


def _short(member: Any) -> str:
    text = json.dumps(member, ensure_ascii=False)
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}..."
