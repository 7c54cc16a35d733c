"""Values of a schema: one walk makes them, and a chooser says which of those that fit.

Theory of operation. The walk folds a schema into plain keywords. Then it asks its chooser for a value that comes from
elsewhere, for one that is wished for (a hint, an example), and for the type; members and items are made along the
schema in the same way, texts and numbers by the chooser, within their bounds. The base chooser takes the plainest. The
walk aims and proves nothing: who needs a value that is valid for certain asks a validator, and tries again.
"""

# ruff: noqa: ARG002 -- what the plainest chooser has no need of, others have

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bothends.records import MISSING, json_equal
from bothends.schemas.flatten import NoValueError, folded, targets_in
from bothends.schemas.formats import FORMAT_EXAMPLES
from bothends.schemas.patterns import matches, plainest
from bothends.schemas.schema import Schema
from bothends.schemas.spans import in_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEYWORDS = (
    ("object", frozenset({"properties", "required", "additionalProperties", "patternProperties", "minProperties"})),
    ("array", frozenset({"items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"})),
    ("string", frozenset({"minLength", "maxLength", "pattern", "format"})),
    ("number", frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})),
)
_OF_SCALARS = frozenset().union(*(keywords for kind, keywords in _KEYWORDS if kind in ("string", "number")))
_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))


def type_of(value: Any) -> str:
    """Return the type of a JSON value, as JSON Schema names it."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def kinds_of(plain: Mapping[str, Any]) -> list[str]:
    """Return the types that a schema names, or that its keywords are about; none: any."""
    named = plain.get("type")
    if named is None:
        return [kind for kind, keywords in _KEYWORDS if keywords & plain.keys()]
    return [named] if isinstance(named, str) else list(named)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds a number.

    Attributes:
        low: The least; None: there is none. It may be excluded, and so may the most.
        high: The most.
        step: What it is a multiple of; None: of nothing.
        first: The least multiple, in steps; None: there is none.
        last: The largest multiple, in steps.
    """

    low: float | None
    high: float | None
    step: float | None
    first: int | None
    last: int | None


def bounds_of(plain: Mapping[str, Any], *, whole: bool) -> Bounds:
    """Return what bounds a number.

    Raises:
        NoValueError: No number is within the bounds.
    """
    low = max((plain[key] for key in ("minimum", "exclusiveMinimum") if key in plain), default=None)
    high = min((plain[key] for key in ("maximum", "exclusiveMaximum") if key in plain), default=None)
    step = plain.get("multipleOf", 1 if whole else None)
    if step is None:
        return Bounds(low, high, step, None, None)
    first, last = (None if low is None else math.ceil(low / step)), (None if high is None else math.floor(high / step))
    if first is not None and first * step == plain.get("exclusiveMinimum"):
        first += 1
    if last is not None and last * step == plain.get("exclusiveMaximum"):
        last -= 1
    if first is not None and last is not None and last < first:
        raise NoValueError("no number is within the bounds")
    return Bounds(low, high, step, first, last)


def times(number: int, step: float, *, whole: bool) -> float:
    """Return a multiple of a step, as an integer where it is one."""
    made = number * step
    return int(made) if whole or made == int(made) else made


