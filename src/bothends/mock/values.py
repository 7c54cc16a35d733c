"""Values of a JSON Schema that a person likes to read: examples where there are some, plain words elsewhere.

Theory of operation. A value is made along the schema: what must come from elsewhere is asked for first (`sources`),
then what the contract gives (`const`, a hint, `example`, `default`, `enum`), then it is made up from the keywords. What
comes out is validated, and where it is not what the whole schema asks for, the next try chooses otherwise.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from bothends.records import MISSING, json_equal
from bothends.schemas import NoValueError, Schema, folded, matches, targets_in, text_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bothends.schemas import Target

_DEEP = 4
"""From here on, only what is required is made."""
_DEEPEST = 40
_TRIES = 24
_WITH_HINT = 8
_SOURCE = "x-from"
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "inlet", "jade", "kite", "lagoon")
_FORMATS: Mapping[str, Callable[[Random], str]] = {
    "date-time": lambda rng: f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:30:00Z",
    "date": lambda rng: f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "time": lambda rng: f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00Z",
    "duration": lambda rng: f"PT{rng.randint(1, 59)}M",
    "email": lambda rng: f"{rng.choice(_WORDS)}{rng.randrange(1000)}@example.com",
    "idn-email": lambda rng: f"{rng.choice(_WORDS)}{rng.randrange(1000)}@example.com",
    "hostname": lambda rng: f"{rng.choice(_WORDS)}{rng.randrange(1000)}.example.com",
    "idn-hostname": lambda rng: f"{rng.choice(_WORDS)}{rng.randrange(1000)}.example.com",
    "ipv4": lambda rng: f"192.0.2.{rng.randint(1, 254)}",
    "ipv6": lambda rng: f"2001:db8::{rng.randint(1, 0xFFFF):x}",
    "uri": lambda rng: f"https://{rng.choice(_WORDS)}.example.com/{rng.randrange(10_000)}",
    "url": lambda rng: f"https://{rng.choice(_WORDS)}.example.com/{rng.randrange(10_000)}",
    "iri": lambda rng: f"https://{rng.choice(_WORDS)}.example.com/{rng.randrange(10_000)}",
    "uri-reference": lambda rng: f"/{rng.choice(_WORDS)}/{rng.randrange(10_000)}",
    "iri-reference": lambda rng: f"/{rng.choice(_WORDS)}/{rng.randrange(10_000)}",
    "uri-template": lambda rng: f"/{rng.choice(_WORDS)}/{{id}}",
    "json-pointer": lambda rng: f"/{rng.choice(_WORDS)}/{rng.randrange(10)}",
    "relative-json-pointer": lambda _: "1/a",
    "regex": lambda _: "^[a-z]+$",
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
}
_KEYWORDS = (
    ("object", frozenset({"properties", "required", "additionalProperties", "patternProperties", "minProperties"})),
    ("array", frozenset({"items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"})),
    ("string", frozenset({"minLength", "maxLength", "pattern", "format"})),
    ("number", frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})),
)


def nothing(_text: str, _schema: Mapping[str, Any]) -> Any:
    """Return that a source has no value."""
    return MISSING


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wished for beside what the schema asks for.

    Attributes:
        sources: Returns the value of an `x-from`, given its text and the schema at its place; MISSING: there is none.
        hint: A value to be kept to, as far as the schema takes it.
        fresh: Names of properties whose values are made anew, whatever example there is.
        hide: The keyword that marks what does not go this way: `writeOnly` in an answer; empty: none.
    """

    sources: Callable[[str, Mapping[str, Any]], Any] = nothing
    hint: Any = MISSING
    fresh: frozenset[str] = frozenset()
    hide: str = ""


