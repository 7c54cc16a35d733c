"""What is known of a value when a schema holds of it.

Theory of operation. A schema holds of a value if each of its keywords does. So it falls apart into *atoms*: itself,
what its `$ref` leads to, and the members of its `allOf`, each a mapping of keywords that all hold. What atoms say is
read keyword by keyword here; each reading may say less than is true, never more. Keywords between which a value
chooses (`anyOf`, `oneOf`) are left alone until somebody asks for the choices.

Closed senders: who writes a value by a schema writes the members that it names. Where an object names some and says
nothing of others, there are no others. Where it says something of others (`additionalProperties: true`), or names none,
there may be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bothends.diff.definitions import CONDITIONAL, NEVER
from bothends.records import json_equal
from bothends.schemas import in_place, matches, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.diff.definitions import Definitions

_Read = TypeVar("_Read", bound="Callable[..., Any]")
KINDS = frozenset({"null", "boolean", "integer", "fraction", "string", "array", "object"})
"""What values are: a number is an integer (1.0 is one) or a fraction."""
NUMBERS = frozenset({"integer", "fraction"})
_CONDITIONS = ("if", "then", "else", "dependentSchemas")
_INTEGER = {"type": "integer"}
_MOST_NUMBERS = 64
_OPENERS = ("additionalProperties", "patternProperties", "unevaluatedProperties")


def kinds_of(schema: dict[str, Any]) -> frozenset[str]:
    """Return the kinds of value that the `type` of a schema allows."""
    named = schema.get("type")
    if named is None:
        return KINDS
    names = {named} if isinstance(named, str) else set(named)
    return frozenset(names - {"number"} | (NUMBERS if "number" in names else set()))


def kind_of(value: Any) -> str:
    """Return the kind of a JSON value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "fraction"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of a value: all atoms hold.

    Attributes:
        atoms: Mappings of keywords.
        key: What tells it apart from others.
    """

    atoms: tuple[dict[str, Any], ...]
    key: frozenset[int]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers between two limits.

    Attributes:
        low: The lower limit; minus infinity: there is none.
        high: The upper limit.
        low_open: Whether the lower limit itself is not in it.
        high_open: Whether the upper limit itself is not in it.
    """

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def integers(self) -> Range:
        """Return the range of the integers in it, whose limits are in it."""
        low, high = self.low, self.high
        if low > -math.inf:
            low = math.floor(low) + 1 if self.low_open else math.ceil(low)
        if high < math.inf:
            high = math.ceil(high) - 1 if self.high_open else math.floor(high)
        return Range(low, high)

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))


def range_of(schemas: tuple[dict[str, Any], ...]) -> Range:
    """Return the numbers that all of some schemas allow."""
    low, high, low_open, high_open = -math.inf, math.inf, False, False
    for each in schemas:
        for key, is_open in (("minimum", False), ("exclusiveMinimum", True)):
            if key in each and (each[key] > low or (each[key] == low and is_open)):
                low, low_open = each[key], is_open
        for key, is_open in (("maximum", False), ("exclusiveMaximum", True)):
            if key in each and (each[key] < high or (each[key] == high and is_open)):
                high, high_open = each[key], is_open
    return Range(low, high, low_open, high_open)


def remembered(read: _Read) -> _Read:
    """Let a reading be made once: schemas are asked about again and again."""

    @wraps(read)
    def ask(facts: Facts, asked: Given | dict[str, Any], *more: Any) -> Any:
        name = (read.__name__, asked.key if isinstance(asked, Given) else id(asked), more)
        if name not in facts.memory:
            facts.memory[name] = read(facts, asked, *more)
        return facts.memory[name]

    return cast("_Read", ask)


