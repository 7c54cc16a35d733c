"""`x-idempotency` on a header parameter: requests of one caller with the same value and body are one request.

A case is written down with one value of the header, the mark. Each request is sent with a value of its own in place of
the mark, so that no two requests are one by accident. A value is new in each run as well: a target may remember the
keys of the run before.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from bothends.contract.messages import RequestPlace
from bothends.schemas import described_at, fits_schema, text_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bothends.errors import Location
    from bothends.records import Request
    from bothends.schemas import Schema

OTHER_END, OTHER_CASE, OTHER_END_OF_LONG = "other-end", "other-case", "other-end-of-a-long-one"
OPERATION, PATH = "operation", "path"
"""What a key may count for, beside its caller: each operation by itself, and each object that the path names."""
ALIKE = (OTHER_END, OTHER_END_OF_LONG, OTHER_CASE)
"""How two keys may be alike, and yet be two."""

_DRAWS = 8
_LEAST_BITS = 40
_DIGITS = 15
_LETTERS = 24
_LONG = 64
_TRIES = 64
_DRAWS_OF_PATTERN = 256
"""So many are hardly all different if there are less than ten thousand."""
_REPEATS = (24, 8)
"""How long a repetition is at most, if it may be as long; where that is too long for a schema, the second."""
_OF_A_LENGTH = 4
"""Of so many texts, the longest is taken: of short ones there are few."""

Draw = tuple["Callable[[Random], str]", int]
"""What makes a value, and of how many bits it is."""


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What a header parameter promises of requests that have the same value there.

    Attributes:
        header: The parameter's name.
        mark: What stands there in a case.
        schema: The parameter's schema; None: anything.
        draw: Makes a value that the schema takes.
        conflict: The status for a key that comes again with another body; None: nothing is promised.
        in_flight: The status for a request while the first is under way; None: nothing is promised.
        errors: Whether a 5xx is repeated as well.
        frees: After what a key is free again: some of `ERRORS` and `REFUSALS`.
        scope: For what a key counts beside its caller: `operation`, `path`; empty: nothing is promised.
        survives: What a key survives: a `stop` or a `kill`; None: nothing is promised.
        location: Where the extension stands.
    """

    header: str
    mark: str
    schema: Schema | None
    draw: Callable[[Random], str] = field(compare=False, repr=False)
    conflict: int | None = None
    in_flight: int | None = None
    errors: bool = False
    frees: frozenset[str] = frozenset()
    scope: frozenset[str] = frozenset()
    survives: Literal["stop", "kill"] | None = None
    location: Location | None = field(default=None, compare=False)

    def key(self, run: str, number: int) -> str:
        """Return the value of an exchange, which the schema takes; no other run has the text `run`."""
        return self.draw(Random(f"{run}/{number}"))  # noqa: S311 -- it is no secret

    def two_keys(self, how: str, run: str = "", number: int = 0) -> tuple[str, str] | None:
        """Return two keys that are alike in one way of `ALIKE`; None where the schema takes no such two."""
        random = Random(f"{run}/{number}/{how}")  # noqa: S311 -- it is no secret
        for base in self._bases(how, random):
            other = base.swapcase() if how == OTHER_CASE else _other_end(base)
            if other != base and fits_schema(self.schema, base) and fits_schema(self.schema, other):
                return base, other
        return None

    def _bases(self, how: str, random: Random) -> Iterator[str]:
        if how == OTHER_END:
            yield self.draw(random)
            return
        # A format such as `uuid` may have several spellings of one value (RFC 9562 section 4).
        if self.schema is not None and self.schema.has_formats:
            return
        letters = string.ascii_lowercase if how == OTHER_END_OF_LONG else string.ascii_letters
        text = "".join(random.choice(letters) for _ in range(_LONG if how == OTHER_END_OF_LONG else _LETTERS))
        yield from (text, f'"{text}"')

    def marked(self, request: Request) -> Request:
        """Return a request with the mark in place of any value that the schema takes."""
        if request.raw is not None:
            return request

        def mark(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- what stands in a header is a text
            return self.mark if fits_schema(self.schema, value) else value

        return RequestPlace("header", self.header).rewritten(request, mark)


def fitting(schema: Schema | None, example: Any) -> Callable[[Random], str] | None:
    """Return what makes values that a schema takes, enough of them; None where nothing is known that does."""
    for draw, bits in (*_USUAL[:2], *_like(schema, example), *_USUAL[2:]):
        fixed = Random(1)  # noqa: S311 -- whether a schema takes a form is the same in each run
        if bits >= _LEAST_BITS and all(fits_schema(schema, draw(fixed), formats=True) for _ in range(_DRAWS)):
            return draw
    return None


def fitting_pattern(schema: Schema | None) -> Callable[[Random], str] | None:
    """Return what makes texts for the pattern of a schema, hardly one of them twice; None where it has none, or few."""
    said = [] if schema is None else described_at(schema.raw, ())
    least = max((int(part.get("minLength", 0)) for part in said), default=0)
    patterns = [part["pattern"] for part in said if isinstance(part.get("pattern"), str)]
    for pattern, repeats in product(patterns, _REPEATS):

        def draw(random: Random, pattern: str = pattern, repeats: int = repeats) -> str:
            texts = [text_for(pattern, random, least, repeats) or "" for _ in range(_OF_A_LENGTH)]
            return max(texts, key=lambda text: (_is_name(schema, text), len(text)))

        if _makes_many(draw, schema):
            return draw
    return None


def _is_name(schema: Schema | None, text: str) -> bool:
    """Return whether a schema takes a text, and it stands well in one segment of a path."""
    plain = "/" not in text and bool(text.strip(".")) and text == text.strip()
    return plain and fits_schema(schema, text, formats=True)


def _makes_many(draw: Callable[[Random], str], schema: Schema | None) -> bool:
    """Return whether many texts are all names, and all different."""
    fixed, seen = Random(1), set[str]()  # noqa: S311 -- as above
    for _ in range(_DRAWS_OF_PATTERN):
        text = draw(fixed)
        if text in seen or not _is_name(schema, text):
            return False
        seen.add(text)
    return True


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _hex(random: Random) -> str:
    return UUID(int=random.getrandbits(128), version=4).hex


def _digits(random: Random) -> str:
    return f"{random.randrange(10 ** (_DIGITS - 1), 10**_DIGITS)}"


# A Structured Field String has quotes (draft-ietf-httpapi-idempotency-key-header-06 section 2.1); services that are
# older than the draft take bare values. Quotes are sent where the schema asks for them.
_USUAL: tuple[Draw, ...] = (
    (_uuid, 122),
    (lambda random: f'"{_uuid(random)}"', 122),
    (_hex, 122),
    (lambda random: f'"{_hex(random)}"', 122),
    (lambda random: _hex(random)[:16], 60),
    (lambda random: _hex(random).upper(), 122),
    (_digits, 49),
)


def _like(schema: Schema | None, example: Any) -> Iterator[Draw]:
    """Yield what makes values like an example: with others in place of all letters and digits, or of a run of them."""
    if not isinstance(example, str) or not example.isascii():
        return
    places = [index for index, character in enumerate(example) if character.isalnum()]
    digits = [index for index in places if example[index].isdigit()]
    for chosen in (places, max(_runs(places), key=len, default=[]), max(_runs(digits), key=len, default=[])):
        hexadecimal = all(example[index] in string.hexdigits for index in chosen)
        bits = sum(3 if example[index].isdigit() else 2 if hexadecimal else 4 for index in chosen)

        def draw(random: Random, chosen: Sequence[int] = chosen, hexadecimal: bool = hexadecimal) -> str:  # noqa: FBT001 -- bound
            text = example
            for _ in range(_TRIES):
                text = _varied(example, chosen, random, hexadecimal=hexadecimal)
                if fits_schema(schema, text):
                    break
            return text

        yield draw, bits


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Return places in runs without a gap."""
    runs: list[list[int]] = []
    for index in places:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _varied(text: str, places: Sequence[int], random: Random, *, hexadecimal: bool) -> str:
    """Return a text with other characters of the same class in some places."""
    characters = list(text)
    for index in places:
        if text[index].isdigit():
            characters[index] = random.choice(string.digits)
            continue
        letters = "abcdef" if hexadecimal else string.ascii_lowercase
        letter = random.choice(letters)
        characters[index] = letter.upper() if text[index].isupper() else letter
    return "".join(characters)


def _other_end(key: str) -> str:
    """Return a key that differs in its last letter or digit alone."""
    index = next((place for place in range(len(key) - 1, -1, -1) if key[place].isalnum()), None)
    if index is None:
        return key
    last = key[index]
    other = ("1" if last == "0" else "0") if last.isdigit() else ("b" if last.lower() == "a" else "a")
    return key[:index] + (other.upper() if last.isupper() else other) + key[index + 1 :]