class Chooser:
    """Chooses the plainest of all values that fit: what the contract gives, else the least there is.

    Attributes:
        deepest: Levels below which nothing is made.
        has_formats: Whether a value that is wished for must have the format of its place.
    """

    deepest = 6
    has_formats = False

    def fold(self, maker: Maker, schema: Mapping[str, Any], hint: Any, depth: int) -> dict[str, Any]:
        """Return the plain keywords of a schema, a branch of each choice among them."""
        return maker.flat(schema, 0)

    def source(self, plain: Mapping[str, Any]) -> Any:
        """Return the value that must stand here; MISSING: none must."""
        return MISSING

    def example(self, plain: Mapping[str, Any]) -> Any:
        """Return the value that the contract gives as an example; MISSING: none."""
        return given_by(plain, ("default", "example"))

    def too_deep(self) -> Any:
        """Return what stands where nothing more is made."""
        return None

    def anything(self, hint: Any, depth: int) -> Any:
        """Return a value where each fits."""
        return None if hint is MISSING else hint

    def one(self, values: Sequence[Any]) -> Any:
        """Return one of the values that are listed."""
        return values[0]

    def kind(self, kinds: list[str], hint: Any) -> str:
        """Return a type of those that fit; the hint's, where it is one."""
        wanted = "" if hint is MISSING else type_of(hint)
        if wanted in kinds or (wanted == "integer" and "number" in kinds):
            return wanted
        if not kinds:
            return wanted or self.usual_kind()
        return self.kind_among(kinds)

    def usual_kind(self) -> str:
        """Return the type of a value whose schema says nothing of types."""
        return "null"

    def kind_among(self, kinds: list[str]) -> str:
        """Return one of several types."""
        return kinds[0]

    def wants(self, maker: Maker, name: str, part: Any, given: Mapping[str, Any], depth: int) -> bool:
        """Return whether a member that may be left out is made."""
        return name in given and part is not False

    def is_fresh(self, name: str, depth: int) -> bool:
        """Return whether a member is made anew, whatever is wished for."""
        return False

    def members(self, made: dict[str, Any]) -> dict[str, Any]:
        """Return the members that were made, with others in place of what does not go together."""
        return in_order(made)

    def size(self, least: int, depth: int) -> int:
        """Return how many members an object has, or items a list, where it has at least some."""
        return least

    def items(self, listed: int, depth: int) -> int:
        """Return how many items a list has, of which some have places of their own."""
        return self.size(listed, depth)

    def name(self, number: int) -> str:
        """Return a name for a member that has none."""
        return f"member{number}"

    def text(self, plain: Mapping[str, Any], *, fresh: bool) -> str:
        """Return a text."""
        least, most = plain.get("minLength", 0), plain.get("maxLength")
        text = FORMAT_EXAMPLES.get(plain.get("format", ""), "text")
        if isinstance(plain.get("pattern"), str):
            return plainest(plain["pattern"], least, most) or text
        return text.ljust(least, "x")[:most]

    def number(self, plain: Mapping[str, Any], *, whole: bool, fresh: bool) -> float:
        """Return a number."""
        found = bounds_of(plain, whole=whole)
        if found.step is not None:
            number = found.first if found.first is not None else min(1, 1 if found.last is None else found.last)
            return times(number, found.step, whole=whole)
        if found.low is None:
            return 1 if found.high is None else min(1, found.high - 1)
        above = found.low + (found.low == plain.get("exclusiveMinimum"))
        return above if found.high is None or above < found.high else (found.low + found.high) / 2

    def boolean(self) -> bool:
        """Return a truth value."""
        return True


