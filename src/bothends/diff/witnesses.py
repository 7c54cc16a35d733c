"""Finds values that show a break: values of the sender's schema that are none of the reader's.

Each gap says where one may be. It is made there, put into a whole value, and both validators are asked.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from bothends.diff.given import range_of
from bothends.diff.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bothends.diff.definitions import Definitions
    from bothends.diff.gaps import Gap, Step
    from bothends.diff.given import Facts

_LOCAL, _WHOLE, _TRIED = 120, 24, 400
_LONGEST = 5000
_REPEATED = 12
_PLAIN: tuple[Any, ...] = (None, True, False, 0, 1, -1, 0.5, "", "a", "abcd", [], {})
_LIMITS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


class Witnesses:
    """Finds values for gaps.

    Args:
        facts: Reads the sender's schemas.
        reader: The parts that the reader's schemas refer to.
    """

    def __init__(self, facts: Facts, reader: Definitions) -> None:
        self._facts = facts
        self._reader = reader
        self._values = Values(facts)

    def of(self, gap: Gap, shows: Callable[[Any], bool]) -> tuple[Any, ...]:
        """Return a whole value that `shows`: of the sender's schema, and not of the reader's; empty: none was found."""
        local = islice(self._here(gap), _WHOLE)
        tried = islice((whole for value in local for whole in self._around(gap.trail, value, gap)), _TRIED)
        return tuple(islice((value for value in tried if shows(value)), 1))

    def whole(self, sender: Any) -> Iterator[Any]:
        """Yield whole values of the sender's schema: for what no gap alone can show."""
        yield from _PLAIN
        yield from ([each] for each in _PLAIN)
        yield from islice(self._values.of(self._facts.of(sender)), _TRIED)

    def _here(self, gap: Gap) -> Iterator[Any]:
        """Yield values of what is known at a gap that the reader's schema refuses."""
        if gap.values:
            yield from gap.values
            return
        seen: list[Any] = []
        for value in islice(self._proposed(gap), _LOCAL):
            if value in seen:
                continue
            seen.append(value)
            if self._facts.is_valid(gap.given, value) and not self._reader.is_valid(gap.schema, value):
                yield value

    def _proposed(self, gap: Gap) -> Iterator[Any]:
        facts, values, given = self._facts, self._values, gap.given
        schema: dict[str, Any] = gap.schema if isinstance(gap.schema, dict) else {}
        if gap.keyword == "type":
            for kind in gap.detail:
                yield from islice(values.of(facts.of_kind(given, kind)), _WHOLE)
        elif gap.keyword in ("required", "dependentRequired"):
            for name in gap.detail[-1:]:
                yield from values.without(given, name)
        elif gap.keyword in _LIMITS:
            yield from values.numbers(given, _near(schema))
        elif gap.keyword in ("minLength", "maxLength", "pattern", "format", "enum", "const"):
            yield from values.texts(given, _long(schema)) if "string" in facts.kinds(given) else ()
        elif gap.keyword in ("minItems", "maxItems", "uniqueItems", "contains"):
            yield from self._arrays(gap, schema)
        elif gap.keyword in ("minProperties", "maxProperties", "propertyNames"):
            yield from self._objects(gap)
        yield from values.of(given)

    def _arrays(self, gap: Gap, schema: dict[str, Any]) -> Iterator[Any]:
        limits = [schema[key] for key in ("minItems", "maxItems") if key in schema]
        counts = [n + d for n in limits for d in (-1, 1) if 0 <= n + d <= _LONGEST]
        yield from self._values.arrays(gap.given, counts=[*counts, 0, 1, 2, 3, 4])
        for value in islice(self._values.of(self._facts.item(gap.given, 0)), _WHOLE):
            yield [value, value]
        if "contains" in schema:
            values = islice(self._values.of(self._facts.item(gap.given, 0)), _WHOLE)
            for value in (each for each in values if self._reader.is_valid(schema["contains"], each)):
                yield from ([value] * count for count in range(_REPEATED))
        yield from ([each] for each in _PLAIN)

    def _objects(self, gap: Gap) -> Iterator[Any]:
        base = next(self._values.objects(gap.given), None)
        yield from self._values.objects(gap.given)
        for name in self._values.new_names(gap.given) if base is not None else ():
            for value in self._values.least(self._facts.member(gap.given, name)):
                base = {**(base or {}), name: value}
                yield base

    def _around(self, trail: tuple[Step, ...], value: Any, gap: Gap) -> Iterator[Any]:
        """Yield whole values that have a value at the end of a trail."""
        if not trail:
            yield value
            return
        *before, step = trail
        for each in self._holders(step, value, gap):
            yield from self._around(tuple(before), each, gap)

    def _holders(self, step: Step, value: Any, gap: Gap) -> Iterator[Any]:
        if isinstance(step.key, int):
            yield from self._values.with_item(step.given, step.key, value)
            return
        schema = gap.schema if isinstance(gap.schema, dict) else {}
        names = (
            [step.key]
            if step.key is not None
            else islice(self._values.new_names(step.given, schema.get("patternProperties", ())), _WHOLE)
        )
        for name in names:
            yield from self._values.with_member(step.given, name, value)


def _near(schema: dict[str, Any]) -> list[float]:
    limits = range_of((schema,))
    found = [n + d for n in (limits.low, limits.high) if abs(n) < float("inf") for d in (0, -1, 1, -0.5, 0.5)]
    step = schema.get("multipleOf")
    return found if step is None else [*found, step + 1, step + 0.5, step / 2]


def _long(schema: dict[str, Any]) -> list[str]:
    limits = [schema[key] for key in ("minLength", "maxLength") if key in schema]
    return ["a" * (n + d) for n in limits for d in (-1, 1) if 0 <= n + d <= _LONGEST]
