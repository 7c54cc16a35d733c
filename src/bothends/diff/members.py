"""The members of two schemas by their names: which are gone, which are new, and where their values come from."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bothends.diff.definitions import pointer_of
from bothends.diff.formats import are_read
from bothends.diff.rule import Verdict, rule
from bothends.records import join
from bothends.schemas import in_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.diff.comparison import About, Comparison, Way
    from bothends.diff.definitions import Definitions
    from bothends.diff.rule import Rule, Spot
    from bothends.diff.sides import Side
    from bothends.schemas import Bundle

DROPPED = rule(
    "member-dropped",
    what="A member that the old contract names is named no longer.",
    why="A reader finds nothing where it looks. What a sender writes there is read by nobody, and nobody is told.",
)
ADDED = rule(
    "member-added",
    what="The new contract names a member that the old one did not.",
    why="It breaks nobody as long as nobody must send it: readers pass by what they do not know.",
)
SOURCE = rule(
    "x-from",
    what="`x-from` of a member names another source, or is gone.",
    why="The value has the same form and another meaning: no schema shows it, and its readers are wrong.",
)
NEW = rule(
    "x-new",
    what="`x-new` of a member of an answer is gone: two answers may have an equal value there.",
    why="Callers keep what they are given under that value: an equal one of another request overwrites it.",
)
CHOOSER = rule(
    "discriminator",
    what="The member that says of which schema a value is (`discriminator`) is another one or gone, or a value of it"
    " means another schema.",
    why="No value is refused for it, but readers that choose by it, such as generated clients, take a value for what it"
    " is not.",
)
FORMAT = rule(
    "format",
    what="A value is of another `format`, or of one where it had none, and formats are not asserted.",
    why="No schema refuses a value for it, but programs parse by it: a reader of timestamps can't read a date. With"
    ' `formats = "assert"` in the settings it is a matter of values, and of the rule `pattern`.',
)
_NOTES = (
    (
        "Formats are not asserted, so no value shows a break: it depends on who reads the value. With"
        ' `formats = "assert"` in the settings, values count.'
    ),
    "No value of it is refused for its format, so none shows a break: it depends on who reads the value.",
)
"""Of a format that is in doubt: where formats are annotations, and where they are asserted."""
_DEEPEST = 24

Half = tuple[Any, "Definitions", "Bundle"]
"""A schema of one side, the parts that it refers to, and its bundle."""


def compare_members(
    comparison: Comparison, halves: tuple[Half, Half], way: Way, about: About, covered: Covered
) -> bool:
    """Compare two schemas by members' names; return whether it is in doubt that values are read as before."""
    return _Members(comparison, halves, way, about, covered).run()


@dataclass(frozen=True, slots=True)
class Covered:
    """Paths of values of which more is told already.

    Attributes:
        paths: All of them.
        retyped: Those that are of another type or format: no more is to be said of their formats.
    """

    paths: frozenset[tuple[str, ...]]
    retyped: frozenset[tuple[str, ...]]

    def holds(self, found: _Found) -> bool:
        """Return whether what is found is of a value of which more is told, or is inside one."""
        told = self.retyped if found.rule is FORMAT else self.paths
        return any(found.path[:length] in told for length in range(len(found.path) + 1))


