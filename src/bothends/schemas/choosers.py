"""Choosers for values of schemas: any that an ordinary service may say, and those that a person likes to read.

`Ordinary` varies as far as it can: texts of every script, odd names of members, numbers at the edges. `Readable` keeps
to what the contract gives and to what is wished for, and has plain words elsewhere; each further try chooses otherwise.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from bothends.records import MISSING
from bothends.schemas import words
from bothends.schemas.drawn import draw
from bothends.schemas.flatten import NoValueError, folded
from bothends.schemas.formats import FORMAT_EXAMPLES
from bothends.schemas.patterns import text_for
from bothends.schemas.schema import Schema
from bothends.schemas.values import Chooser, Maker, bounds_of, given_by, times, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SAFE = (1 << 53) - 1
"""Largest integer that every JSON reader holds exactly (RFC 7493 section 2.2)."""

_INTEGERS = (0, 1, -1, 2, 7, 10, 42, 100, 255, 256, 65_536, 1_700_000_000_000, SAFE, -SAFE, -40)
_FLOATS = (0.5, -0.25, 1.0, 1e3, 100.0, 3.141592653589793, 0.1, 1e-7, 1e21, -1.5e3)


_DEEP = 6
"""From here on, only what is required is made."""
_MOST_MORE = 4
_ANY = ("string", "integer", "number", "boolean", "null", "object", "array")
_SPAN = 1000


class Ordinary(Chooser):
    """Chooses as chance has it, and takes no example: as far as ordinary services go, and fast."""

    deepest = 24

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def fold(self, maker: Maker, schema: Mapping[str, Any], hint: Any, depth: int) -> dict[str, Any]:  # noqa: ARG002 -- as declared
        """Return the plain keywords of a schema, any branch of each choice among them."""
        return folded(schema, maker.target, self._rng.choice)

    def example(self, plain: Mapping[str, Any]) -> Any:  # noqa: ARG002 -- as declared
        """Return that no example is taken."""
        return MISSING

    def too_deep(self) -> Any:
        """Refuse what is too deep."""
        raise NoValueError("no value is shallow enough")

    def anything(self, hint: Any, depth: int) -> Any:
        """Return any JSON value, a nested one now and then."""
        kind = self._rng.choice(_ANY if depth < _DEEP else _ANY[:5])
        if kind == "object":
            return {words.odd_name(self._rng): self.anything(hint, depth + 1) for _ in range(self._rng.randint(0, 3))}
        if kind == "array":
            return [self.anything(hint, depth + 1) for _ in range(self._rng.randint(0, 3))]
        if kind == "string":
            return self.text({}, fresh=False)
        if kind in ("integer", "number"):
            return self.number({}, whole=kind == "integer", fresh=False)
        return self.boolean() if kind == "boolean" else None

    def one(self, values: Sequence[Any]) -> Any:
        """Return any of the values that are listed."""
        return self._rng.choice(values)

    def kind_among(self, kinds: list[str]) -> str:
        """Return any of several types."""
        return self._rng.choice(kinds)

    def usual_kind(self) -> str:
        """Return any type."""
        return self._rng.choice(_ANY)

    def wants(self, maker: Maker, name: str, part: Any, given: Mapping[str, Any], depth: int) -> bool:  # noqa: ARG002 -- as declared
        """Return whether a member that may be left out is made: mostly, and not deep down."""
        return part is not False and depth < _DEEP and self._rng.random() < 0.7  # noqa: PLR2004 -- mostly

    def size(self, least: int, depth: int) -> int:
        """Return how many members or items there are: some more than there must be."""
        return least + (self._rng.randint(0, _MOST_MORE) if depth < _DEEP else 0)

    def name(self, number: int) -> str:  # noqa: ARG002 -- as declared
        """Return a name that a setting may have."""
        return words.odd_name(self._rng)

    def text(self, plain: Mapping[str, Any], *, fresh: bool) -> str:  # noqa: ARG002 -- as declared
        """Return a text of any script."""
        least, wanted = plain.get("minLength", 0), plain.get("format", "")
        if "pattern" in plain:
            text = text_for(plain["pattern"], self._rng, least)
            if text is None:
                raise NoValueError(f"the pattern `{plain['pattern']}`")
            return text
        if wanted == "uuid":
            return str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        return FORMAT_EXAMPLES.get(wanted, "") or words.text(self._rng, least, plain.get("maxLength"))

    def number(self, plain: Mapping[str, Any], *, whole: bool, fresh: bool) -> float:  # noqa: ARG002 -- as declared
        """Return a number, one near an edge now and then."""
        found = bounds_of(plain, whole=whole)
        if found.low is None and found.high is None and found.step in (None, 1):
            return self._rng.choice(_INTEGERS if whole or self._rng.random() > 0.6 else _FLOATS)  # noqa: PLR2004 -- mostly floats
        if found.step is None:
            low = found.low if found.low is not None else (found.high or 0) - _SPAN
            high = found.high if found.high is not None else low + 2 * _SPAN
            return self._rng.uniform(low, high) if self._rng.random() < 0.7 else self._rng.choice((low, high))  # noqa: PLR2004 -- the bounds now and then
        first = found.first if found.first is not None else (found.last or 0) - _SPAN
        last = found.last if found.last is not None else first + 2 * _SPAN
        edges = [
            first,
            last,
            min(first + 1, last),
            max(first, last - 1),
            *(each for each in _INTEGERS if found.step == 1 and first <= each <= last),
        ]
        number = self._rng.choice(edges) if self._rng.random() < 0.5 else self._rng.randint(first, last)  # noqa: PLR2004 -- half at the edges
        return times(number, found.step, whole=whole)

    def boolean(self) -> bool:
        """Return either."""
        return self._rng.random() < 0.5  # noqa: PLR2004 -- either way


_SOURCE = "x-from"
_SHALLOW = 4
"""How deep members are made that nothing asks for."""
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


class Readable(Chooser):
    """Chooses what a person likes to read: examples where there are some, plain words elsewhere."""

    deepest = 40
    has_formats = True

    def __init__(self, rng: Random, wishes: Wishes, attempt: int) -> None:
        self._rng = rng
        self._wishes = wishes
        self._attempt = attempt
        # The first tries have all that may be there; then less; examples are left aside in the end.
        self._optional = attempt % 3 != 1
        self._examples = attempt % 4 != 3  # noqa: PLR2004 -- every fourth

    def fold(self, maker: Maker, schema: Mapping[str, Any], hint: Any, depth: int) -> dict[str, Any]:
        """Return the plain keywords of a schema, the branches among them that are for values like a hint."""
        usual = self._attempt if depth == 0 or self._attempt == 0 else self._rng.randrange(8)
        count = len(schema.get("anyOf") or schema.get("oneOf") or ()) if depth and hint is not MISSING else 0
        wanted = type_of(hint)
        for number in dict.fromkeys((usual % count, *range(count))) if count else ():
            try:
                kinds = maker.flat(schema, number).get("type")
            except NoValueError:
                continue
            named = {kinds} if isinstance(kinds, str) else set(kinds or ())
            if not named or wanted in named or (wanted == "integer" and "number" in named):
                return maker.flat(schema, number)
        return maker.flat(schema, usual)

    def source(self, plain: Mapping[str, Any]) -> Any:
        """Return the value that an `x-from` asks for; MISSING: there is none."""
        return self._wishes.sources(plain[_SOURCE], plain) if _SOURCE in plain else MISSING

    def example(self, plain: Mapping[str, Any]) -> Any:
        """Return the example that the contract gives, in the first tries."""
        found = given_by(plain, ("example",)) if self._examples else MISSING
        return plain.get("default", MISSING) if found is MISSING and self._examples else found

    def too_deep(self) -> Any:
        """Refuse what is too deep."""
        raise NoValueError("nothing is shallow enough")

    def anything(self, hint: Any, depth: int) -> Any:  # noqa: ARG002 -- as declared
        """Return a word where each value fits."""
        return self._rng.choice(_WORDS) if hint is MISSING else hint

    def one(self, values: Sequence[Any]) -> Any:
        """Return the first of the values that are listed, and another in further tries."""
        return values[0] if self._attempt == 0 else self._rng.choice(values)

    def kind_among(self, kinds: list[str]) -> str:
        """Return one of several types: first one of more than nothing."""
        plain = [kind for kind in kinds if kind != "null"]
        return (plain or kinds)[0] if self._attempt == 0 else self._rng.choice(kinds)

    def usual_kind(self) -> str:
        """Return the type of most values."""
        return "string"

    def wants(self, maker: Maker, name: str, part: Any, given: Mapping[str, Any], depth: int) -> bool:
        """Return whether a member that may be left out is made."""
        plain = self._plain(maker, part)
        if part is False or (self._wishes.hide and plain.get(self._wishes.hide) is True):
            return False
        if name in given:
            return True
        if plain.get(_SOURCE):
            return self._wishes.sources(plain[_SOURCE], part) is not MISSING
        # An example of the whole says which members are usual.
        return not given and self._optional and depth < _SHALLOW

    @staticmethod
    def _plain(maker: Maker, part: Any) -> Mapping[str, Any]:
        try:
            return maker.flat(part, 0) if isinstance(part, dict) else {}
        except NoValueError:
            return {}

    def is_fresh(self, name: str, depth: int) -> bool:
        """Return whether a member is made anew: near the top, where it is wished for."""
        return depth <= 1 and name in self._wishes.fresh

    def items(self, listed: int, depth: int) -> int:
        """Return how many items a list has: one, where it may have any."""
        return max(listed, 1 if depth < _SHALLOW else 0)

    def name(self, number: int) -> str:
        """Return a word and a number."""
        return f"{_WORDS[number % len(_WORDS)]}{number}"

    def text(self, plain: Mapping[str, Any], *, fresh: bool) -> str:
        """Return plain words, or an identity that no other has by chance."""
        least, most = int(plain.get("minLength", 0)), plain.get("maxLength")
        if "pattern" in plain:
            text = text_for(str(plain["pattern"]), self._rng, least)
            if text is None:
                raise NoValueError("a pattern that can't be aimed at")
            # Where the pattern leaves room behind it, what is an identity is made one.
            longer = f"{text}{self._rng.getrandbits(64):016x}"
            return longer if fresh and _takes(plain, longer) else text
        if plain.get("format") in _FORMATS:
            return _FORMATS[plain["format"]](self._rng)
        identity = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        text = identity if fresh else f"{self._rng.choice(_WORDS)}-{self._rng.getrandbits(32):08x}"
        if most is not None and len(text) > most:
            text = text[-int(most) :] if most else ""
        while len(text) < least:
            text += f" {self._rng.choice(_WORDS)}"
        return text if most is None else text[: int(most)]

    def number(self, plain: Mapping[str, Any], *, whole: bool, fresh: bool) -> float:
        """Return a number of few digits."""
        found = bounds_of(plain, whole=whole)
        span = 1_000_000_000 if fresh else _SPAN
        low = found.low if found.low is not None else (1 if found.high is None else found.high - span)
        high = found.high if found.high is not None else low + span
        if found.step is None:
            number = self._rng.uniform(low, high) if self._attempt else round(self._rng.uniform(low, high), 2)
            return min(max(number, low), high)
        within = bounds_of({"minimum": low, "maximum": high, **plain}, whole=whole)
        return times(self._rng.randint(within.first or 0, within.last or 0), found.step, whole=whole)

    def boolean(self) -> bool:
        """Return either."""
        return self._rng.random() < 0.5  # noqa: PLR2004 -- either


def _takes(plain: Mapping[str, Any], text: str) -> bool:
    own = {key: each for key, each in plain.items() if key in ("minLength", "maxLength", "pattern", "format")}
    return Schema(own).is_valid_with_formats(text)


_TRIES = 24
_WITH_HINT = 8


class Shaper:
    """Makes values of one schema that a person likes to read, and that are valid where one is found."""

    def __init__(self, schema: Schema) -> None:
        """Take a schema that stands alone."""
        self._schema = schema
        self._maker = Maker(schema.raw)

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
                value = self._maker.make(
                    Readable(rng, wishes, attempt), wishes.hint if attempt < _WITH_HINT else MISSING
                )
            except NoValueError:
                continue
            if self._schema.is_valid_with_formats(value):
                return value
            first = value if first is MISSING else first
        number = Random(seed).getrandbits(31)  # noqa: S311 -- as above
        drawn = (each for each in draw(self._schema.raw, number, 8) if self._schema.is_valid_with_formats(each))
        value = next(drawn, first)
        if value is MISSING:
            raise NoValueError("no value of the schema is found")
        return value