class Facts:
    """Reads what is known of values, by the schemas of one side.

    Attributes:
        definitions: The parts that its schemas refer to.
        closed: Whether senders write no members but those that a schema names.
        unsent: The keyword of members that never go this way (`readOnly`, `writeOnly`); empty: all do.
        memory: What was read so far.
    """

    def __init__(self, definitions: Definitions, *, closed: bool = False, unsent: str = "") -> None:
        self.definitions = definitions
        self.closed = closed
        self.unsent = unsent
        self._interned: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._whole: dict[frozenset[int], dict[str, Any]] = {}
        self.memory: dict[tuple[str, Any, Any], Any] = {}

    def of(self, *schemas: Any) -> Given:
        """Return what is known where schemas hold."""
        found: dict[int, dict[str, Any]] = {}
        pending = list(reversed(schemas))
        while pending:
            each = pending.pop()
            atom = each if isinstance(each, dict) else (NEVER if each is False else None)
            if atom is None or id(atom) in found or not atom:
                continue
            found[id(atom)] = atom
            pending.extend(reversed(same(atom, self.definitions.target)))
        return Given(tuple(found.values()), frozenset(found))

    def also(self, given: Given, schema: Any) -> Given:
        """Return what is known where another schema of this side holds, too."""
        return self.of(*given.atoms, schema)

    def word(self, key: str, value: Any) -> dict[str, Any]:
        """Return a schema of one keyword, always the same one."""
        name = (key, id(value) if isinstance(value, dict | list) else value)
        return self._interned.setdefault(name, {key: value})

    def requiring(self, given: Given, name: str) -> Given:
        """Return what is known of the objects that have a member."""
        return self.also(given, self._interned.setdefault(("required", name), {"required": [name]}))

    def of_kind(self, given: Given, kind: str) -> Given:
        """Return what is known of the values of one kind."""
        if kind == "fraction":
            return self.also(self.also(given, self.word("type", "number")), self.word("not", _INTEGER))
        return self.also(given, self.word("type", kind))

    # What values there are.

    @remembered
    def kinds(self, given: Given) -> frozenset[str]:
        """Return the kinds that the values may be of."""
        found = KINDS
        for atom in given.atoms:
            if "type" in atom:
                found &= kinds_of(atom)
            if "const" in atom:
                found &= {kind_of(atom["const"])}
            elif "enum" in atom:
                found &= {kind_of(value) for value in atom["enum"]}
            if atom.get("not") == {"type": "integer"}:
                found -= {"integer"}
        return found

    @remembered
    def impossible(self, given: Given) -> bool:
        """Return whether it is plain that there is no value."""
        if any(atom is NEVER or atom.get("not") in ({}, True) for atom in given.atoms):
            return True
        kinds = self.kinds(given)
        if not kinds:
            return True
        if kinds <= NUMBERS:
            numbers = range_of(given.atoms)
            return (numbers.integers() if kinds == {"integer"} else numbers).empty
        return kinds == {"string"} and least_count(given, "minLength") > most_count(given, "maxLength")

    @remembered
    def finite(self, given: Given) -> list[Any] | None:
        """Return all values, each once, if they are few and can be listed; else None."""
        listed = self._listed(given)
        return None if listed is None else [value for value in listed if self.is_valid(given, value)]

    def _listed(self, given: Given) -> list[Any] | None:
        for atom in given.atoms:
            if "const" in atom:
                return [atom["const"]]
        enums: list[list[Any]] = [atom["enum"] for atom in given.atoms if "enum" in atom]
        if enums:
            return min(enums, key=len)
        kinds = self.kinds(given)
        if kinds <= {"null", "boolean"}:
            return [
                each
                for kind, values in (("null", (None,)), ("boolean", (False, True)))
                for each in values
                if kind in kinds
            ]
        numbers = range_of(given.atoms).integers() if kinds == {"integer"} else Range()
        if numbers.high - numbers.low < _MOST_NUMBERS:
            return list(range(int(numbers.low), int(numbers.high) + 1))
        return None

    def is_valid(self, given: Given, value: Any) -> bool:
        """Return whether all that is known holds of a value."""
        if given.key not in self._whole:
            self._whole[given.key] = {"allOf": list(given.atoms)} if given.atoms else {}
        return self.definitions.is_valid(self._whole[given.key], value)

    # Arrays.

    def item(self, given: Given, index: int) -> Given:
        """Return what is known of the item of an index."""
        return self.of(*(each for atom in given.atoms for each in item_schemas(atom, index)))

    # Objects.

    @remembered
    def names(self, given: Given) -> dict[str, None]:
        """Return the members that are named, also by what may hold only sometimes."""
        found: dict[str, None] = {}
        for atom in given.atoms:
            found.update(dict.fromkeys(self.named_by(atom)))
        found.update(dict.fromkeys(sorted(required_of(given))))
        return found

    @remembered
    def named_by(self, schema: dict[str, Any]) -> tuple[str, ...]:
        """Return the members that a schema names, with what may hold only sometimes."""
        return tuple(name for each in self.in_place(schema) for name in each.get("properties", {}))

    @remembered
    def in_place(self, schema: dict[str, Any]) -> tuple[dict[str, Any], ...]:
        """Return a schema and all that may look at the same value."""
        return tuple(in_place(schema, self.definitions.target, _CONDITIONS))

    @remembered
    def member(self, given: Given, name: str) -> Given:
        """Return what is known of a member, where it is there."""
        found = self.of(*(each for atom in given.atoms for each in self._of_member(atom, name)))
        if self.unsent and any(atom.get(self.unsent) is True for atom in found.atoms):
            return self.of(NEVER)
        if self.closed and name not in self.names(given) and self._says_nothing_of_others(given):
            return self.of(NEVER)
        return found

    def _of_member(self, atom: dict[str, Any], name: str) -> Iterator[Any]:
        yield from member_schemas(atom, name)
        if "unevaluatedProperties" in atom and not self.may_evaluate(atom, name):
            yield atom["unevaluatedProperties"]

    def may_evaluate(self, atom: dict[str, Any], name: str) -> bool:
        """Return whether anything in a schema but its `unevaluatedProperties` may look at a member."""
        return any(
            "additionalProperties" in each
            or (each is not atom and "unevaluatedProperties" in each)
            or any(True for _ in member_schemas(each, name))
            for each in self.in_place(atom)
        )

    @remembered
    def _says_nothing_of_others(self, given: Given) -> bool:
        parts = [each for atom in given.atoms for each in self.in_place(atom)]
        openers = any(each.get(key, False) not in (False, NEVER) for each in parts for key in _OPENERS)
        return not openers and any("properties" in each for each in parts)

    def others(self, given: Given, known: frozenset[str] = frozenset()) -> list[Given]:
        """Return what may be known of a member that nothing names: one of these; none: there is no such member.

        Args:
            given: What is known of the object.
            known: Patterns of names that are not asked about.
        """
        if self.closed and self._says_nothing_of_others(given):
            return []
        patterns = {p: s for atom in given.atoms for p, s in atom.get("patternProperties", {}).items()}
        plain = self.of(*(each for atom in given.atoms for each in self._of_others(atom)))
        found = [] if self.impossible(plain) else [plain]
        found += [self.of(schema) for pattern, schema in patterns.items() if pattern not in known]
        return found

    def _of_others(self, atom: dict[str, Any]) -> Iterator[Any]:
        if "additionalProperties" in atom:
            yield atom["additionalProperties"]
        if (
            "unevaluatedProperties" in atom
            and not any(
                key in each for each in self.in_place(atom) for key in ("additionalProperties", "patternProperties")
            )
            and not any(each is not atom and "unevaluatedProperties" in each for each in self.in_place(atom))
        ):
            yield atom["unevaluatedProperties"]

    # Choices.

    @remembered
    def choices(self, given: Given) -> list[Given] | None:
        """Return the cases of the first choice that is not made yet, one of which holds; None: there is none."""
        for atom in given.atoms:
            for key in ("oneOf", "anyOf"):
                branches = atom.get(key)
                if branches and not any(_is_taken(given, branch) for branch in branches):
                    cases = [self._case(given, branches, index, only=key == "oneOf") for index in range(len(branches))]
                    return [case for case in cases if not self.impossible(case)]
            if "if" in atom and not _is_taken(given, atom["if"]) and not self._is_refused(given, atom["if"]):
                return self._conditional(given, atom)
        return None

    def _is_refused(self, given: Given, schema: Any) -> bool:
        return id(self.word("not", schema)) in given.key

    def _case(self, given: Given, branches: list[Any], index: int, *, only: bool) -> Given:
        case = self.also(given, branches[index])
        for number, branch in enumerate(branches) if only else ():
            if number != index and isinstance(branch, dict):
                case = self.also(case, self.word("not", branch))
        return case

    def _conditional(self, given: Given, atom: dict[str, Any]) -> list[Given] | None:
        condition = atom["if"]
        if not isinstance(condition, dict):
            return None
        first = self.also(self.also(given, condition), atom.get("then", True))
        second = self.also(self.also(given, self.word("not", condition)), atom.get("else", True))
        return [case for case in (first, second) if not self.impossible(case)]