def given_by(plain: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """Return the first value that a schema gives under some keywords, or among its `examples`; MISSING: none."""
    for key in keys:
        if key in plain:
            return plain[key]
    listed = plain.get("examples")
    return listed[0] if isinstance(listed, list) and listed else MISSING


class Maker:
    """Makes values of one schema."""

    def __init__(self, root: Any) -> None:
        """Take a schema that stands alone."""
        self._root = root
        self.target = targets_in(root)
        self._flat: dict[tuple[int, int], dict[str, Any]] = {}
        self._scalars: dict[int, tuple[Mapping[str, Any], Schema | None]] = {}

    def make(self, chooser: Chooser, hint: Any = MISSING) -> Any:
        """Return a value of the schema, as one chooser has it, or raise a `NoValueError`; it may be wrong."""
        return self.value(chooser, self._root, hint, 0)

    def flat(self, schema: Mapping[str, Any], choice: int) -> dict[str, Any]:
        """Return the plain keywords of a schema, or of a part of it, with the chosen branch where there are several.

        A branch that takes nothing, or a reference that leads nowhere, is a `NoValueError`.
        """
        key = (id(schema), choice)
        if key not in self._flat:
            self._flat[key] = folded(schema, self.target, lambda branches: branches[choice % len(branches)])
        return self._flat[key]

    def value(self, chooser: Chooser, schema: Any, hint: Any, depth: int, *, fresh: bool = False) -> Any:
        """Return a value of a part of the schema, some levels deep."""
        if schema is False:
            raise NoValueError("a schema that nothing fits")
        if depth > chooser.deepest:
            return chooser.too_deep()
        if schema is True or not schema:
            return chooser.anything(hint, depth)
        plain = chooser.fold(self, schema, hint, depth)
        found = chooser.source(plain)
        if found is not MISSING or "const" in plain:
            return plain["const"] if found is MISSING else found
        wished = [each for each in (hint, chooser.example(plain)) if each is not MISSING]
        if "enum" in plain:
            listed = [each for each in wished if any(json_equal(each, one) for one in plain["enum"])]
            return listed[0] if listed else chooser.one(plain["enum"])
        return self._of_kind(chooser, plain, wished, depth, fresh=fresh)

    def _of_kind(self, chooser: Chooser, plain: dict[str, Any], wished: list[Any], depth: int, *, fresh: bool) -> Any:
        first = wished[0] if wished else MISSING
        kind = chooser.kind(kinds_of(plain), first)
        if kind == "object":
            return self._object(chooser, plain, first, depth)
        if kind == "array":
            return self._array(chooser, plain, first, depth)
        for each in () if fresh else wished:
            if self._fits(chooser, plain, each, kind):
                return each
        match kind:
            case "string":
                return chooser.text(plain, fresh=fresh)
            case "integer" | "number":
                return chooser.number(plain, whole=kind == "integer", fresh=fresh)
        return chooser.boolean() if kind == "boolean" else None

    def _fits(self, chooser: Chooser, plain: Mapping[str, Any], value: Any, kind: str) -> bool:
        """Return whether a scalar is what the keywords of its place ask for; the rest is validated with the whole."""
        found = type_of(value)
        if found != kind and not (kind == "number" and found == "integer"):
            return False
        if id(plain) not in self._scalars:
            own = {key: each for key, each in plain.items() if key in _OF_SCALARS}
            self._scalars[id(plain)] = (plain, Schema(own) if own else None)
        schema = self._scalars[id(plain)][1]
        return schema is None or (schema.is_valid_with_formats if chooser.has_formats else schema.is_valid)(value)

    def _object(self, chooser: Chooser, plain: Mapping[str, Any], hint: Any, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = plain.get("properties", {})
        required = list(plain.get("required", ()))
        given = hint if isinstance(hint, dict) else {}
        other = plain.get("additionalProperties", plain.get("unevaluatedProperties", True))
        made: dict[str, Any] = {}
        for name, part in properties.items():
            if name in required or chooser.wants(self, name, part, given, depth):
                fresh = chooser.is_fresh(name, depth)
                try:
                    made[name] = self.value(chooser, part, given.get(name, MISSING), depth + 1, fresh=fresh)
                except NoValueError:
                    if name in required:
                        raise
        self._described(chooser, plain, made, given, depth)
        for name in required:
            if name not in made:
                part = _of_other(plain, name, other)
                made[name] = self.value(chooser, part, given.get(name, MISSING), depth + 1)
        made = chooser.members(made)
        if other is not False:
            made |= {name: each for name, each in given.items() if name not in properties and name not in made}
            self._more_members(chooser, plain, made, other, depth)
        return made

    def _described(
        self, chooser: Chooser, plain: Mapping[str, Any], made: dict[str, Any], given: Mapping[str, Any], depth: int
    ) -> None:
        """Add members that the schema describes, where it asks for some and does not say which."""
        least = plain.get("minProperties", 0) - sum(name not in made for name in plain.get("required", ()))
        least -= sum(name not in made and name not in plain.get("properties", {}) for name in given)
        for name, part in plain.get("properties", {}).items():
            if len(made) >= least:
                break
            if name not in made and part is not False:
                with contextlib.suppress(NoValueError):
                    made[name] = self.value(chooser, part, MISSING, depth + 1)

    def _more_members(
        self, chooser: Chooser, plain: Mapping[str, Any], made: dict[str, Any], other: Any, depth: int
    ) -> None:
        wanted = chooser.size(max(plain.get("minProperties", 0), len(made)), depth)
        wanted = min(wanted, plain.get("maxProperties", wanted))
        for number in range(4 * wanted):
            if len(made) >= wanted:
                break
            names = plain.get("propertyNames")
            name = chooser.name(number) if names is None else self.value(chooser, names, MISSING, depth + 1)
            if name not in made and name not in plain.get("properties", {}):
                made[name] = self.value(chooser, _of_other(plain, name, other), MISSING, depth + 1)

    def _array(self, chooser: Chooser, plain: Mapping[str, Any], hint: Any, depth: int) -> list[Any]:
        given = hint if isinstance(hint, list) else []
        prefix, other = list(plain.get("prefixItems", ())), plain.get("items", True)
        most = plain.get("maxItems", math.inf)
        usual = len(given) if isinstance(hint, list) else chooser.items(len(prefix), depth)
        wanted = max(plain.get("minItems", 0), min(usual, most))
        made: list[Any] = []
        for number in range(wanted * 4):
            part = prefix[len(made)] if len(made) < len(prefix) else other
            if len(made) >= wanted or part is False:
                break
            item = self.value(chooser, part, given[number] if number < len(given) else MISSING, depth + 1)
            if not plain.get("uniqueItems") or not any(json_equal(item, each) for each in made):
                made.append(item)
        count = plain.get("minContains", 1) if "contains" in plain and not given else 0
        extra = [self.value(chooser, plain["contains"], MISSING, depth + 1) for _ in range(count)]
        return [*made, *extra] if len(made) + count <= most else [*made[: int(most) - count], *extra]


def _of_other(plain: Mapping[str, Any], name: str, other: Any) -> Any:
    """Return the schema of a member that is not named."""
    patterns = plain.get("patternProperties", {})
    return next((part for pattern, part in patterns.items() if matches(pattern, name)), other)


_PLAINEST = Chooser()


def sample_of(schema: Any) -> Any:
    """Return the plainest value that a schema may well admit. It is a guess: the schema has the last word."""
    try:
        return Maker(schema).make(_PLAINEST)
    except NoValueError:
        return None
