"""Whether no value that is known is one of another schema, where that is plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bothends.diff.given import NUMBERS, kinds_of, member_schemas, range_of, required_of
from bothends.schemas import choices, same

if TYPE_CHECKING:
    from bothends.diff.definitions import Definitions
    from bothends.diff.equality import Equality
    from bothends.diff.given import Facts, Given

_SHALLOW = 6
_FEW = 8


class Disjoint:
    """Argues that a sender's schemas and a reader's have no value in common."""

    def __init__(self, facts: Facts, reader: Definitions, equality: Equality) -> None:
        self._facts = facts
        self._reader = reader
        self._equality = equality

    def holds(self, given: Given, schema: Any, depth: int = 0) -> bool:
        """Return whether it is plain that no value is one of a schema of the reader."""
        facts = self._facts
        if schema is False or facts.impossible(given):
            return True
        if not isinstance(schema, dict) or depth > _SHALLOW:
            return False
        if facts.kinds(given).isdisjoint(kinds_of(schema)) or self._by_values(given, schema):
            return True
        if any("not" in atom and self._equality.holds(atom["not"], schema) for atom in given.atoms):
            return True
        return self._inside(given, schema, depth)

    def _by_values(self, given: Given, schema: dict[str, Any]) -> bool:
        values = self._facts.finite(given)
        if values is not None:
            return not any(self._reader.is_valid(schema, value) for value in values)
        wanted = [schema["const"]] if "const" in schema else schema.get("enum")
        if wanted is not None:
            return not any(self._facts.is_valid(given, value) for value in wanted)
        if self._facts.kinds(given) <= NUMBERS:
            numbers, others = range_of(given.atoms), range_of((schema,))
            return numbers.low > others.high or numbers.high < others.low
        return False

    def _inside(self, given: Given, schema: dict[str, Any], depth: int) -> bool:
        if any(self.holds(given, part, depth + 1) for part in same(schema, self._reader.target)):
            return True
        if any(all(self.holds(given, part, depth + 1) for part in branches) for branches in choices(schema)):
            return True
        if self._facts.kinds(given) == {"object"} and self._by_members(given, schema, depth):
            return True
        cases = self._facts.choices(given)
        return cases is not None and len(cases) <= _FEW and all(self.holds(c, schema, depth + 2) for c in cases)

    def _by_members(self, given: Given, schema: dict[str, Any], depth: int) -> bool:
        facts = self._facts
        wanted = frozenset(schema.get("required", ()))
        if any(facts.impossible(facts.member(given, name)) for name in wanted):
            return True
        return any(
            self.holds(facts.member(given, name), each, depth + 1)
            for name in sorted(wanted | required_of(given))
            for each in member_schemas(schema, name)
        )
