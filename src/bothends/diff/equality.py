"""Whether two schemas, of two sides, mean the same: quickly, and only where it is plain.

What says nothing of values (descriptions, examples, extensions) does not count. `$ref`s may lead in circles: two
schemas are equal if all pairs that are reached from them agree in what stands in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.diff.given import same_values
from bothends.records import json_equal
from bothends.schemas import LISTED, NAMED, REFERENCES, SINGLE

if TYPE_CHECKING:
    from bothends.diff.definitions import Definitions

_PLAIN = (
    *("const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength"),
    *("pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties"),
    *("dependentRequired",),
)
_LISTS = ("enum", "required", "type")
KEYWORDS = (*_PLAIN, *_LISTS, *SINGLE, *NAMED, *LISTED, *REFERENCES)
"""Keywords that decide which values a schema has."""
_SAYS_NOTHING = frozenset({"contentSchema"})
"""What JSON Schema 2020-12 takes for an annotation (validation, section 8.5)."""
_Pair = tuple[int, int]


class Equality:
    """Compares schemas of two sides.

    Args:
        one: The parts of the first.
        other: The parts of the second.
        formats: Whether `format` is asserted.
        unsent: The keyword of members that never go this way; empty: there is none.
    """

    def __init__(self, one: Definitions, other: Definitions, *, formats: bool = False, unsent: str = "") -> None:
        self._one = one
        self._other = other
        # No value depends on a discriminator, but what a reader takes a value for does: both are then compared in full.
        self._plain = (*_PLAIN, "discriminator", *(("format",) if formats else ()), *((unsent,) if unsent else ()))
        self._local: dict[_Pair, tuple[bool, tuple[tuple[Any, Any], ...]]] = {}
        self._known: dict[_Pair, bool] = {}
        self._alive: list[Any] = []

    def holds(self, one: Any, other: Any) -> bool:
        """Return whether two schemas mean the same."""
        start = (id(one), id(other))
        known = self._known.get(start)
        if known is not None:
            return known
        reached: dict[_Pair, None] = {start: None}
        pending = [(one, other)]
        equal = True
        while pending and equal:
            pair = pending.pop()
            equal, targets = self._locally(*pair)
            for each in targets:
                key = (id(each[0]), id(each[1]))
                if self._known.get(key) is False:
                    equal = False
                elif key not in reached and key not in self._known:
                    reached[key] = None
                    pending.append(each)
        if equal:
            self._known.update(dict.fromkeys(reached, True))
        else:
            self._known[start] = False
        return equal

    def keyword(self, key: str, one: dict[str, Any], other: dict[str, Any]) -> bool:
        """Return whether two schemas have a keyword with the same meaning, or both lack it."""
        if (key in one) != (key in other):
            return False
        if key not in one:
            return True
        targets: list[tuple[Any, Any]] = []
        return self._agree(key, one[key], other[key], targets) and all(self.holds(a, b) for a, b in targets)

    def _locally(self, one: Any, other: Any) -> tuple[bool, tuple[tuple[Any, Any], ...]]:
        """Return whether what stands in two schemas agrees, and the pairs that their `$ref`s lead to."""
        key = (id(one), id(other))
        if key not in self._local:
            self._alive.append((one, other))
            targets: list[tuple[Any, Any]] = []
            agree = self._compare(one, other, targets)
            self._local[key] = (agree, tuple(targets))
        return self._local[key]

    def _compare(self, one: Any, other: Any, targets: list[tuple[Any, Any]]) -> bool:
        if isinstance(one, bool) or isinstance(other, bool):
            return (one is True or one == {}) if other in (True, {}) else one is other
        for key in (*KEYWORDS, *self._plain[len(_PLAIN) :]):
            if key in _SAYS_NOTHING:
                continue
            if (key in one) != (key in other):
                return False
            if key in one and not self._agree(key, one[key], other[key], targets):
                return False
        return True

    def _agree(self, key: str, one: Any, other: Any, targets: list[tuple[Any, Any]]) -> bool:
        if key in REFERENCES:
            targets.append((self._one.target(one), self._other.target(other)))
            return True
        if key in _LISTS:
            listed = [each if isinstance(each, list) else [each] for each in (one, other)]
            return same_values(*listed)
        if key in SINGLE:
            return self._compare(one, other, targets)
        if key in NAMED:
            return one.keys() == other.keys() and all(self._compare(one[n], other[n], targets) for n in one)
        if key in LISTED:
            return len(one) == len(other) and all(self._compare(a, b, targets) for a, b in zip(one, other, strict=True))
        return json_equal(one, other)