@dataclass(frozen=True, slots=True)
class _Found:
    """What is found of a member.

    Attributes:
        rule: The rule.
        path: The names that lead to it, from the value that is being compared.
        problem: What has changed; `{0}` is the pointer.
        lines: Both lines.
        verdict: What it does.
        note: More to know.
    """

    rule: Rule
    path: tuple[str, ...]
    problem: str
    lines: tuple[Spot, Spot]
    verdict: Verdict
    note: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it apart from others, wherever it is."""
        return self.rule.name, self.path[-1:], self.lines[0].where, self.lines[1].where


class _Members:
    """Two schemas whose members are compared, level by level."""

    def __init__(
        self,
        comparison: Comparison,
        halves: tuple[Half, Half],
        way: Way,
        about: About,
        covered: Covered,
    ) -> None:
        self._comparison = comparison
        self._halves = halves
        self._way = way
        self._about = about
        self._covered = covered

    def run(self) -> bool:
        """Compare them; return whether a format is in doubt."""
        before, after = (self._atoms(side, [self._halves[side][0]]) for side in (0, 1))
        told = [each for each in self._found(before, after, 0) if not self._covered.holds(each)]
        for each in told:
            self._tell(each)
        return any(each.rule is FORMAT and each.verdict is Verdict.UNDECIDED for each in told)

    def _found(self, old: list[dict[str, Any]], new: list[dict[str, Any]], depth: int) -> tuple[_Found, ...]:
        """Return what is found in two values, each once, with the way to it."""
        key = ("members", self._way, frozenset(map(id, old)), frozenset(map(id, new)))
        memory = self._comparison.members
        if key in memory:
            return memory[key]
        if depth > _DEEPEST or self._same(old, new):
            return ()
        memory[key] = ()  # a circle has nothing more in it
        found = {each.key: each for each in self._all(old, new)}
        for name, before, after in self._inside(old, new):
            for each in self._found(before, after, depth + 1):
                found.setdefault(each.key, replace(each, path=(name, *each.path)))
        memory[key] = tuple(found.values())
        return memory[key]

    def _all(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[_Found]:
        yield from self._sources(old, new)
        yield from self._new_values(old, new)
        yield from self._choosers(old, new)
        yield from self._formats(old, new)
        yield from self._names(old, new)

    def _same(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> bool:
        """Return whether two values are of equal schemas, and nothing says where they come from."""
        if not old or not new or self._comparison.mentions_sources:
            return False
        equality = self._comparison.pair(self._way).words
        sent = self._way in ("request", "acknowledgement")
        return equality.holds(*((old[0], new[0]) if sent else (new[0], old[0])))

    def _inside(
        self, old: list[dict[str, Any]], new: list[dict[str, Any]]
    ) -> Iterator[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]]:
        names = (_names(old), _names(new))
        for name in (name for name in names[0] if name in names[1]):
            yield name, self._atoms(0, names[0][name]), self._atoms(1, names[1][name])
        items = (list(_items(old)), list(_items(new)))
        if items[0] and items[1]:
            yield "*", self._atoms(0, items[0]), self._atoms(1, items[1])

    def _tell(self, found: _Found) -> None:
        pointer = join(*found.path)
        problem = found.problem.format(pointer or "The whole value")
        reach = self._about.of(self._about.part, path_in_value=found.path).reach
        self._comparison.found(
            found.rule,
            found.verdict,
            self._about,
            problem,
            found.lines,
            pointer=pointer,
            reach=reach,
            note=found.note,
        )

    def _atoms(self, side: int, schemas: list[Any]) -> list[dict[str, Any]]:
        """Return schemas and all that may look at the same value."""
        target = self._halves[side][1].target
        found = (each for schema in schemas for each in in_place(schema, target, ("then", "else")))
        return list({id(each): each for each in found}.values())

    def _names(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[_Found]:
        """Yield members that are gone, and members that are new."""
        names = (_names(old), _names(new))
        reads = self._way in ("answer", "event")
        gone = f"{{0}} is no longer {'there' if reads else 'read'}."
        for name in (name for name in names[0] if name not in names[1]):
            if _names_some(new) and not self._never_goes(names[0][name]):
                lines = (self._spot(0, names[0][name], old), self._spot(1, [], new))
                yield _Found(DROPPED, (name,), gone, lines, verdict=Verdict.BREAK)
        for name in (name for name in names[1] if name not in names[0]):
            if _names_some(old):
                lines = (self._spot(0, [], old), self._spot(1, names[1][name], new))
                yield _Found(ADDED, (name,), "{0} is new.", lines, verdict=Verdict.COMPATIBLE)

    def _never_goes(self, schemas: list[Any]) -> bool:
        """Return whether a member never went this way."""
        unsent = {"request": "readOnly", "answer": "writeOnly"}.get(self._way, "")
        return any(atom.get(unsent) is True for atom in self._atoms(0, schemas)) if unsent else False

    def _sources(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[_Found]:
        """Yield where `x-from` names another source; of a request it says only what a test sends."""
        if self._way not in ("answer", "event"):
            return
        before = next((atom for atom in old if "x-from" in atom), None)
        after = next((atom for atom in new if "x-from" in atom), None)
        values = [None if atom is None else json.dumps(atom["x-from"]) for atom in (before, after)]
        if values[0] == values[1]:
            return
        words = [None if text is None else _literal(text) for text in values]
        lines = (self._spot_of(0, before, old), self._spot_of(1, after, new))
        if before is None:
            yield _Found(
                SOURCE, (), f"{{0}} now says where it comes from: {words[1]}.", lines, verdict=Verdict.COMPATIBLE
            )
            return
        now = "nothing says where it comes from" if after is None else f"it comes from {words[1]}"
        yield _Found(SOURCE, (), f"{{0}} came from {words[0]}; now {now}.", lines, verdict=Verdict.BREAK)

    def _new_values(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[_Found]:
        """Yield where an answer's value is promised to be new, or no longer."""
        if self._way != "answer":
            return
        before, after = (next((atom for atom in atoms if atom.get("x-new") is True), None) for atoms in (old, new))
        if (before is None) == (after is None):
            return
        lines = (self._spot_of(0, before, old, "x-new"), self._spot_of(1, after, new, "x-new"))
        if before is None:
            yield _Found(NEW, (), "{0} is now new in each success.", lines, verdict=Verdict.COMPATIBLE)
        else:
            yield _Found(NEW, (), "{0} need not be new in each success any more.", lines, verdict=Verdict.BREAK)

    def _choosers(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[_Found]:
        """Yield what a discriminator says otherwise."""
        before, after = (next((atom for atom in atoms if _chooses(atom)), None) for atoms in (old, new))
        if before is None and after is None:
            return
        lines = (self._spot_of(0, before, old, "discriminator"), self._spot_of(1, after, new, "discriminator"))
        if before is None:
            yield _Found(CHOOSER, (), "{0} now has a discriminator.", lines, Verdict.COMPATIBLE)
        else:
            for words in _chosen_otherwise(before["discriminator"], {} if after is None else after["discriminator"]):
                yield _Found(CHOOSER, (), f"{{0}}: {_literal(words)}", lines, Verdict.UNDECIDED)

    def _formats(self, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[_Found]:
        """Yield where a value is of another format."""
        named = [list(dict.fromkeys(each for atom in atoms if (each := _format_of(atom)))) for atoms in (old, new)]
        if set(named[0]) == set(named[1]):
            return
        before, after = (next((atom for atom in atoms if _format_of(atom)), None) for atoms in (old, new))
        lines = (self._spot_of(0, before, old, "format"), self._spot_of(1, after, new, "format"))
        problem = f"{{0}} {_literal(_formats_changed(*named))}"
        is_sent = self._way in ("request", "acknowledgement")
        if are_read(*(named if is_sent else named[::-1])):
            yield _Found(FORMAT, (), problem, lines, Verdict.COMPATIBLE)
        else:
            yield _Found(FORMAT, (), problem, lines, Verdict.UNDECIDED, _NOTES[self._comparison.formats])

    def _spot_of(
        self, side: int, atom: dict[str, Any] | None, holders: list[dict[str, Any]], key: str = "x-from"
    ) -> Spot:
        return self._spot(side, [], holders) if atom is None else self._spot(side, [atom], holders, key)

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


def _literal(text: str) -> str:
    """Return a text that `str.format` leaves as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def _format_of(atom: dict[str, Any]) -> str:
    found = atom.get("format")
    return found if isinstance(found, str) else ""


def _formats_changed(old: list[str], new: list[str]) -> str:
    before, after = (" or ".join(map(json.dumps, names)) for names in (old, new))
    if not old:
        return f"had no format, and is of the format {after}."
    return f"was of the format {before}, and is of {after or 'none'}."


def _chooses(atom: dict[str, Any]) -> bool:
    found = atom.get("discriminator")
    return isinstance(found, dict) and isinstance(found.get("propertyName"), str)


def _chosen_otherwise(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield what a discriminator no longer says, in words."""
    name = old["propertyName"]
    if not new:
        yield f"The discriminator {json.dumps(name)} is gone."
        return
    if name != new["propertyName"]:
        yield f"The discriminator was {json.dumps(name)}, and is {json.dumps(new['propertyName'])}."
        return
    for value, before in _meanings(old).items():
        # A value that is not mapped is the name of a schema (OpenAPI 3.1.0, section 4.8.25).
        after = _meanings(new).get(value, value)
        if before != after:
            shown = [json.dumps(each) for each in (value, before, after)]
            yield f"The value {shown[0]} of {json.dumps(name)} meant the schema {shown[1]}, and means {shown[2]}."


def _meanings(discriminator: dict[str, Any]) -> dict[str, str]:
    """Return the names of the schemas that values are mapped to, whether by name or by reference."""
    mapping = discriminator.get("mapping")
    pairs = mapping.items() if isinstance(mapping, dict) else ()
    return {str(value): str(target).rpartition("/")[2] for value, target in pairs}


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
