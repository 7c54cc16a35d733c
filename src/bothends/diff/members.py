"""The members of two schemas by their names: which are gone, which are new, and where their values come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bothends.diff.definitions import pointer_of
from bothends.diff.rule import rule
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract.bundles import Bundle
    from bothends.diff.comparison import About, Comparison, Way
    from bothends.diff.definitions import Definitions
    from bothends.diff.rule import Spot
    from bothends.diff.sides import Side

DROPPED = rule(
    "member-dropped",
    what="A member that the old contract names is named no longer.",
    why="A reader gets nothing where it looks for it. What a sender writes there is read by nobody, and nobody is told.",
)
ADDED = rule(
    "member-added",
    what="The new contract names a member that the old one did not.",
    why="It breaks nobody as long as nobody must send it: readers pass by what they do not know.",
)
SOURCE = rule(
    "x-from",
    what="`x-from` of a member names another source, or is gone.",
    why="The value has the same form and another meaning: no schema shows it, and whoever reads it is wrong.",
)
_MOST_PAIRS = 4000
_DEEPEST = 24

Half = tuple[Any, "Definitions", "Bundle"]
"""A schema of one side, the parts that it refers to, and its bundle."""


def compare_members(
    comparison: Comparison, halves: tuple[Half, Half], way: Way, about: About, covered: Sequence[tuple[str, ...]]
) -> None:
    """Compare the members of two schemas by their names.

    Args:
        comparison: Takes the changes.
        halves: The old schema and the new one.
        way: What its values are.
        about: What it is the schema of.
        covered: Paths of values of which more is told already.
    """
    _Members(comparison, halves, way, about, covered).run()


class _Members:
    """Two schemas whose members are compared, level by level."""

    def __init__(
        self, comparison: Comparison, halves: tuple[Half, Half], way: Way, about: About,
        covered: Sequence[tuple[str, ...]],
    ) -> None:
        self._comparison = comparison
        self._halves = halves
        self._way = way
        self._about = about
        self._covered = set(covered)

    def run(self) -> None:
        """Compare them."""
        seen: set[tuple[frozenset[int], frozenset[int]]] = set()
        pending: list[tuple[tuple[str, ...], list[dict[str, Any]], list[dict[str, Any]]]] = []
        pending.append(((), self._atoms(0, [self._halves[0][0]]), self._atoms(1, [self._halves[1][0]])))
        while pending and len(seen) < _MOST_PAIRS:
            path, old, new = pending.pop()
            key = (frozenset(map(id, old)), frozenset(map(id, new)))
            if key in seen or len(path) > _DEEPEST:
                continue
            seen.add(key)
            self._sources(path, old, new)
            names = (_names(old), _names(new))
            self._told(path, names, old, new)
            for name in (name for name in names[0] if name in names[1]):
                pending.append(((*path, name), self._atoms(0, names[0][name]), self._atoms(1, names[1][name])))
            items = (list(_items(old)), list(_items(new)))
            if items[0] and items[1]:
                pending.append(((*path, "*"), self._atoms(0, items[0]), self._atoms(1, items[1])))

    def _atoms(self, side: int, schemas: list[Any]) -> list[dict[str, Any]]:
        """Return schemas and all that may look at the same value."""
        definitions = self._halves[side][1]
        found: dict[int, dict[str, Any]] = {}
        pending = list(reversed(schemas))
        while pending:
            each = pending.pop()
            if not isinstance(each, dict) or id(each) in found:
                continue
            found[id(each)] = each
            if "$ref" in each:
                pending.append(definitions.target(each["$ref"]))
            for key in ("allOf", "anyOf", "oneOf"):
                pending.extend(reversed(each.get(key, ())))
            pending.extend(each[key] for key in ("then", "else") if key in each)
        return list(found.values())

    def _is_covered(self, path: tuple[str, ...]) -> bool:
        return any(path[:length] in self._covered for length in range(len(path) + 1))

    def _told(
        self, path: tuple[str, ...], names: tuple[dict[str, list[Any]], dict[str, list[Any]]],
        old: list[dict[str, Any]], new: list[dict[str, Any]],
    ) -> None:
        for name in (name for name in names[0] if name not in names[1]):
            here = (*path, name)
            if _names_some(new) and not self._is_covered(here) and not self._never_goes(names[0][name]):
                pointer = join(*here)
                reads = self._way in ("answer", "event")
                problem = f"{pointer} is no longer {'there' if reads else 'read'}."
                reach = self._reach(here)
                lines = (self._spot(0, names[0][name], old), self._spot(1, [], new))
                self._comparison.breaks(DROPPED, self._about, problem, lines, pointer=pointer, reach=reach)
        for name in (name for name in names[1] if name not in names[0]):
            here = (*path, name)
            if _names_some(old) and not self._is_covered(here):
                lines = (self._spot(0, [], old), self._spot(1, names[1][name], new))
                pointer = join(*here)
                self._comparison.fits(ADDED, self._about, f"{pointer} is new.", lines, pointer=pointer)

    def _never_goes(self, schemas: list[Any]) -> bool:
        """Return whether a member never went this way."""
        unsent = {"request": "readOnly", "answer": "writeOnly"}.get(self._way, "")
        return any(atom.get(unsent) is True for atom in self._atoms(0, schemas)) if unsent else False

    def _sources(self, path: tuple[str, ...], old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
        """Tell where `x-from` names another source; of a request it says only what a test sends."""
        if self._way not in ("answer", "event"):
            return
        before = next((atom for atom in old if "x-from" in atom), None)
        after = next((atom for atom in new if "x-from" in atom), None)
        values = [None if atom is None else atom["x-from"] for atom in (before, after)]
        if values[0] == values[1]:
            return
        name = join(*path) or "The whole value"
        lines = (self._spot_of(0, before, old), self._spot_of(1, after, new))
        if before is None:
            problem = f"{name} now says where it comes from: {json.dumps(values[1])}."
            self._comparison.fits(SOURCE, self._about, problem, lines, pointer=join(*path))
            return
        now = "nothing says where it comes from" if after is None else f"it comes from {json.dumps(values[1])}"
        problem = f"{name} came from {json.dumps(values[0])}; now {now}."
        reach = self._reach(path)
        self._comparison.breaks(SOURCE, self._about, problem, lines, pointer=join(*path), reach=reach)

    def _reach(self, path: tuple[str, ...]) -> Any:
        return self._about.of(self._about.part, path_in_value=path).reach

    def _spot_of(self, side: int, atom: dict[str, Any] | None, holders: list[dict[str, Any]]) -> Spot:
        return self._spot(side, [], holders) if atom is None else self._spot(side, [atom], holders, "x-from")

    def _spot(self, side: int, schemas: list[Any], holders: list[dict[str, Any]], *keys: str) -> Spot:
        """Return the line of a schema; where it is not there, that of what would hold it."""
        _, definitions, bundle = self._halves[side]
        own: Side = (self._comparison.old, self._comparison.new)[side]
        for each in (*schemas, *sorted(holders, key=lambda atom: "properties" not in atom)):
            where = definitions.where(each)
            if where is not None:
                more = keys if any(each is one for one in schemas) else ()
                return own.spot(bundle.origin(pointer_of(where, *more)))
        return own.spot(bundle.root)


def _names(atoms: list[dict[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for atom in atoms:
        for name, schema in atom.get("properties", {}).items():
            if schema is not False:
                found.setdefault(name, []).append(schema)
    return found


def _names_some(atoms: list[dict[str, Any]]) -> bool:
    """Return whether anything says which members there are: any others mean nothing where nothing does."""
    return any(key in atom for atom in atoms for key in ("properties", "additionalProperties"))


def _items(atoms: list[dict[str, Any]]) -> Iterator[Any]:
    for atom in atoms:
        yield from (atom[key] for key in ("items", "additionalProperties") if isinstance(atom.get(key), dict))
        yield from (each for each in atom.get("prefixItems", ()) if isinstance(each, dict))