# What all that is known says together.


def least_count(given: Given, key: str) -> int:
    """Return the largest value of a keyword that is a lower limit of a count."""
    return max((int(atom[key]) for atom in given.atoms if key in atom), default=0)


def most_count(given: Given, key: str) -> float:
    """Return the smallest value of a keyword that is an upper limit of a count; infinity: there is none."""
    return min((int(atom[key]) for atom in given.atoms if key in atom), default=math.inf)


def listed_items(given: Given) -> int:
    """Return for how many items something of their own is said."""
    return max((len(atom.get("prefixItems", ())) for atom in given.atoms), default=0)


def required_of(given: Given) -> frozenset[str]:
    """Return the members that are always there."""
    return frozenset(name for atom in given.atoms for name in atom.get("required", ()))


def _is_taken(given: Given, branch: Any) -> bool:
    return branch is True or branch == {} or (isinstance(branch, dict) and id(branch) in given.key)


# What the keywords of one schema say of an item or a member.


def item_schemas(schema: dict[str, Any], index: int) -> Iterator[Any]:
    """Yield the schemas that a schema has for the item of an index."""
    listed = schema.get("prefixItems", ())
    if index < len(listed):
        yield listed[index]
    elif "items" in schema:
        yield schema["items"]


def member_schemas(schema: dict[str, Any], name: str) -> Iterator[Any]:
    """Yield the schemas that a schema has for a member, but for `unevaluatedProperties`."""
    found = False
    if name in schema.get("properties", {}):
        found = True
        yield schema["properties"][name]
    for pattern, each in schema.get("patternProperties", {}).items():
        if matches(pattern, name):
            found = True
            yield each
    if not found and "additionalProperties" in schema:
        yield schema["additionalProperties"]


def is_conditional(schema: dict[str, Any]) -> bool:
    """Return whether something in a schema holds of some values only."""
    return any(key in schema for key in CONDITIONAL)


def same_values(one: list[Any], other: list[Any]) -> bool:
    """Return whether two lists have the same values, in any order."""
    return all(any(json_equal(a, b) for b in other) for a in one) and all(
        any(json_equal(a, b) for b in one) for a in other
    )