@dataclass(slots=True)
class Shaper:
    """Makes values of one schema.

    Attributes:
        schema: It stands alone.
    """

    schema: Schema
    _target: Target = field(init=False)
    _flat: dict[tuple[int, int], dict[str, Any]] = field(init=False, default_factory=dict)
    _scalars: dict[int, tuple[Mapping[str, Any], Schema | None]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Note where its references lead."""
        self._target = targets_in(self.schema.raw)

    def make(self, seed: str, wishes: Wishes) -> Any:
        """Return a value that the schema takes; where none is found, the first one that was made.

        Args:
            seed: The same seed gives the same value.
            wishes: What is wished for.

        Raises:
            NoValueError: Nothing can be made.
        """
        first: Any = MISSING
        for attempt in range(_TRIES):
            try:
                rng = Random(f"{seed}/{attempt}")  # noqa: S311 -- reproducible, not secret
                # A hint that the schema does not take as a whole is left aside in the end.
                hint = wishes.hint if attempt < _WITH_HINT else MISSING
                value = _Making(self, rng, wishes, attempt).value(self.schema.raw, hint, 0)
            except NoValueError:
                continue
            if self.schema.is_valid_with_formats(value):
                return value
            first = value if first is MISSING else first
        value = self._drawn(seed)
        if value is not MISSING:
            return value
        if first is MISSING:
            raise NoValueError("no value of the schema is found")
        return first

    def takes(self, value: Any) -> bool:
        """Return whether the schema takes a value."""
        return self.schema.is_valid_with_formats(value)

    def takes_scalar(self, schema: Mapping[str, Any], value: Any, kind: str) -> bool:
        """Return whether a scalar is what the keywords of its place ask for; the rest is validated with the whole.

        Args:
            schema: The schema of its place, as `flat` returns it.
            value: The value.
            kind: The type that it is to have.
        """
        if _kind_of(value) != kind and not (kind == "number" and _kind_of(value) == "integer"):
            return False
        known = self._scalars.get(id(schema))
        if known is None:
            own = {key: each for key, each in schema.items() if key in _SCALAR}
            known = self._scalars[id(schema)] = (schema, Schema(own) if own else None)
        return known[1] is None or known[1].is_valid_with_formats(value)

    def choice_for(self, schema: Mapping[str, Any], hint: Any, usual: int) -> int:
        """Return the branch of a choice that is for values like a hint; the usual one where there is no choice.

        Args:
            schema: The schema, or a part of it.
            hint: The value.
            usual: The branch that is taken elsewhere.
        """
        count = len(schema.get("anyOf") or schema.get("oneOf") or ())
        numbers: dict[int, None] = dict.fromkeys((usual % count, *range(count))) if count else {}
        for number in numbers:
            try:
                kinds = self.flat(schema, number).get("type")
            except NoValueError:
                continue
            kind = _kind_of(hint)
            named = {kinds} if isinstance(kinds, str) else set(kinds or ())
            if not named or kind in named or (kind == "integer" and "number" in named):
                return number
        return usual

    def _drawn(self, seed: str) -> Any:
        from bothends.world.answers.pool import draw  # noqa: PLC0415 -- loads what takes a second, for odd schemas

        number = Random(seed).getrandbits(31)  # noqa: S311 -- as above
        return next((each for each in draw(self.schema.raw, number, 8) if self.takes(each)), MISSING)

    def flat(self, schema: Mapping[str, Any], choice: int) -> dict[str, Any]:
        """Return a schema with its references and its `allOf` folded in, and one branch of each choice.

        Args:
            schema: The schema, or a part of it.
            choice: Which branch is taken where there are several.

        Raises:
            NoValueError: A branch takes nothing, or leads back to itself.
        """
        key = (id(schema), choice)
        known = self._flat.get(key)
        if known is None:
            known = self._flat[key] = folded(schema, self._target, lambda branches: branches[choice % len(branches)])
        return known


class _Making:
    """One try."""

    def __init__(self, shaper: Shaper, rng: Random, wishes: Wishes, attempt: int) -> None:
        self._shaper = shaper
        self._rng = rng
        self._wishes = wishes
        self._attempt = attempt
        # The first tries have all that may be there; then less; examples are left aside in the end.
        self._optional = attempt % 3 != 1
        self._examples = attempt % 4 != 3  # noqa: PLR2004 -- every fourth

    def value(self, schema: Any, hint: Any, depth: int, *, fresh: bool = False) -> Any:
        if schema is False or depth > _DEEPEST:
            raise NoValueError("nothing fits, or nothing is shallow enough")
        if schema is True or not schema:
            return self._rng.choice(_WORDS) if hint is MISSING else hint
        choice = self._attempt if depth == 0 or self._attempt == 0 else self._rng.randrange(8)
        if depth and hint is not MISSING:
            choice = self._shaper.choice_for(schema, hint, choice)
        schema = self._shaper.flat(schema, choice)
        if _SOURCE in schema:
            found = self._wishes.sources(schema[_SOURCE], schema)
            if found is not MISSING:
                return found
        if "const" in schema:
            return schema["const"]
        kind = self._kind(schema, hint)
        if kind not in ("object", "array"):
            return self._scalar(schema, kind, hint, fresh=fresh)
        if hint is MISSING and self._examples:
            hint = _example(schema)
        if "enum" in schema:
            return hint if hint in schema["enum"] else self._rng.choice(schema["enum"])
        return self._object(schema, hint, depth) if kind == "object" else self._array(schema, hint, depth)

    def _kind(self, schema: Mapping[str, Any], hint: Any) -> str:
        kinds = schema.get("type")
        if isinstance(kinds, str):
            return kinds
        if kinds is None:
            kinds = [kind for kind, keywords in _KEYWORDS if keywords & schema.keys()]
            if not kinds:
                return _kind_of(hint) if hint is not MISSING else _kind_of(_example(schema))
        wanted = None if hint is MISSING else _kind_of(hint)
        if wanted in kinds or (wanted == "integer" and "number" in kinds):
            return str(wanted)
        plain = [kind for kind in kinds if kind != "null"]
        choice = (plain or kinds)[0] if self._attempt == 0 else self._rng.choice(kinds)
        return str(choice)

    def _scalar(  # noqa: PLR0911 -- one for each type
        self, schema: Mapping[str, Any], kind: str, hint: Any, *, fresh: bool
    ) -> Any:
        if "enum" in schema:
            if any(json_equal(hint, each) for each in schema["enum"]):
                return hint
            return schema["enum"][0] if self._attempt == 0 else self._rng.choice(schema["enum"])
        wished = [] if fresh else [hint] + ([_example(schema)] if self._examples else [])
        for each in wished:
            if each is not MISSING and self._shaper.takes_scalar(schema, each, kind):
                return each
        match kind:
            case "string":
                return self._text(schema, fresh=fresh)
            case "integer" | "number":
                return self._number(schema, whole=kind == "integer", fresh=fresh)
            case "boolean":
                return self._rng.random() < 0.5  # noqa: PLR2004 -- either
            case _:
                return None

    def _text(self, schema: Mapping[str, Any], *, fresh: bool) -> str:
        least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
        if "pattern" in schema:
            text = text_for(str(schema["pattern"]), self._rng, least)
            if text is None:
                raise NoValueError("a pattern that can't be aimed at")
            # Where the pattern leaves room behind it, what is an identity is made one.
            longer = f"{text}{self._rng.getrandbits(64):016x}"
            return longer if fresh and self._shaper.takes_scalar(schema, longer, "string") else text
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]](self._rng)
        # What is an identity must not be another's by chance.
        identity = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        text = identity if fresh else f"{self._rng.choice(_WORDS)}-{self._rng.getrandbits(32):08x}"
        if most is not None and len(text) > most:
            text = text[-int(most) :] if most else ""
        while len(text) < least:
            text += f" {self._rng.choice(_WORDS)}"
        return text if most is None else text[: int(most)]

    def _number(self, schema: Mapping[str, Any], *, whole: bool, fresh: bool) -> float:
        lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
        highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
        step = schema.get("multipleOf", 1 if whole else None)
        span = 1_000_000_000 if fresh else 1000
        low = max(lows) if lows else (min(highs) - span if highs else 1)
        high = min(highs) if highs else low + span
        if step is None:
            number = self._rng.uniform(low, high) if self._attempt else round(self._rng.uniform(low, high), 2)
            return min(max(number, low), high)
        first = math.ceil(low / step) + (low in lows and low == schema.get("exclusiveMinimum") and low % step == 0)
        last = math.floor(high / step) - (high in highs and high == schema.get("exclusiveMaximum") and high % step == 0)
        if last < first:
            raise NoValueError("no number is within the bounds")
        made = self._rng.randint(first, last) * step
        return int(made) if whole or made == int(made) else made

    def _object(self, schema: Mapping[str, Any], hint: Any, depth: int) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        required = list(schema.get("required", ()))
        given = hint if isinstance(hint, dict) else {}
        other = schema.get("additionalProperties", schema.get("unevaluatedProperties", True))
        made: dict[str, Any] = {}
        for name, part in properties.items():
            if name not in required and not self._wants(name, part, given, depth):
                continue
            try:
                made[name] = self.value(
                    part, given.get(name, MISSING), depth + 1, fresh=depth <= 1 and name in self._wishes.fresh
                )
            except NoValueError:
                if name in required:
                    raise
        for name in required:
            if name not in made:
                made[name] = self.value(self._other(schema, name, other), given.get(name, MISSING), depth + 1)
        if other is not False:
            made |= {name: each for name, each in given.items() if name not in properties and name not in made}
        for number in range(schema.get("minProperties", 0) - len(made)):
            made[f"{_WORDS[number % len(_WORDS)]}{number}"] = self.value(other, MISSING, depth + 1)
        return made

    def _wants(self, name: str, part: Any, given: Mapping[str, Any], depth: int) -> bool:
        """Return whether a member that may be left out is made."""
        if part is False or (self._wishes.hide and isinstance(part, dict) and self._hidden(part)):
            return False
        if name in given:
            return True
        text = self._source_of(part)
        if text:
            return self._wishes.sources(text, part) is not MISSING
        # An example of the whole says which members are usual.
        return not given and self._optional and depth < _DEEP

    def _source_of(self, part: Any) -> str:
        if not isinstance(part, dict):
            return ""
        try:
            return str(self._shaper.flat(part, 0).get(_SOURCE, ""))
        except NoValueError:
            return ""

    def _hidden(self, part: Mapping[str, Any]) -> bool:
        try:
            return self._shaper.flat(part, 0).get(self._wishes.hide) is True
        except NoValueError:
            return False

    @staticmethod
    def _other(schema: Mapping[str, Any], name: str, other: Any) -> Any:
        patterns = schema.get("patternProperties", {})
        found = (part for pattern, part in patterns.items() if matches(pattern, name))
        return next(found, other)

    def _array(self, schema: Mapping[str, Any], hint: Any, depth: int) -> list[Any]:
        given = hint if isinstance(hint, list) else []
        prefix = list(schema.get("prefixItems", ()))
        other = schema.get("items", True)
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        usual = (
            len(given) if isinstance(hint, list) else max(len(prefix), 1 if other is not False and depth < _DEEP else 0)
        )
        wanted = max(least, usual if most is None else min(usual, most))
        made: list[Any] = []
        for number in range(wanted * 4):
            if len(made) >= wanted:
                break
            part = prefix[len(made)] if len(made) < len(prefix) else other
            if part is False:
                break
            item = self.value(part, given[number] if number < len(given) else MISSING, depth + 1)
            if not schema.get("uniqueItems") or not any(json_equal(item, each) for each in made):
                made.append(item)
        if "contains" in schema and not given:
            count = schema.get("minContains", 1)
            extra = [self.value(schema["contains"], MISSING, depth + 1) for _ in range(count)]
            made = [*extra, *made] if most is None else [*extra, *made][: int(most)]
        return made


def _example(schema: Mapping[str, Any]) -> Any:
    if "example" in schema:
        return schema["example"]
    listed = schema.get("examples")
    if isinstance(listed, list) and listed:
        return listed[0]
    return schema.get("default", MISSING)


def _kind_of(value: Any) -> str:  # noqa: PLR0911 -- one for each type
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case None:
            return "null"
    return "string"


_SCALAR = frozenset({
    *("minLength", "maxLength", "pattern", "format", "minimum", "maximum"),
    *("exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
})  # fmt: skip
