"""Whether each value of one schema is a value of another.

Theory of operation. What is known of a value (`Given`, by the schemas of its sender) is held against the schema of its
reader, keyword by keyword. A keyword that follows from what is known is argued; one that does not is a *gap*: perhaps a
break, perhaps only not argued. So no gap means that each value is one, and a gap means nothing until a value shows it.

`$ref`s may lead in circles. Each way round goes through a member or an item, so the value gets smaller: what is asked
again while it is being answered may be taken for granted. An answer that takes another for granted *hangs* on it: it is
kept once that one has no gap, and forgotten if it has one. All others are kept, for the next schema of the document.

Where something does not follow, the cases of what is known are taken one by one: the branches of its `anyOf` and
`oneOf`, and the kinds of value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bothends.diff.disjoint import Disjoint
from bothends.diff.equality import Equality
from bothends.diff.formats import is_within
from bothends.diff.gaps import TOO_LARGE, Gap, Step, each_once
from bothends.diff.given import (
    KINDS,
    NUMBERS,
    item_schemas,
    kind_of,
    kinds_of,
    least_count,
    listed_items,
    member_schemas,
    most_count,
    range_of,
    required_of,
)
from bothends.diff.granted import Answers
from bothends.schemas import certain, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.diff.definitions import Definitions
    from bothends.diff.given import Facts, Given
    from bothends.diff.granted import Question

MOST_STEPS = 20_000
"""Pairs of schemas that are looked at for one question; then it is not argued."""
_MOST_CASES = 40
_DEEPEST = 100


class Inclusion:
    """Argues that the values of a sender's schemas are values of a reader's.

    Args:
        facts: Reads the sender's schemas.
        reader: The parts that the reader's schemas refer to.
        formats: Whether `format` is asserted.
    """

    def __init__(self, facts: Facts, reader: Definitions, *, formats: bool = False) -> None:
        self._facts = facts
        self._reader = reader
        self._formats = formats
        self.equality = Equality(facts.definitions, reader, formats=formats, unsent=facts.unsent)
        self.disjoint = Disjoint(facts, reader, self.equality)
        self._answers = Answers()
        self._steps = 0

    def gaps(self, sender: Any, reader: Any) -> list[Gap]:
        """Return what does not follow; empty: each value of the sender's schema is one of the reader's."""
        self._steps = 0
        return self._gaps(self._facts.of(sender), reader, ())

    def _gaps(self, given: Given, schema: Any, trail: tuple[Step, ...]) -> list[Gap]:
        """Return what does not follow, each gap with the trail before its own."""
        if schema is True or schema == {} or self._facts.impossible(given):
            return []
        if not isinstance(schema, dict):
            return [Gap(trail, "", given, schema)]
        found = self._answer((given.key, id(schema)), given, schema)
        return [gap.after(trail) for gap in found] if trail else list(found)

    def _answer(self, pair: Question, given: Given, schema: dict[str, Any]) -> tuple[Gap, ...]:
        known = self._answers.known(pair)
        if known is not None:
            return known
        if any(self.equality.holds(atom, schema) for atom in given.atoms):
            return self._answers.keep(pair, ())
        self._steps += 1
        if self._steps > MOST_STEPS or self._answers.depth > _DEEPEST:
            return (Gap((), "", given, schema, (TOO_LARGE,)),)
        return self._answers.make(pair, lambda: each_once(self._fresh(given, schema)))

    def _fresh(self, given: Given, schema: dict[str, Any]) -> list[Gap]:
        values = self._facts.finite(given)
        if values is not None:
            wrong = tuple(value for value in values if not self._reader.is_valid(schema, value))
            return [self._of_values(given, schema, wrong)] if wrong else []
        found = [gap for part in _PARTS for gap in part(self, given, schema, ())]
        cases = self._facts.choices(given) if found else None
        if cases is None or len(cases) > _MOST_CASES:
            return found
        return [gap for case in cases for gap in self._gaps(case, schema, ())]

    def _of_values(self, given: Given, schema: Any, wrong: tuple[Any, ...]) -> Gap:
        keyword = _keyword_of(self._reader, schema, wrong[0])
        detail = tuple(sorted({kind_of(value) for value in wrong})) if keyword == "type" else ()
        return Gap((), keyword, given, schema, detail, wrong)

    # The keywords.

    def _same(self, given: Given, schema: dict[str, Any], key: str) -> bool:
        """Return whether an atom has a keyword with the same meaning."""
        return any(key in atom and self.equality.keyword(key, atom, schema) for atom in given.atoms)

    def reference(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of `$ref` and `allOf`."""
        for each in same(schema, self._reader.target):
            yield from self._gaps(given, each, trail)

    def kinds(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of `type`, `enum` and `const`."""
        refused = self._facts.kinds(given) - kinds_of(schema)
        if refused:
            yield Gap(trail, "type", given, schema, tuple(sorted(refused)))
        # What is known has more values than can be listed.
        for key in ("enum", "const"):
            if key in schema and not self._same(given, schema, key):
                yield Gap(trail, key, given, schema)

    def numbers(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of limits and multiples."""
        kinds = self._facts.kinds(given) & NUMBERS & kinds_of(schema)
        if not kinds:
            return
        numbers = range_of(given.atoms)
        numbers = numbers.integers() if kinds == {"integer"} else numbers
        wanted = range_of((schema,))
        wanted = wanted.integers() if kinds == {"integer"} else wanted
        if numbers.low < wanted.low or (numbers.low == wanted.low and wanted.low_open > numbers.low_open):
            key = "minimum" if "minimum" in schema else "exclusiveMinimum"
            yield Gap(trail, key, given, schema)
        if numbers.high > wanted.high or (numbers.high == wanted.high and wanted.high_open > numbers.high_open):
            key = "maximum" if "maximum" in schema else "exclusiveMaximum"
            yield Gap(trail, key, given, schema)
        if "multipleOf" in schema and not _is_multiple(given, schema["multipleOf"], kinds):
            yield Gap(trail, "multipleOf", given, schema)

    def texts(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of lengths, patterns and formats."""
        if "string" not in self._facts.kinds(given) & kinds_of(schema):
            return
        yield from _counts(given, schema, trail, ("minLength", "maxLength"))
        if "pattern" in schema and not any(atom.get("pattern") == schema["pattern"] for atom in given.atoms):
            yield Gap(trail, "pattern", given, schema)
        if self._formats and "format" in schema:
            known = (atom["format"] for atom in given.atoms if "format" in atom)
            if not any(is_within(each, schema["format"]) for each in known):
                yield Gap(trail, "format", given, schema)

    def arrays(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of arrays and their items."""
        if "array" not in self._facts.kinds(given) & kinds_of(schema):
            return
        yield from _counts(given, schema, trail, ("minItems", "maxItems"))
        most = most_count(given, "maxItems")
        unique = any(atom.get("uniqueItems") is True for atom in given.atoms)
        if schema.get("uniqueItems") is True and most > 1 and not unique:
            yield Gap(trail, "uniqueItems", given, schema)
        listed = max(listed_items(given), len(schema.get("prefixItems", ())))
        for index in range(listed + 1):
            if index < most:
                item = self._facts.item(given, index)
                for each in item_schemas(schema, index):
                    yield from self._gaps(item, each, (*trail, Step(given, index)))
        if "contains" in schema and not self._contains(given, schema):
            yield Gap(trail, "contains", given, schema)
        if "unevaluatedItems" in schema:
            yield Gap(trail, "unevaluatedItems", given, schema)

    def _contains(self, given: Given, schema: dict[str, Any]) -> bool:
        least, most = schema.get("minContains", 1), schema.get("maxContains", math.inf)
        for atom in given.atoms:
            known = (atom.get("minContains", 1), atom.get("maxContains", math.inf))
            counts = "contains" in atom and known[0] >= least and known[1] <= most
            if counts and self.equality.keyword("contains", atom, schema):
                return True
        if most_count(given, "maxItems") > most:
            return False
        items = [self._facts.item(given, index) for index in range(listed_items(given) + 1)]
        return least_count(given, "minItems") >= least and (
            least == 0 or all(not self._gaps(item, schema["contains"], ()) for item in items)
        )

    def objects(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of objects and their members."""
        if "object" not in self._facts.kinds(given) & kinds_of(schema):
            return
        required = required_of(given)
        for name in schema.get("required", ()):
            if name not in required:
                yield Gap(trail, "required", given, schema, (name,))
        yield from self._members(given, schema, trail)
        yield from self._numbers_of_members(given, schema, trail)
        yield from self._dependent(given, schema, trail)
        if "propertyNames" in schema:
            yield from self._names(given, schema, trail)

    def _members(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        holders = ("properties", "patternProperties", "additionalProperties", "unevaluatedProperties")
        if not any(key in schema for key in holders):
            return
        names = dict.fromkeys((*schema.get("properties", {}), *self._facts.names(given), *self._named(schema)))
        for name in names:
            member = self._facts.member(given, name)
            for each in self._of_reader(schema, name):
                yield from self._gaps(member, each, (*trail, Step(given, name)))
        patterns = schema.get("patternProperties", {})
        for each in patterns.values():
            for other in self._facts.others(given):
                yield from self._gaps(other, each, (*trail, Step(given, None)))
        for key in ("additionalProperties", "unevaluatedProperties"):
            if key in schema and not (key == "unevaluatedProperties" and "additionalProperties" in schema):
                for other in self._facts.others(given, frozenset(patterns)):
                    yield from self._gaps(other, schema[key], (*trail, Step(given, None)))

    def _named(self, schema: dict[str, Any]) -> Iterator[str]:
        """Yield the members that `unevaluatedProperties` may be asked about."""
        if "unevaluatedProperties" in schema:
            for each in certain(schema, self._reader.target):
                yield from each.get("properties", {})

    def _of_reader(self, schema: dict[str, Any], name: str) -> Iterator[Any]:
        """Yield the schemas that the reader has for a member; what may evaluate it only sometimes does not count."""
        yield from member_schemas(schema, name)
        if "unevaluatedProperties" in schema and not any(
            "additionalProperties" in each or any(True for _ in member_schemas(each, name))
            for each in certain(schema, self._reader.target)
        ):
            yield schema["unevaluatedProperties"]

    def _numbers_of_members(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        facts = self._facts
        least = max(least_count(given, "minProperties"), len(required_of(given)))
        if schema.get("minProperties", 0) > least:
            yield Gap(trail, "minProperties", given, schema)
        if "maxProperties" not in schema:
            return
        most = most_count(given, "maxProperties")
        if not facts.others(given):
            possible = [name for name in facts.names(given) if not facts.impossible(facts.member(given, name))]
            most = min(most, len(possible))
        if schema["maxProperties"] < most:
            yield Gap(trail, "maxProperties", given, schema)

    def _dependent(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        facts = self._facts
        if "dependentRequired" in schema and not self._same(given, schema, "dependentRequired"):
            for name, wanted in schema["dependentRequired"].items():
                there = facts.requiring(given, name)
                known = required_of(there).union(
                    *(atom.get("dependentRequired", {}).get(name, ()) for atom in given.atoms)
                )
                if not facts.impossible(facts.member(given, name)) and not known.issuperset(wanted):
                    missing = tuple(each for each in wanted if each not in known)
                    yield Gap(trail, "dependentRequired", there, schema, (name, *missing))
        if "dependentSchemas" in schema and not self._same(given, schema, "dependentSchemas"):
            for name, each in schema["dependentSchemas"].items():
                if not facts.impossible(facts.member(given, name)):
                    there = facts.requiring(given, name)
                    yield from self._gaps(there, each, trail)

    def _names(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        facts = self._facts
        wanted = schema["propertyNames"]
        possible = [name for name in facts.names(given) if not facts.impossible(facts.member(given, name))]
        wrong = [name for name in possible if not self._reader.is_valid(wanted, name)]
        if wrong:
            yield Gap(trail, "propertyNames", given, schema, (wrong[0],))
        elif facts.others(given):
            known = facts.of(
                facts.word("type", "string"), *(a["propertyNames"] for a in given.atoms if "propertyNames" in a)
            )
            if self._gaps(known, wanted, trail):
                yield Gap(trail, "propertyNames", given, schema)

    # Choices of the reader.

    def branches(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of `anyOf` and `oneOf`."""
        for key in ("anyOf", "oneOf"):
            if key in schema and not self._same(given, schema, key):
                yield from self._branch(given, schema, key, trail)

    def _branch(self, given: Given, schema: dict[str, Any], key: str, trail: tuple[Step, ...]) -> Iterator[Gap]:
        branches: list[Any] = schema[key]
        possible = [each for each in branches if not self.disjoint.holds(given, each)]
        for branch in possible:
            if not self._gaps(given, branch, trail):
                if key == "oneOf" and len(possible) > 1:
                    yield Gap(trail, "oneOf", given, schema, ("several",))
                return
        kinds = self._facts.kinds(given)
        if len(possible) == 1:
            yield from self._gaps(given, possible[0], trail)
        elif len(kinds) > 1:
            for kind in sorted(kinds):
                yield from self._branch(self._facts.of_kind(given, kind), schema, key, trail)
        else:
            yield from self._none_of(given, schema, key, trail)

    def _none_of(self, given: Given, schema: dict[str, Any], key: str, trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps where no branch alone is near: of the only one for values of the kind, if there is one."""
        kinds = self._facts.kinds(given)
        plain = [self._facts.of(self._facts.word("type", _TYPES[kind])) for kind in kinds]
        near = [branch for branch in schema[key] if not all(self.disjoint.holds(each, branch) for each in plain)]
        if len(near) == 1:
            yield from self._gaps(given, near[0], trail)
        elif near:
            yield Gap(trail, key, given, schema)
        else:
            yield Gap(trail, "type", given, schema, tuple(sorted(kinds)))

    def negation(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of `not`."""
        if "not" in schema and not self._same(given, schema, "not") and not self.disjoint.holds(given, schema["not"]):
            yield Gap(trail, "not", given, schema)

    def condition(self, given: Given, schema: dict[str, Any], trail: tuple[Step, ...]) -> Iterator[Gap]:
        """Yield the gaps of `if`, `then` and `else`."""
        keys = ("if", "then", "else")
        if "if" not in schema or any(
            "if" in atom and all(self.equality.keyword(key, atom, schema) for key in keys) for atom in given.atoms
        ):
            return
        condition = schema["if"]
        if "then" in schema and not self.disjoint.holds(given, condition):
            yield from self._gaps(given, schema["then"], trail)
        if "else" in schema and self._gaps(given, condition, trail):
            yield from self._gaps(given, schema["else"], trail)


_TYPES = {kind: "number" if kind == "fraction" else kind for kind in KINDS}
_PARTS = (
    Inclusion.reference,
    Inclusion.kinds,
    Inclusion.numbers,
    Inclusion.texts,
    Inclusion.arrays,
    Inclusion.objects,
    Inclusion.branches,
    Inclusion.negation,
    Inclusion.condition,
)


def _counts(given: Given, schema: dict[str, Any], trail: tuple[Step, ...], keys: tuple[str, str]) -> Iterator[Gap]:
    least, most = keys
    if schema.get(least, 0) > least_count(given, least):
        yield Gap(trail, least, given, schema)
    if schema.get(most, math.inf) < most_count(given, most):
        yield Gap(trail, most, given, schema)


def _is_multiple(given: Given, wanted: float, kinds: frozenset[str]) -> bool:
    if kinds == {"integer"} and wanted == 1:
        return True
    known = [atom["multipleOf"] for atom in given.atoms if "multipleOf" in atom]
    whole = [each for each in known if isinstance(each, int) and isinstance(wanted, int)]
    return wanted in known or any(each % wanted == 0 for each in whole)


def _keyword_of(reader: Definitions, schema: dict[str, Any], value: Any) -> str:
    """Return the keyword of a schema by which it refuses a value."""
    kind = kind_of(value)
    if kind not in kinds_of(schema):
        return "type"
    for key in ("const", "enum"):
        if key in schema:
            return key
    error = next(iter(reader.validator(schema).iter_errors(value)), None)
    keywords = [] if error is None else [str(key) for key in error.schema_path if not str(key).isdigit()]
    return keywords[-1] if keywords else ""
