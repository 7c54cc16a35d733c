"""Makes values by what is known of them: the least ones, those at limits, one of each branch and each member.

What is made is a proposal. Nobody takes it for a value before a validator has said so.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any

from bothends.diff.given import NUMBERS, least_count, most_count, range_of, required_of
from bothends.schemas import FORMAT_EXAMPLES, matches, several

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bothends.diff.given import Facts, Given

_ORDER = ("object", "array", "string", "integer", "fraction", "boolean", "null")
_DEEPEST, _DEEP = 24, 3
_FEW, _SOME, _MANY = 3, 12, 60
_LONGEST = 5000
_TEXTS = ("", "a", "x1", "A", "0", "-", "a b", "abc", "é")
_NUMBERS = (0, 1, -1, 2, 0.5, -0.5, 10, 100, 1000, 10**9, -(10**9), 1.5)


class Values:
    """Makes values of one side.

    Args:
        facts: Reads the schemas of the side.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._least: dict[frozenset[int], tuple[Any, ...]] = {}

    def of(self, given: Given, depth: int = 0) -> Iterator[Any]:
        """Yield values, the least ones first; a value may come twice, and may be wrong."""
        facts = self._facts
        if facts.impossible(given) or depth > _DEEPEST:
            return
        listed = facts.finite(given)
        if listed is not None:
            yield from listed
            return
        cases = facts.choices(given)
        if cases is not None:
            for case in cases[:_MANY]:
                yield from islice(self.of(case, depth), _SOME if depth < _DEEP else 1)
            return
        kinds = facts.kinds(given)
        for kind in _ORDER:
            if kind in kinds:
                yield from self._of_kind(given, kind, depth)

    def _of_kind(self, given: Given, kind: str, depth: int) -> Iterator[Any]:
        if kind == "object":
            yield from self.objects(given, depth)
        elif kind == "array":
            yield from self.arrays(given, depth)
        elif kind == "string":
            yield from self.texts(given)
        elif kind in NUMBERS:
            yield from (n for n in self.numbers(given) if (n == int(n)) is (kind == "integer"))
        else:
            yield from (None,) if kind == "null" else (False, True)

    def least(self, given: Given, depth: int = 0) -> tuple[Any, ...]:
        """Return one value, the least that is made; none: nothing is."""
        if given.key not in self._least:
            if depth > _DEEPEST:
                return ()
            self._least[given.key] = tuple(islice(self.of(given, depth), 1))
        return self._least[given.key]

    # Texts and numbers.

    def texts(self, given: Given, more: Iterable[str] = ()) -> Iterator[str]:
        """Yield texts of the right length that match each pattern."""
        least, most = least_count(given, "minLength"), most_count(given, "maxLength")
        patterns = [atom["pattern"] for atom in given.atoms if "pattern" in atom]
        formats = [atom["format"] for atom in given.atoms if "format" in atom]
        made = [FORMAT_EXAMPLES[name] for name in formats if name in FORMAT_EXAMPLES]
        made += [text for pattern in patterns for text in several(pattern)]
        made += [*more, "a" * min(least, _LONGEST), *_TEXTS, "a" * int(min(most, _LONGEST))]
        for text in dict.fromkeys(made):
            if least <= len(text) <= most and all(matches(pattern, text) for pattern in patterns):
                yield text

    def numbers(self, given: Given, more: Iterable[float] = ()) -> Iterator[float]:
        """Yield numbers within the limits, those at the limits first."""
        limits = range_of(given.atoms)
        steps = [atom["multipleOf"] for atom in given.atoms if "multipleOf" in atom]
        ends = [n + d for n in (limits.low, limits.high) if abs(n) < math.inf for d in (0, 1, -1, 0.5, -0.5)]
        made = [*more, *ends, *_NUMBERS]
        made += [step * n for step in steps for n in (1, 0, 2, -1, 3)]
        made += [step * math.ceil(n / step) for step in steps for n in ends]
        for number in dict.fromkeys(made):
            low = number > limits.low or (number == limits.low and not limits.low_open)
            high = number < limits.high or (number == limits.high and not limits.high_open)
            if low and high and all(math.isclose(number / step, round(number / step)) for step in steps):
                yield number

    # Arrays and objects.

    def arrays(self, given: Given, depth: int = 0, counts: Iterable[int] = ()) -> Iterator[list[Any]]:
        """Yield arrays: of the least number of items, of the least number but none, of some more."""
        facts = self._facts
        least, most = least_count(given, "minItems"), most_count(given, "maxItems")
        wanted = [a["contains"] for a in given.atoms if "contains" in a for _ in range(int(a.get("minContains", 1)))]
        least = max(least, len(wanted))
        for count in dict.fromkeys((least, *counts, max(least, 1), max(least, 2))):
            if not least <= count <= min(most, _LONGEST):
                continue
            made: list[Any] = []
            for index in range(count):
                extra = wanted[index : index + 1]
                item = facts.of(*facts.item(given, index).atoms, *extra)
                made.extend(self.least(item, depth + 1) if not self._unique(given) else self._fresh(item, made, depth))
            if len(made) == count:
                yield made
        if most >= max(least, 1) and depth < _DEEP:
            items = [facts.item(given, 0), *(facts.of(*facts.item(given, 0).atoms, each) for each in wanted)]
            for value in islice((value for item in items for value in self.of(item, depth + 1)), _MANY):
                yield from self.with_item(given, 0, value, depth)

    def _unique(self, given: Given) -> bool:
        return any(atom.get("uniqueItems") is True for atom in given.atoms)

    def _fresh(self, item: Given, made: list[Any], depth: int) -> Iterator[Any]:
        yield from islice((each for each in self.of(item, depth + 1) if each not in made), 1)

    def with_item(self, given: Given, index: int, value: Any, depth: int = 0) -> Iterator[list[Any]]:
        """Yield an array with a value at an index, as short as it may be."""
        facts = self._facts
        made: list[Any] = []
        for place in range(max(index + 1, least_count(given, "minItems"))):
            if place == index:
                made.append(value)
            else:
                made.extend(
                    self._fresh(facts.item(given, place), [*made, value], depth)
                    if self._unique(given)
                    else self.least(facts.item(given, place), depth + 1) or (value,)
                )
        yield made

    def objects(self, given: Given, depth: int = 0) -> Iterator[dict[str, Any]]:
        """Yield objects: the least one, the whole one, and one with each other value of each member."""
        facts = self._facts
        base = self._base(given, required_of(given), depth)
        if base is None:
            return
        yield base
        names = [name for name in facts.names(given) if not facts.impossible(facts.member(given, name))]
        if depth > _DEEP:
            return
        whole = self._base(given, names, depth, optional=True)
        if whole is not None and whole != base:
            yield whole
        for name in names:
            for value in islice(self.of(facts.member(given, name), depth + 1), _SOME):
                yield {**base, name: value}

    def without(self, given: Given, name: str) -> Iterator[dict[str, Any]]:
        """Yield objects without a member."""
        base = self._base(given, required_of(given) - {name}, 0)
        if base is not None:
            yield {key: value for key, value in base.items() if key != name}
            for each in islice(self.objects(given), _SOME):
                yield {key: value for key, value in each.items() if key != name}

    def with_member(self, given: Given, name: str, value: Any) -> Iterator[dict[str, Any]]:
        """Yield objects in which a member has a value."""
        base = self._base(given, required_of(given) - {name}, 1)
        if base is not None:
            yield {**base, name: value}
            yield from ({**each, name: value} for each in islice(self.objects(given), 1, 3))

    def _base(self, given: Given, names: Iterable[str], depth: int, *, optional: bool = False) -> dict[str, Any] | None:
        """Return an object with some members; None: one of them has no value."""
        facts = self._facts
        made: dict[str, Any] = {}
        pending = list(names) if optional else sorted(names)
        most = most_count(given, "maxProperties")
        while pending and len(made) < most:
            name = pending.pop(0)
            value = () if name in made else self.least(facts.member(given, name), depth + 1)
            if value:
                made[name] = value[0]
                pending += [n for a in given.atoms for n in a.get("dependentRequired", {}).get(name, ())]
            elif name not in made and not optional:
                return None
        least = least_count(given, "minProperties")
        spare = (name for name in (*facts.names(given), *self.new_names(given)) if name not in made)
        for name in spare:
            if len(made) >= least:
                break
            for value in self.least(facts.member(given, name), depth + 1):
                made[name] = value
        return made

    def new_names(self, given: Given, patterns: Iterable[str] = ()) -> Iterator[str]:
        """Yield names of members that nothing names."""
        facts = self._facts
        own = [pattern for atom in given.atoms for pattern in atom.get("patternProperties", {})]
        shapes = [atom["propertyNames"] for atom in given.atoms if "propertyNames" in atom]
        made = [text for pattern in (*patterns, *own) for text in several(pattern)[:_FEW]]
        made += ["other", "x", "a", "A1", "1", "a-b"]
        if shapes:
            made += list(islice(self.of(facts.of(facts.word("type", "string"), *shapes)), _SOME))
        made += [f"other{number}" for number in range(_SOME)]
        named = facts.names(given)
        yield from (name for name in dict.fromkeys(made) if name not in named)
